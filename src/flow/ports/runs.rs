use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{AttemptRef, Payer, StoreError};
use crate::lead::run::RunSnapshot;
use crate::lead::webhook::VerifiedWebhook;
use crate::lead::{FlatRow, LeadId, Status};

/// A run that has not ended as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRun {
    pub attempt: AttemptRef,
    pub lead_id: LeadId,
    pub run_id: String,
    /// When its start was answered, or a retry began to look for it.
    pub since: DateTime<Utc>,
    /// When the latest look found it going; one before `since` tells nothing.
    pub seen_at: Option<DateTime<Utc>>,
    /// By when a look is likely to be worth it; when a webhook named it; after a look that brought no answer,
    /// or while a person waits for one: when the next is due.
    pub due_at: DateTime<Utc>,
    /// A webhook named it since the last look.
    pub hinted: bool,
    /// How many webhooks have named it.
    pub hints: i64,
    /// Looks in a row that brought no answer.
    pub failed_looks: i64,
    /// 404 answers in a row, and since when.
    pub misses: i64,
    pub missing_since: Option<DateTime<Utc>>,
    /// Nothing there means: buy (a retry of a parked lead).
    pub buy_if_missing: bool,
}

impl LiveRun {
    /// How long after its start it was last seen going.
    pub fn seen(&self) -> TimeDelta {
        let seen = self.seen_at.map(|at| at - self.since);
        seen.unwrap_or_default().max(TimeDelta::zero())
    }

    pub fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.since).max(TimeDelta::zero())
    }
}

/// What an ended run tells of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTime {
    /// From its start to its end.
    pub took: TimeDelta,
    /// A webhook had named it before it was found ended.
    pub named: bool,
}

/// How much there is still to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkLeft {
    /// Leads that will be started.
    pub queued: u64,
    /// Runs that are under way or may be.
    pub live: u64,
}

/// A run that has ended, with the rows made of it.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    pub status: Status,
    pub run: &'a RunSnapshot,
    pub rows: Vec<FlatRow>,
    pub reason: String,
    /// For those to come, where it tells anything.
    pub time: Option<RunTime>,
}

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Stored; `true` if it made a waiting run due.
    New { made_due: bool },
    /// This event was stored before.
    Repeat,
}

#[async_trait]
pub trait RunStore: Send + Sync {
    /// The waiting runs of this account, hinted ones first, then by due time.
    async fn live_runs(
        &self,
        payer: &Payer,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<LiveRun>, StoreError>;

    /// How much there is still to do for this account, among `only` if those are given: of the
    /// queued leads at most so many are counted. Those that are `busy` are being started, or are live.
    async fn work_left(
        &self,
        payer: &Payer,
        only: Option<&[i64]>,
        busy: &[i64],
        most: u32,
    ) -> Result<WorkLeft, StoreError>;

    /// The latest runs of this account that have ended, newest first.
    async fn ended_runs(&self, payer: &Payer, most: u32) -> Result<Vec<RunTime>, StoreError>;

    /// The waiting runs of this account that were seen going, by lead, with the age at which.
    async fn seen_going(&self, payer: &Payer) -> Result<Vec<(i64, TimeDelta)>, StoreError>;

    /// Runs of any account that have been waited for since before `since` and were looked at
    /// lately: after a long downtime a look comes first. What nobody looks at (another
    /// account's) is overdue a day later.
    async fn overdue_runs(
        &self,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<AttemptRef>, StoreError>;

    /// The run goes on; look again at `next_look`. Keeps a hint that came after the
    /// first `hints`: it is about news that the answer cannot hold.
    async fn record_look(
        &self,
        attempt: AttemptRef,
        run_status: &str,
        hints: i64,
        next_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The look failed; `missing` counts an answer of 404. Keeps a hint that came
    /// after the first `hints`.
    async fn record_no_look(
        &self,
        attempt: AttemptRef,
        why: &str,
        missing: bool,
        hints: i64,
        next_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The whole result, its rows, the charge, the new state and the deliveries that follow,
    /// in one transaction, before anything else happens to it.
    async fn record_end(
        &self,
        attempt: AttemptRef,
        ended: Ended<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// A retry looked for the run of a parked lead and nothing was there: a new attempt.
    async fn record_missing_bought_again(
        &self,
        attempt: AttemptRef,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Stores an event and makes the run that it names due, in one transaction; one of billing is
    /// news of the account ([`Signals::account_news`](super::Signals)).
    async fn record_event(
        &self,
        event: &VerifiedWebhook,
        now: DateTime<Utc>,
    ) -> Result<Recorded, StoreError>;
}
