//! What is remembered: of one lead, of all since a mark, of each day.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::{LedgerEntry, StoreError};
use crate::lead::{LeadId, Status};

/// What is known of a lead's past, each list oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    pub events: Vec<LeadEvent>,
    pub attempts: Vec<LedgerEntry>,
    /// Verified webhooks that named one of its runs.
    pub webhooks: Vec<WebhookNews>,
}

/// Something that happened to a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadEvent {
    pub attempt: i64,
    pub kind: LeadEventKind,
    /// As the lead's reason stood then; may be empty.
    pub reason: String,
    pub at: DateTime<Utc>,
    /// How often in a row, 1 or more: looks that brought the same are told once.
    pub times: i64,
    /// The last of these times.
    pub last_at: DateTime<Utc>,
}

/// What it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadEventKind {
    /// It came into this state. Of a lead that was queued when it came in, that first state is
    /// not told.
    State(Status),
    /// Its run was fetched and had not ended, or no answer came, which `reason` tells then.
    Look { run_status: String },
    /// The news reached a destination: `folder:<list>`, `sheet:<spreadsheet id>`.
    Delivered { destination: String },
}

/// A verified webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookNews {
    pub event_type: Option<String>,
    pub run_id: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// Leads whose page would tell something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedLeads {
    /// Where the next question goes on.
    pub mark: i64,
    /// `None`: more than are worth naming.
    pub leads: Option<Vec<ChangedLead>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedLead {
    pub id: LeadId,
    /// The last of its news, and when that was: the same pair as before is no news.
    pub last: (i64, DateTime<Utc>),
}

/// One day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    pub day: NaiveDate,
    /// Leads that reached an end on it, whichever.
    pub finished: i64,
    /// Credits charged for attempts first sent on it.
    pub spent: i64,
}

/// What happened, as it was stored.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    async fn timeline(&self, lead_seq: i64) -> Result<Timeline, StoreError>;

    /// Leads to which something happened after this mark; `None`: only where the mark is now.
    /// A change of the last seconds may be told again, and none is left out.
    async fn changed_leads(
        &self,
        after: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<ChangedLeads, StoreError>;

    /// Days from this one on, oldest first; those on which nothing happened are left out.
    async fn days(&self, from: NaiveDate) -> Result<Vec<DayFigures>, StoreError>;

    /// The newest verified webhooks, newest first.
    async fn latest_webhooks(&self, most: u32) -> Result<Vec<WebhookNews>, StoreError>;
}
