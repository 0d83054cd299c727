//! The one loop that talks to Citedy: asks for the next request, sends it, learns from the
//! answer. Requests overlap; choosing does not.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::account_watch::AccountWatch;
use super::errands::Errands;
use crate::flow::budget::RequestBudget;
use crate::flow::lease::Lease;
use crate::flow::next_request::{Known, Next, Turns, last_ones, next_request};
use crate::flow::pace::live_cap::LiveCap;
use crate::flow::pace::recall;
use crate::flow::ports::{Errand, PauseKind, Payer, StoreError};
use crate::flow::{Flow, Lesson, account, await_result, errand, reuse, start, time_delta};
use crate::lead::backoff::FAILED_LOOK;

/// Requests under way at once. A hanging API holds so many starts at most.
const MOST_IN_FLIGHT: usize = 16;
/// Runs that the choice looks at, out of those that are due first.
const RUNS_IN_VIEW: u32 = 64;

/// What one request left behind.
#[derive(Debug)]
struct Finished {
    about: About,
    lesson: Result<Lesson, StoreError>,
}

#[derive(Debug)]
enum About {
    Start(i64),
    Look(i64),
    /// What it told of whose key this is.
    Account(Option<Payer>),
    Errand(Errand),
}

/// A background task died of a bug; its requests' state is in the database.
#[derive(Debug, thiserror::Error)]
#[error("a request task panicked: {0}")]
pub struct TaskDied(#[from] tokio::task::JoinError);

pub struct Dispatcher {
    flow: Arc<Flow>,
    /// The right to drive the key.
    lease: Arc<Lease>,
    account: AccountWatch,
    /// `Some`: no other leads are started here.
    only: Option<Vec<i64>>,
    /// The account whose reports the queued leads were looked up among.
    looked_up_for: Option<Payer>,
    budget: RequestBudget,
    /// Leads with a request under way.
    busy: HashSet<i64>,
    /// How many of those are looks.
    looks: usize,
    errands: Errands,
    tasks: JoinSet<Finished>,
    turns: Turns,
    live_cap: LiveCap,
    /// Runs under way and starts that are not answered yet, less what was refused since the last
    /// choice.
    live: u64,
    /// The lead whose start finds out if more runs are allowed.
    trying: Option<i64>,
    /// Faults in a row: starts and looks wait longer after each.
    troubles: u32,
    quiet_until: DateTime<Utc>,
    /// After a cap or pause was found in the way, starts are not tried again before.
    starts_again: DateTime<Utc>,
}

impl Dispatcher {
    /// `only`: start no other leads than these; runs under way are looked after all the same.
    pub async fn new(
        flow: Arc<Flow>,
        lease: Arc<Lease>,
        requests_per_minute: u32,
        only: Option<Vec<i64>>,
    ) -> Result<Self, StoreError> {
        let now = flow.clock.now();
        let payer = account::known_payer(&flow).await?;
        let news = flow.store.signals().await?.account_news;
        Ok(Self {
            lease,
            account: AccountWatch::new(payer, news, now),
            only,
            looked_up_for: None,
            budget: RequestBudget::new(requests_per_minute, now),
            busy: HashSet::new(),
            looks: 0,
            errands: Errands::new(now),
            tasks: JoinSet::new(),
            turns: Turns::default(),
            live_cap: LiveCap::default(),
            live: 0,
            trying: None,
            troubles: 0,
            quiet_until: now,
            starts_again: now,
            flow,
        })
    }

    /// Sends until told to stop or the lease is lost; then waits for the answers that are under way.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), TaskDied> {
        while !stop.is_cancelled() && !self.lease.is_lost() {
            let wait = match self.step().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "choosing the next request failed; will try again");
                    Duration::from_secs(1)
                }
            };
            if wait.is_zero() {
                // Answers that have come are learnt from before the next choice.
                while let Some(finished) = self.tasks.try_join_next_with_id() {
                    self.learn(finished)?;
                }
                continue;
            }
            tokio::select! {
                Some(finished) = self.tasks.join_next_with_id() => self.learn(finished)?,
                () = super::rest(&self.flow, wait, &stop) => {}
            }
        }
        if stop.is_cancelled() {
            self.flow.gate.close();
        }
        while let Some(finished) = self.tasks.join_next_with_id().await {
            self.learn(finished)?;
        }
        self.flow.health.set_budget(None);
        Ok(())
    }

    /// Serves what stored reports serve, sends the next request if one may go out now, and tells
    /// how long to wait for another.
    pub async fn step(&mut self) -> Result<Duration, StoreError> {
        let more_to_look_up = self.look_up().await?;
        let wait = self.send_next().await?;
        Ok(if more_to_look_up {
            Duration::ZERO
        } else {
            wait
        })
    }

    /// Looks up the next leads, all of them once more when the account is another one.
    async fn look_up(&mut self) -> Result<bool, StoreError> {
        let Some(payer) = self.account.payer() else {
            return Ok(false);
        };
        if self.looked_up_for.as_ref() != Some(payer) {
            recall(&self.flow, payer).await?;
            self.flow.store.look_up_again().await?;
            self.looked_up_for = Some(payer.clone());
        }
        reuse::look_up(&self.flow, payer, self.only.as_deref()).await
    }

    async fn send_next(&mut self) -> Result<Duration, StoreError> {
        // While the API is in trouble one request at a time finds out when that is over: no
        // more than one lead's credits get stuck in an unknown outcome at each try.
        let most = if self.troubles == 0 {
            MOST_IN_FLIGHT
        } else {
            1
        };
        if self.tasks.len() - self.errands.under_way() >= most {
            return Ok(Duration::MAX);
        }
        let now = self.flow.clock.now();
        let known = self.known(now).await?;
        self.live = known.left.live;
        let choice = next_request(now, &self.budget, &self.flow.pace(), &known);
        match choice {
            Next::Wait(None) => return Ok(Duration::MAX),
            Next::Wait(Some(until)) => return Ok((until - now).to_std().unwrap_or_default()),
            choice => {
                self.count_start(&choice, &known, now);
                self.send(choice, now);
            }
        }
        Ok(Duration::ZERO)
    }

    /// Another run may be under way from now on, unless the choice is to send a start again.
    fn count_start(&mut self, choice: &Next, known: &Known, now: DateTime<Utc>) {
        let queued = known.queued.as_ref().map(|lead| lead.attempt);
        if let Next::Start(attempt) = choice
            && queued == Some(*attempt)
        {
            if self.live_cap.sent(self.live, now) {
                self.trying = Some(attempt.lead);
            }
            self.live += 1;
        }
    }

    async fn known(&mut self, now: DateTime<Utc>) -> Result<Known, StoreError> {
        let news = self.flow.store.signals().await?.account_news;
        self.account.hear(news, now);
        let Some(payer) = self.account.payer().cloned() else {
            // Whose key this is must be known before anything is bought with it.
            return Ok(Known {
                account_due: self.account.due(),
                ..Known::default()
            });
        };
        let store = &self.flow.store;
        let busy: Vec<i64> = self.busy.iter().copied().collect();
        let pauses = store.pauses().await?;
        let key_refused = pauses.iter().any(|pause| pause.kind == PauseKind::Key);
        let starts_from = self.quiet_until.max(self.starts_again);
        // What is counted now must be enough for what is known then.
        let counted = 2 * last_ones(&self.flow.pace(), self.budget.per_minute()) + 1;
        Ok(Known {
            runs: store.live_runs(&payer, &busy, RUNS_IN_VIEW).await?,
            queued: store
                .queued(&payer, self.only.as_deref(), &busy, 1)
                .await?
                .pop(),
            looking: self.looks > 0,
            unresolved: store.unresolved(&payer, &busy, 1).await?.pop(),
            left: store
                .work_left(&payer, self.only.as_deref(), &busy, counted)
                .await?,
            live_cap: self.live_cap,
            starts_from: pauses.is_empty().then_some(starts_from.max(now)),
            looks_from: (!key_refused).then_some(self.quiet_until.max(now)),
            account_due: self.account.due_under(&pauses),
            errand: self.errands.next(&self.flow, &payer, now).await?,
            turns: self.turns,
        })
    }

    fn send(&mut self, choice: Next, now: DateTime<Utc>) {
        self.budget.take(now);
        self.flow.health.set_budget(Some(self.budget.view(now)));
        self.turns.taken(&choice, &self.flow.pace(), now);
        let flow = self.flow.clone();
        match choice {
            Next::Look(run) => {
                self.busy.insert(run.attempt.lead);
                self.looks += 1;
                self.tasks.spawn(async move {
                    Finished {
                        about: About::Look(run.attempt.lead),
                        lesson: await_result::look(&flow, &run).await,
                    }
                });
            }
            Next::Start(attempt) => {
                let Some(payer) = self.account.payer().cloned() else {
                    return;
                };
                self.busy.insert(attempt.lead);
                let lease = self.lease.clone();
                self.tasks.spawn(async move {
                    Finished {
                        about: About::Start(attempt.lead),
                        lesson: start::start(&flow, &lease, attempt, &payer).await,
                    }
                });
            }
            Next::Account => {
                let handle = self.tasks.spawn(async move {
                    let (lesson, payer) = match account::ask(&flow).await {
                        Ok((lesson, payer)) => (Ok(lesson), payer),
                        Err(error) => (Err(error), None),
                    };
                    Finished {
                        about: About::Account(payer),
                        lesson,
                    }
                });
                self.account.asks(handle.id());
            }
            Next::Errand(errand) => {
                let Some(payer) = self.account.payer().cloned() else {
                    return;
                };
                self.errands.begun(errand.clone());
                self.tasks.spawn(async move {
                    Finished {
                        lesson: errand::run_errand(&flow, &errand, &payer).await,
                        about: About::Errand(errand),
                    }
                });
            }
            Next::Wait(_) => {}
        }
    }

    fn learn(
        &mut self,
        finished: Result<(Id, Finished), tokio::task::JoinError>,
    ) -> Result<(), TaskDied> {
        let (id, finished) = finished?;
        let now = self.flow.clock.now();
        match finished.lesson {
            Ok(Lesson::NotAllowed | Lesson::Nothing) => self.budget.unused(),
            _ => self.budget.answered(now),
        }
        self.learn_lesson(id, finished, now);
        self.flow.health.set_budget(Some(self.budget.view(now)));
        Ok(())
    }

    fn learn_lesson(&mut self, id: Id, finished: Finished, now: DateTime<Utc>) {
        let mut lesson = finished.lesson;
        if matches!(finished.about, About::Look(_)) {
            self.looks -= 1;
        }
        match finished.about {
            // What cannot even be read is left out until the next start: it must not stop the rest.
            About::Start(_) | About::Look(_) if matches!(lesson, Err(StoreError::Corrupt(_))) => {}
            About::Look(lead) => {
                self.busy.remove(&lead);
            }
            About::Start(lead) => {
                self.busy.remove(&lead);
                let tried = self.trying.take_if(|trying| *trying == lead).is_some();
                match lesson {
                    Ok(Lesson::Started) if tried => self.live_cap.taken(now),
                    Ok(Lesson::NoMoreStarts(wait)) => {
                        lesson = Ok(self.start_refused(wait, now));
                    }
                    _ if tried => self.live_cap.not_told(now),
                    _ => {}
                }
            }
            About::Account(payer) => self.account.ended(id, payer, now),
            About::Errand(errand) => match self.errands.ended(&errand, lesson, now) {
                Some(told) => lesson = Ok(told),
                None => return,
            },
        }
        match lesson {
            Ok(Lesson::Fine | Lesson::Started) => self.troubles = 0,
            Ok(Lesson::SlowDown(wait) | Lesson::NoMoreStarts(wait)) => {
                let wait = time_delta(wait);
                tracing::warn!(seconds = wait.num_seconds(), "Citedy asked to slow down");
                self.budget.refused(now, wait);
            }
            Ok(Lesson::Trouble) => self.trouble(now),
            // A pause or the cap may be lifted at any time: looked at again soon, not at once.
            Ok(Lesson::NoStarts | Lesson::NotAllowed) => {
                self.starts_again = now + TimeDelta::seconds(2);
            }
            // Somebody else was first; whatever is odd about this lead must not spin.
            Ok(Lesson::Nothing) => self.starts_again = now + TimeDelta::milliseconds(100),
            Err(error) => {
                tracing::error!(%error, "a request could not be recorded");
                self.quiet_until = now + TimeDelta::seconds(1);
            }
        }
    }

    /// What a refused start tells of how many runs may be under way. Starts overtake each other: how
    /// many others there were when it was sent tells nothing of why it was refused.
    fn start_refused(&mut self, wait: Duration, now: DateTime<Utc>) -> Lesson {
        // Those that may have been taken: after the last refusal of many, just those.
        self.live = self.live.saturating_sub(1);
        let others = self.live;
        let pause = time_delta(wait);
        if !self.live_cap.refused(others, pause, now) {
            return Lesson::SlowDown(wait);
        }
        tracing::warn!(
            under_way = others,
            seconds = wait.as_secs(),
            "Citedy refused a start; perhaps so many runs are all that it allows at once"
        );
        self.budget.rest_for(now, pause);
        Lesson::Fine
    }

    /// The API is in trouble: nobody hammers it, and no queue of leads is sent into it.
    fn trouble(&mut self, now: DateTime<Utc>) {
        self.troubles = self.troubles.saturating_add(1);
        let wait = FAILED_LOOK.delay(self.troubles, rand::random());
        self.quiet_until = now + time_delta(wait);
        tracing::warn!(
            in_a_row = self.troubles,
            seconds = wait.as_secs(),
            "Citedy gave no usable answer; waiting"
        );
    }
}
