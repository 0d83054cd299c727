//! What others are told of: kept beside what it tells of, and sent until it is heard.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::StoreError;
use crate::lead::notice::{NoticeKind, TargetKind};

/// Somebody who wants to hear of events. The address is no part of this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyTarget {
    pub name: String,
    pub kind: TargetKind,
    /// `https://hooks.slack.com`: what may be shown of the address.
    pub host: String,
    pub events: Vec<NoticeKind>,
}

/// How a target is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetView {
    pub name: String,
    pub kind: TargetKind,
    pub host: String,
    pub events: Vec<NoticeKind>,
    /// Notices that are still to be sent.
    pub waiting: u64,
    /// Notices that were given up.
    pub dead: u64,
    pub last_sent_at: Option<DateTime<Utc>>,
    pub last_failed_at: Option<DateTime<Utc>>,
    /// What the last failure met.
    pub last_error: Option<String>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub seq: i64,
    /// The same for every target and every try.
    pub id: String,
    pub kind: NoticeKind,
    pub at: DateTime<Utc>,
    /// Of a lead its state, of a pause its kind, as it was then.
    pub status: Option<String>,
    pub attempt: Option<i64>,
    /// Numbers and words as they were then.
    pub detail: Value,
    pub lead: Option<NoticeLead>,
    pub batch: Option<NoticeBatch>,
}

/// The lead that an event is about, as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeLead {
    pub id: String,
    pub domain: Option<String>,
    /// Why it is where it is; empty when it has moved on.
    pub reason: String,
    /// How many rows its report has.
    pub rows: u64,
}

/// The batch that an event is about, or that its lead belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeBatch {
    pub id: String,
    pub source: String,
}

/// A notice that a target is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct DueNotice {
    pub notice: Notice,
    /// Tries that failed.
    pub attempts: u32,
}

/// One try that brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedSend {
    pub notice_seq: i64,
    /// When it is tried again; `None`: never by itself.
    pub next: Option<DateTime<Utc>>,
}

/// How a notice stands with one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SendState {
    Waiting,
    Sent,
    /// Given up; a person may send it again.
    Dead,
}

impl SendState {
    pub fn as_str(self) -> &'static str {
        match self {
            SendState::Waiting => "waiting",
            SendState::Sent => "sent",
            SendState::Dead => "dead",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [SendState::Waiting, SendState::Sent, SendState::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A notice and one of its targets, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendView {
    #[serde(skip)]
    pub seq: i64,
    pub id: String,
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    pub at: DateTime<Utc>,
    pub target: String,
    pub state: SendState,
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub due_at: Option<DateTime<Utc>>,
    pub tried_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
    pub lead_id: Option<String>,
    pub batch_id: Option<String>,
}

/// Which of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendFilter {
    pub state: Option<SendState>,
    pub target: Option<String>,
}

/// Some of them, the newest notice first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendPage {
    pub sends: Vec<SendView>,
    /// Notices older than this number come next.
    pub next: Option<i64>,
}

/// The outbox. Events of leads, batches and pauses are put in by the database itself, in the
/// transaction that changes them, and only while a target wants to hear of them.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// From now on these are the targets. What waits for others is given up.
    async fn set_notify_targets(
        &self,
        targets: &[NotifyTarget],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// In the order of the configuration.
    async fn notify_targets(&self) -> Result<Vec<TargetView>, StoreError>;

    /// What a target is to be sent now, the longest due first; nothing of a database that another
    /// one has taken the place of.
    async fn due_notices(
        &self,
        target: &str,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<DueNotice>, StoreError>;

    /// The target has heard of these.
    async fn record_notices_sent(
        &self,
        target: &str,
        notices: &[i64],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The target has not, as far as can be told.
    async fn record_notices_failed(
        &self,
        target: &str,
        failed: &[FailedSend],
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Notices and their targets.
    async fn notice_sends(
        &self,
        filter: &SendFilter,
        cursor: Option<i64>,
        most: u32,
    ) -> Result<SendPage, StoreError>;

    /// Sends a notice again that was sent or given up, to one target or to all that it had.
    /// Answers how many will be sent; `None`: there is no such notice.
    async fn resend_notice(
        &self,
        id: &str,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError>;

    /// Sends everything again that was given up for a target; `None`: there is no such target.
    async fn resend_dead_notices(
        &self,
        target: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError>;

    /// Notes whether the balance is low, and if it has just become so, the notice that says so.
    async fn note_balance(&self, low: Option<&Value>, now: DateTime<Utc>)
    -> Result<(), StoreError>;

    /// Forgets events from before that time, heard or not.
    async fn sweep_notices(&self, before: DateTime<Utc>) -> Result<(), StoreError>;
}

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeMessage {
    /// Tells a repetition from news.
    pub id: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    Sent,
    /// Perhaps later; not before `wait` if the target has asked for that. No answer at all counts
    /// as this, so a message may come twice.
    Failed {
        why: String,
        wait: Option<Duration>,
    },
    /// The target wants to hear no more.
    Gone {
        why: String,
    },
}

/// The way to one target.
#[async_trait]
pub trait NoticeSender: Send + Sync {
    /// One try, within 15 seconds. What it tells shows neither address nor key.
    async fn send(&self, message: &NoticeMessage) -> SendOutcome;
}
