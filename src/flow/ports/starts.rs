use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AttemptRef, LeaseTerm, Payer, ReuseRule, Sent, StoreError};
use crate::lead::money::Limit;
use crate::lead::run::IdempotencyKey;
use crate::lead::{CompanyDomain, LeadId, RequestOptions};

/// The next lead to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedLead {
    pub attempt: AttemptRef,
    pub due_at: DateTime<Utc>,
}

/// Everything a paid call needs, stored before it is made.
#[derive(Debug, Clone)]
pub struct StartOrder {
    pub attempt: AttemptRef,
    pub lead_id: LeadId,
    pub domain: CompanyDomain,
    pub options: RequestOptions,
    pub key: IdempotencyKey,
    /// How often this key has been sent with no known outcome, this send included.
    pub sends: i64,
    /// Which of all sends of this key it is, refused ones included.
    pub number: i64,
}

impl StartOrder {
    /// This send of the key.
    pub fn sent(&self) -> Sent {
        Sent {
            attempt: self.attempt,
            number: self.number,
        }
    }
}

/// What a paid call is checked against, right before it is made.
#[derive(Debug, Clone)]
pub struct StartTerms {
    /// The right to drive the key.
    pub lease: LeaseTerm,
    pub payer: Payer,
    pub daily_credits: Limit,
    /// By then the call has ended, whatever becomes of this process: nobody sends the same key
    /// while it may still be worked on.
    pub answered_by: DateTime<Utc>,
    /// A key first sent before that is not sent again.
    pub trusted_since: DateTime<Utc>,
    /// Reports stored at that time or later serve instead; `None`: reuse is off.
    pub reusable_since: Option<DateTime<Utc>>,
}

impl StartTerms {
    pub fn reuse_rule(&self) -> ReuseRule {
        ReuseRule {
            payer: self.payer.clone(),
            since: self.reusable_since,
        }
    }
}

/// Whether a paid call may be made.
#[derive(Debug, Clone)]
pub enum Begin {
    Send(Box<StartOrder>),
    Paused,
    /// The day's cap leaves no room for another run.
    CapReached,
    /// The lead's key was sent for another Citedy account; sending it for this one would buy
    /// a second report.
    OtherPayer,
    /// The key was first sent before it could be trusted any longer.
    Outdated,
    /// Another instance drives the key now.
    LeaseLost,
    /// The same report is being bought for another lead.
    SameUnderWay,
    /// A stored report serves the lead.
    Reported,
    /// The lead has moved on.
    Gone,
}

#[async_trait]
pub trait StartStore: Send + Sync {
    /// The oldest queued leads that this account may buy, of all or of `only` these, leaving out
    /// `busy` and what waits for the report on the same company.
    async fn queued(
        &self,
        payer: &Payer,
        only: Option<&[i64]>,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<QueuedLead>, StoreError>;

    /// Leads whose paid call has no known outcome, by the time of their next send.
    async fn unresolved(
        &self,
        payer: &Payer,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<QueuedLead>, StoreError>;

    /// Leads whose paid call has had no known outcome since before that time, of any account.
    async fn unresolved_since(&self, before: DateTime<Utc>) -> Result<Vec<AttemptRef>, StoreError>;

    /// Checks lease, age, pause, cap, payer and reports on the same company, stores key and
    /// reservation, and moves the lead to `starting`: all in one transaction, right before the
    /// paid call.
    async fn begin_start(
        &self,
        attempt: AttemptRef,
        terms: &StartTerms,
        now: DateTime<Utc>,
    ) -> Result<Begin, StoreError>;
}
