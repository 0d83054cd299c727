use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AttemptRef, Payer, StoreError};
use crate::lead::money::Limit;
use crate::lead::run::{IdempotencyKey, RunSnapshot};
use crate::lead::{CompanyDomain, LeadId, RequestOptions};

/// The next lead to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedLead {
    pub attempt: AttemptRef,
    /// `true`: the same key was sent before and what became of it is not known.
    pub resend: bool,
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
    pub first_sent_at: DateTime<Utc>,
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
    /// The lead has moved on.
    Gone,
}

/// Why no paid call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PauseKind {
    /// A person said stop.
    Person,
    /// The account has no credits left.
    Credits,
    /// The key is wrong, or its agent paused or revoked: only the account is asked.
    Key,
}

impl PauseKind {
    pub const ALL: [PauseKind; 3] = [PauseKind::Person, PauseKind::Credits, PauseKind::Key];

    pub fn as_str(self) -> &'static str {
        match self {
            PauseKind::Person => "person",
            PauseKind::Credits => "credits",
            PauseKind::Key => "key",
        }
    }

    pub fn parse(text: &str) -> Option<PauseKind> {
        PauseKind::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pause {
    pub kind: PauseKind,
    pub message: String,
    /// Where to top up, when Citedy told.
    pub link: Option<String>,
    pub since: DateTime<Utc>,
}

#[async_trait]
pub trait StartStore: Send + Sync {
    /// The oldest queued leads, leaving out `busy`.
    async fn queued(&self, busy: &[i64], most: u32) -> Result<Vec<QueuedLead>, StoreError>;

    /// Leads whose paid call has no known outcome, by the time of their next send.
    async fn unresolved(
        &self,
        payer: &Payer,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<QueuedLead>, StoreError>;

    /// Leads whose paid call has had no known outcome since before that time, of any account.
    async fn unresolved_since(&self, before: DateTime<Utc>) -> Result<Vec<AttemptRef>, StoreError>;

    /// Checks pause, cap and payer, stores key and reservation, and moves the lead to
    /// `starting`: all in one transaction, right before the paid call.
    async fn begin_start(
        &self,
        attempt: AttemptRef,
        payer: &Payer,
        daily_credits: Limit,
        now: DateTime<Utc>,
    ) -> Result<Begin, StoreError>;

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
        attempt: AttemptRef,
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
        attempt: AttemptRef,
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

    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;

    /// Sets a pause, or renews its message.
    async fn set_pause(&self, pause: &Pause) -> Result<(), StoreError>;

    /// `true` if there was one.
    async fn clear_pause(&self, kind: PauseKind) -> Result<bool, StoreError>;

    /// The agent that a key belongs to, if it was ever learnt.
    async fn known_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
    ) -> Result<Option<String>, StoreError>;

    async fn remember_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
        agent: &str,
    ) -> Result<(), StoreError>;

    /// The last balance that `/me` told, credits.
    async fn remember_balance(&self, credits: i64, now: DateTime<Utc>) -> Result<(), StoreError>;
}
