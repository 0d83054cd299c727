//! Everything a sandbox remembers, behind one lock that is never held across an await.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;
use uuid::Uuid;

use super::accounts::Accounts;
use super::agenda::{Agenda, Task};
use super::answers::{RUN_CREDITS, Refusal};
use super::clock::{self, Moment};
use super::config::{SandboxConfig, SandboxError, WebhookChaos};
use super::endpoint::Endpoint;
use super::faults::{Fault, Faults, Target};
use super::journal::{Entry, Journal};
use super::keys::{Doorman, KeyHash, Standing};
use super::mailbox::{Letter, Mailbox};
use super::request::StartRequest;
use super::run::{Run, RunBook};
use super::story::Story;
use super::traffic::Traffic;

/// What all handlers and the courier share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: SandboxConfig,
    /// The sandbox's own address, `http://127.0.0.1:PORT`.
    pub(super) url: String,
    /// Tells the courier that the agenda has changed.
    pub(super) agenda_changed: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) doorman: Doorman,
    pub(super) runs: RunBook,
    pub(super) mailbox: Mailbox,
    pub(super) traffic: Traffic,
    pub(super) faults: Faults,
    pub(super) webhook_chaos: WebhookChaos,
    pub(super) agenda: Agenda,
    pub(super) accounts: Accounts,
    pub(super) limits: Limits,
    random: StdRng,
    journal: Journal,
}

/// What a key may do; a test can change it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Requests in any 60 seconds.
    pub(super) requests: u32,
    /// Runs under way at once.
    pub(super) live_runs: Option<usize>,
}

/// What a start came to.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) run: Run,
    /// Whether the run had been started before, by the same idempotency key.
    pub(super) idempotent: bool,
}

impl Shared {
    /// Opens the journal and knows again what it holds.
    pub(super) fn open(config: SandboxConfig, url: String) -> Result<Self, SandboxError> {
        let (journal, entries) = Journal::open(config.journal.as_ref())?;
        let mut state = State {
            doorman: Doorman::new(&config.keys),
            runs: RunBook::default(),
            mailbox: Mailbox::default(),
            traffic: Traffic::default(),
            faults: config.faults.clone(),
            webhook_chaos: config.webhook_chaos,
            agenda: Agenda::default(),
            accounts: Accounts::new(config.credits),
            limits: Limits {
                requests: config.rate_limit,
                live_runs: config.live_runs,
            },
            random: StdRng::seed_from_u64(config.seed),
            journal,
        };
        for entry in entries {
            state.replay(entry, &config);
        }
        state.schedule_announcements();
        Ok(Self {
            config,
            url,
            agenda_changed: Notify::new(),
            state: Mutex::new(state),
        })
    }

    /// A handler that panicked has left at worst one request half done; the rest is sound.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts a run and charges for it, or finds the one that the idempotency key names.
    pub(super) fn start_run(
        &self,
        owner: &KeyHash,
        request: StartRequest,
    ) -> Result<Started, Refusal> {
        let story = story_of(&request, &self.config);
        let started = self.state().start_run(owner, request, story)?;
        self.agenda_changed.notify_one();
        Ok(started)
    }
}

fn story_of(request: &StartRequest, config: &SandboxConfig) -> Story {
    Story::of(
        &request.normalized_domain,
        config.seed,
        config.outcomes,
        config.speed,
    )
}

impl State {
    fn replay(&mut self, entry: Entry, config: &SandboxConfig) {
        match entry {
            Entry::RunAccepted {
                run_id,
                key_hash,
                request,
                created_at,
            } => {
                self.accounts.charge(&key_hash);
                let story = story_of(&request, config);
                self.runs
                    .enter(Run::new(run_id, key_hash, request, created_at, story));
            }
            Entry::RunCutShort { run_id, at } => {
                if let Some(position) = self.runs.position(run_id) {
                    self.runs.cut_short(position, at);
                }
            }
            Entry::RunAnnounced { run_id } => {
                if let Some(position) = self.runs.position(run_id) {
                    self.runs.mark_announced(position);
                }
            }
            Entry::WebhookRegistered { endpoint } => self.mailbox.register(endpoint),
            Entry::WebhookDeleted { id } => self.mailbox.delete(id),
        }
    }

    fn schedule_announcements(&mut self) {
        for (position, run) in self.runs.all().iter().enumerate() {
            if let Some(end) = run.ends_at().filter(|_| !run.announced) {
                self.agenda.add(end, Task::Announce(position));
            }
        }
    }

    /// Lets a key in when it is known, in good standing and within its rate limit.
    pub(super) fn admit(&mut self, key: &str) -> Result<KeyHash, Refusal> {
        let (hash, revoked) = match self.doorman.standing(key) {
            Standing::Unknown => return Err(Refusal::Unauthorized),
            Standing::Revoked(hash) => (hash, true),
            Standing::Active(hash) => (hash, false),
        };
        let requests = self.limits.requests;
        self.accounts.admit(&hash, requests, clock::now())?;
        if revoked {
            return Err(Refusal::Forbidden);
        }
        Ok(hash)
    }

    /// The fault that a request to this route suffers, if any.
    pub(super) fn strike(&mut self, target: Target) -> Option<Fault> {
        let fault = self.faults.strike(target, self.random.random())?;
        self.traffic.count_fault(fault.name(target));
        Some(fault)
    }

    fn start_run(
        &mut self,
        owner: &KeyHash,
        request: StartRequest,
        story: Story,
    ) -> Result<Started, Refusal> {
        if let Some(run) = self.earlier_run(owner, &request)? {
            return Ok(Started {
                run,
                idempotent: true,
            });
        }
        if self.accounts.balance(owner) < RUN_CREDITS {
            return Err(Refusal::PaymentRequired);
        }
        let now = clock::now();
        if let Some(most) = self.limits.live_runs
            && self.runs.live(owner, now) >= most
        {
            return Err(Refusal::TooManyRequests(now + TimeDelta::seconds(1)));
        }
        let run = Run::new(Uuid::new_v4(), owner.clone(), request, now, story);
        self.remember(&Entry::RunAccepted {
            run_id: run.id,
            key_hash: owner.clone(),
            request: run.request.clone(),
            created_at: run.created_at,
        })?;
        self.accounts.charge(owner);
        let position = self.runs.enter(run.clone());
        if let Some(end) = run.ends_at() {
            self.agenda.add(end, Task::Announce(position));
        }
        Ok(Started {
            run,
            idempotent: false,
        })
    }

    fn earlier_run(&self, owner: &KeyHash, request: &StartRequest) -> Result<Option<Run>, Refusal> {
        let Some(key) = &request.idempotency_key else {
            return Ok(None);
        };
        match self.runs.with_idempotency_key(owner, key) {
            None => Ok(None),
            Some(run) if run.request == *request => Ok(Some(run.clone())),
            Some(_) => Err(Refusal::Conflict(
                "this idempotencyKey was used for another request".to_owned(),
            )),
        }
    }

    /// Ends the given runs, or all, that have not ended yet, and says how many these were.
    pub(super) fn finish(&mut self, only: Option<Uuid>) -> Result<usize, Refusal> {
        let now = clock::now();
        let running: Vec<(usize, Uuid)> = (self.runs.all().iter().enumerate())
            .filter(|(_, run)| only.is_none_or(|id| run.id == id) && !run.has_ended(now))
            .map(|(position, run)| (position, run.id))
            .collect();
        for &(position, run_id) in &running {
            self.remember(&Entry::RunCutShort { run_id, at: now })?;
            self.runs.cut_short(position, now);
            self.agenda.add(now, Task::Announce(position));
        }
        Ok(running.len())
    }

    pub(super) fn register_webhook(&mut self, endpoint: Endpoint) -> Result<(), Refusal> {
        if !self.mailbox.has_room_for(&endpoint.owner) {
            return Err(Refusal::BadRequest(
                "an agent has at most 10 webhooks; delete one first".to_owned(),
            ));
        }
        self.remember(&Entry::WebhookRegistered {
            endpoint: endpoint.clone(),
        })?;
        self.mailbox.register(endpoint);
        Ok(())
    }

    pub(super) fn delete_webhook(&mut self, owner: &KeyHash, id: Uuid) -> Result<(), Refusal> {
        if !self.mailbox.of(owner).any(|endpoint| endpoint.id == id) {
            return Err(Refusal::NotFound("webhook"));
        }
        self.remember(&Entry::WebhookDeleted { id })?;
        self.mailbox.delete(id);
        Ok(())
    }

    /// Does what has fallen due, and answers the letters to send, at most so many.
    pub(super) fn due_letters(&mut self, most: usize, now: Moment) -> Vec<Letter> {
        let mut letters = Vec::new();
        while letters.len() < most {
            match self.agenda.pop_due(now) {
                None => break,
                Some(Task::Announce(position)) => self.announce(position, now),
                Some(Task::Attempt(position)) => {
                    letters.extend(self.mailbox.begin_attempt(position))
                }
            }
        }
        letters
    }

    fn announce(&mut self, position: usize, now: Moment) {
        let Some(run) = self.runs.mark_announced(position) else {
            return;
        };
        let chaos = self.webhook_chaos;
        let copies = if self.random.random::<f64>() < chaos.drop {
            0
        } else if self.random.random::<f64>() < chaos.duplicate {
            2
        } else {
            1
        };
        let run_id = run.id;
        for _ in 0..copies {
            for delivery in self.mailbox.announce(run, now) {
                self.agenda.add(now + chaos.delay, Task::Attempt(delivery));
            }
        }
        // Forgetting this costs no more than the same event once more after a restart.
        if self.remember(&Entry::RunAnnounced { run_id }).is_err() {
            tracing::warn!(run = %run_id, "sandbox: announcement not journalled");
        }
    }

    /// Writes to the journal; what cannot be remembered must not be promised.
    fn remember(&mut self, entry: &Entry) -> Result<(), Refusal> {
        self.journal.append(entry).map_err(|error: io::Error| {
            tracing::error!(%error, "sandbox: the journal cannot be written");
            Refusal::Internal
        })
    }
}
