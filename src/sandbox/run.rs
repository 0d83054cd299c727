//! Runs that were accepted, and how to find them again.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::RUN_CREDITS;
use super::clock::{self, Moment};
use super::keys::KeyHash;
use super::request::StartRequest;
use super::story::{Status, Story};
use super::wire::WarmLeadRun;

/// One accepted run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) owner: KeyHash,
    pub(super) request: StartRequest,
    pub(super) created_at: Moment,
    pub(super) story: Story,
    /// Set when a test ended the run before its time.
    pub(super) cut_short_at: Option<Moment>,
    /// Whether the webhooks have been told of its end.
    pub(super) announced: bool,
}

impl Run {
    /// A run that has just been accepted.
    pub(super) fn new(
        id: Uuid,
        owner: KeyHash,
        request: StartRequest,
        created_at: Moment,
        story: Story,
    ) -> Self {
        Self {
            id,
            owner,
            request,
            created_at,
            story,
            cut_short_at: None,
            announced: false,
        }
    }

    /// When the run ends or ended; `None` when it never will.
    pub(super) fn ends_at(&self) -> Option<Moment> {
        self.cut_short_at
            .or_else(|| Some(self.created_at + self.story.length()?))
    }

    /// The status `now`, and since when.
    pub(super) fn status(&self, now: Moment) -> (Status, Moment) {
        if let Some(cut) = self.cut_short_at.filter(|&cut| cut <= now) {
            return (self.story.end(), cut);
        }
        let (status, since) = self.story.at(now - self.created_at);
        (status, self.created_at + since)
    }

    pub(super) fn has_ended(&self, now: Moment) -> bool {
        self.status(now).0.is_end()
    }

    /// The run as the contract shows it. `result` is only asked for when the run has ended.
    pub(super) fn view(&self, now: Moment, result: impl FnOnce(&Run) -> Value) -> WarmLeadRun {
        let (status, since) = self.status(now);
        WarmLeadRun {
            id: self.id,
            status: status.as_str(),
            domain: self.request.domain.clone(),
            normalized_domain: self.request.normalized_domain.clone(),
            credits_charged: RUN_CREDITS,
            blocked_reason: (status == Status::Blocked)
                .then_some("Invented: no buyer could be named without breaking a policy."),
            error_message: (status == Status::Failed)
                .then_some("Invented: a provider did not answer."),
            result: if status.is_end() {
                result(self)
            } else {
                Value::Null
            },
            provider_counters: json!({
                "searches": status.stages_done() * 4,
                "pages_read": status.stages_done() * 7,
            }),
            created_at: clock::text(self.created_at),
            updated_at: clock::text(since),
            completed_at: status.is_end().then(|| clock::text(since)),
        }
    }
}

/// All accepted runs, in the order of acceptance.
#[derive(Debug, Default)]
pub(super) struct RunBook {
    runs: Vec<Run>,
    by_id: HashMap<Uuid, usize>,
    by_idempotency_key: HashMap<(KeyHash, String), usize>,
}

impl RunBook {
    /// Enters a run and answers its position.
    pub(super) fn enter(&mut self, run: Run) -> usize {
        let position = self.runs.len();
        self.by_id.insert(run.id, position);
        if let Some(key) = &run.request.idempotency_key {
            self.by_idempotency_key
                .insert((run.owner.clone(), key.clone()), position);
        }
        self.runs.push(run);
        position
    }

    pub(super) fn all(&self) -> &[Run] {
        &self.runs
    }

    /// How many of this owner's runs are under way.
    pub(super) fn live(&self, owner: &KeyHash, now: Moment) -> usize {
        let live = |run: &&Run| run.owner == *owner && !run.has_ended(now);
        self.runs.iter().filter(live).count()
    }

    pub(super) fn position(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// A run of this owner; the runs of others are as good as unknown.
    pub(super) fn owned(&self, id: Uuid, owner: &KeyHash) -> Option<&Run> {
        let run = self.runs.get(self.position(id)?)?;
        (run.owner == *owner).then_some(run)
    }

    pub(super) fn with_idempotency_key(&self, owner: &KeyHash, key: &str) -> Option<&Run> {
        let position = self
            .by_idempotency_key
            .get(&(owner.clone(), key.to_owned()))?;
        self.runs.get(*position)
    }

    /// Marks the run at this position as announced and answers it, unless it already was.
    pub(super) fn mark_announced(&mut self, position: usize) -> Option<&Run> {
        let run = self.runs.get_mut(position).filter(|run| !run.announced)?;
        run.announced = true;
        Some(run)
    }

    /// Ends the run at this position at `moment`, whatever its story says.
    pub(super) fn cut_short(&mut self, position: usize, moment: Moment) {
        if let Some(run) = self.runs.get_mut(position) {
            run.cut_short_at = Some(moment);
        }
    }
}
