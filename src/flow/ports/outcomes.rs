use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AttemptRef, StoreError};
use crate::lead::run::RunSnapshot;

/// One send of an attempt's key. What its answer says of the attempt counts only while the key
/// has not been sent again, by another instance perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub attempt: AttemptRef,
    /// As [`StartOrder::number`](super::StartOrder::number).
    pub number: i64,
}

/// What became of paid calls.
#[async_trait]
pub trait OutcomeStore: Send + Sync {
    /// The run is known: `starting` becomes `waiting`, the reservation becomes the charge. A
    /// webhook that came before this answer makes the run due at once.
    async fn record_started(
        &self,
        attempt: AttemptRef,
        run: &RunSnapshot,
        first_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The call was refused and nothing was charged: back to `queued`, the reservation freed.
    async fn record_refused(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// What became of the call is not known: the same key goes out again at `due_at`.
    async fn record_unknown(
        &self,
        attempt: AttemptRef,
        why: &str,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The API refuses this lead for good; nothing was charged.
    async fn record_rejected(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Citedy says that the key was used before, at its first send: only a person can tell.
    async fn record_conflict(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Only a person can tell what happened. An attempt without a run keeps its reservation.
    async fn park(
        &self,
        attempt: AttemptRef,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
