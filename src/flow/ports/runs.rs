use async_trait::async_trait;
use chrono::{DateTime, Utc};

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
    /// When its start was answered.
    pub since: DateTime<Utc>,
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

/// A run that has ended, with the rows made of it.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    pub status: Status,
    pub run: &'a RunSnapshot,
    pub rows: Vec<FlatRow>,
    pub reason: String,
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
