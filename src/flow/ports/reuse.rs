use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{LeadFilter, Payer, StoreError};
use crate::lead::{BatchId, LeadId};

/// Which stored reports serve another lead for the same company with the same options.
///
/// Besides these, every report that came while a lead was queued serves it: it was bought at the
/// same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReuseRule {
    /// Only what this account paid for.
    pub payer: Payer,
    /// Stored at that time or later; `None`: reuse is off.
    pub since: Option<DateTime<Utc>>,
}

/// A queued lead that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedUp {
    pub lead: String,
    /// The lead whose report serves it now; `None`: it may be bought.
    pub served_from: Option<String>,
}

/// A report that somebody may ask for: two leads that have the same one ask for the same report.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReportKey {
    /// Normalised.
    pub domain: String,
    /// As [`crate::lead::RequestOptions::key`] tells it.
    pub options_key: String,
}

/// What would serve a lead that came in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// The stored report that was bought for this lead.
    Stored {
        lead: LeadId,
        reported_at: DateTime<Utc>,
    },
    /// The report that is being bought for this lead, or that it is queued for.
    UnderWay { lead: LeadId },
}

#[async_trait]
pub trait ReuseStore: Send + Sync {
    /// Looks up the oldest queued leads that were not yet, of all or of `only` these, in one
    /// transaction: each is `reused` with its result, its rows and the deliveries that follow, or
    /// may be bought from then on. Costs next to nothing when there are none.
    async fn look_up(
        &self,
        rule: &ReuseRule,
        only: Option<&[i64]>,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<LookedUp>, StoreError>;

    /// Every queued lead is looked up again: the account or the rule may be another one now.
    async fn look_up_again(&self) -> Result<(), StoreError>;

    /// Whether one of these leads waits for a report that this account is buying for another lead.
    async fn wait_for_others(&self, filter: &LeadFilter, payer: &Payer)
    -> Result<bool, StoreError>;

    /// How many of these leads a stored report would serve.
    async fn reusable(&self, filter: &LeadFilter, rule: &ReuseRule) -> Result<u64, StoreError>;

    /// How many leads of each held batch a stored report would serve, in one question for all of
    /// them. A batch without any is not named.
    async fn reusable_held(&self, rule: &ReuseRule) -> Result<Vec<(BatchId, u64)>, StoreError>;

    /// What would serve an unforced lead for each of these that came in at `now`, in their order;
    /// `None`: it would be bought. Only reads, for thousands in well below a second.
    async fn would_serve(
        &self,
        wanted: &[ReportKey],
        rule: &ReuseRule,
        now: DateTime<Utc>,
    ) -> Result<Vec<Option<Serves>>, StoreError>;
}
