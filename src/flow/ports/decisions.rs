use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::lead::{BatchId, Decision, LeadId, Status};

/// What a decision about one lead came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    Done {
        status: Status,
        note: RetryNote,
    },
    /// The lead's state does not allow it.
    NotNow {
        status: Status,
    },
    /// Its company was forgotten then: nothing more is bought for it.
    Forgotten {
        since: DateTime<Utc>,
    },
    /// A charge may exist that nobody can see; the person must say that a second one is fine.
    ChargeMayExist,
}

/// What a retry does first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryNote {
    None,
    /// The run is known: it is looked at first, and bought only if nothing is there.
    LooksFirst,
}

/// What a decision about a batch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct BatchDecided {
    /// Leads that changed.
    pub changed: u64,
}

#[async_trait]
pub trait DecisionStore: Send + Sync {
    /// `accept_possible_charge`: the person knows that an attempt of unknown outcome may have
    /// been charged and wants another all the same.
    async fn decide(
        &self,
        lead: &LeadId,
        decision: Decision,
        accept_possible_charge: bool,
        now: DateTime<Utc>,
    ) -> Result<Decided, StoreError>;

    /// Approves every held lead of a batch, or cancels every held and queued one. `lift_cap`:
    /// an approved batch starts without regard to the day's cap.
    async fn decide_batch(
        &self,
        batch: &BatchId,
        decision: Decision,
        lift_cap: bool,
        now: DateTime<Utc>,
    ) -> Result<BatchDecided, StoreError>;
}
