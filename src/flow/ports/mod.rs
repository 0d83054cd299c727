//! What the flow needs from the outside. The adapters implement it.

mod account;
mod api;
mod custody;
mod decisions;
mod deliveries;
mod errands;
mod figures;
mod files;
mod folder;
mod history;
mod instances;
mod intake;
mod leases;
mod ledger;
mod notices;
mod outcomes;
mod privacy;
mod queries;
mod reuse;
mod runs;
mod secrets;
mod sessions;
mod sheets;
mod spreadsheets;
mod starts;

pub use account::{AccountStore, Balance, Pause, PauseKind, Signals};
pub use api::CitedyApi;
pub use custody::{CustodyStore, HeldBack, Past};
pub use decisions::{BatchDecided, Decided, DecisionStore, RetryNote};
pub use deliveries::{DeliveryStore, DueDelivery, News};
pub use errands::{
    Asking, BoughtRun, Errand, ErrandBody, ErrandStore, ErrandView, WebhookDelivery,
    WebhookEndpoint,
};
pub use figures::{FigureStore, WorkFigures};
pub use files::{
    FolderGuard, FoundFile, ListFolder, ListProblem, ListReader, ReportFault, ReportFormat, Reports,
};
pub use folder::{FileLook, FolderStore, WatchedFile};
pub use history::{
    ChangedLead, ChangedLeads, DayFigures, HistoryStore, LeadEvent, LeadEventKind, Timeline,
    WebhookNews,
};
pub use instances::{InstanceStore, InstanceView};
pub use intake::{
    Accepted, AcceptedLead, ExternalId, HoldRule, IntakeStore, NewBatch, NewLead, Parsed,
};
pub use leases::{LeaseStore, LeaseTerm, LeaseView};
pub use ledger::{
    LedgerEntry, LedgerFilter, LedgerFormat, LedgerMark, LedgerStore, LedgerTotals, Outcome,
};
pub use notices::{
    DueNotice, FailedSend, Notice, NoticeBatch, NoticeLead, NoticeMessage, NoticeSender,
    NoticeStore, NotifyTarget, SendFilter, SendOutcome, SendPage, SendState, SendView, TargetView,
};
pub use outcomes::{OutcomeStore, Sent};
pub use privacy::{
    Footprint, KnownLead, Overdue, PrivacyStore, QuotedBy, QuotingLead, QuotingLeads, Scoured,
    Scrubbed, SentRowsOf, SheetPlace,
};
pub use queries::{
    BatchQueue, BatchView, ColumnShape, Counts, LeadFilter, LeadView, Page, QueryStore, Removed,
    ResultView, ReusedFrom, SameReport, Spending, StoredRow,
};
pub use reuse::{LookedUp, ReportKey, ReuseRule, ReuseStore, Serves};
pub use runs::{Ended, LiveRun, Recorded, RunStore, RunTime, WorkLeft};
pub use secrets::{OwnSecret, SecretStore};
pub use sessions::{Session, SessionStore};
pub use sheets::{
    DueRows, InputTab, MISSES, NewRow, OpenAppend, SentRows, SheetChanges, SheetDecision,
    SheetLead, SheetState, SheetStore,
};
pub use spreadsheets::{
    Change, Description, LockedRange, Mark, Render, SheetFault, Spreadsheets, TabGrid,
    TabProperties, TabRange, WriteAnswer, WriteBatch,
};
pub use starts::{Begin, QueuedLead, StartOrder, StartStore, StartTerms};

use chrono::{DateTime, SubsecRound, Utc};

/// Where leads come from; with [`NewBatch::source_name`] it names one form, file or call.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Form,
    Api,
    /// A file in the watched folder.
    Folder,
    /// `warmsheet run`.
    Run,
    /// A Google Sheet.
    Sheet,
}

impl Source {
    pub const ALL: [Source; 5] = [
        Source::Form,
        Source::Api,
        Source::Folder,
        Source::Run,
        Source::Sheet,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Source::Form => "form",
            Source::Api => "api",
            Source::Folder => "folder",
            Source::Run => "run",
            Source::Sheet => "sheet",
        }
    }

    /// A source's name as people know it: of a list in a folder, the file's.
    pub fn shown_name(self, name: &str) -> &str {
        match self {
            Source::Folder => name.rsplit(['/', '\\']).next().unwrap_or(name),
            _ => name,
        }
    }

    pub fn parse(text: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// The Citedy account that paid for a run. Look-ups and resends never cross it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
pub struct Payer {
    /// The API's origin, `https://www.citedy.com`.
    pub origin: String,
    /// The agent's id as `/me` tells it.
    pub agent: String,
}

/// One attempt of one lead: what a state change is compared with before it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptRef {
    /// The lead's number in this database.
    pub lead: i64,
    pub number: i64,
}

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The lead was in another state than the change started from: somebody else was first.
    #[error("the lead has moved on in the meantime")]
    Stale,
    #[error("there is no {0}")]
    NotFound(String),
    /// Another instance does this now: what was to be begun is not.
    #[error("the lease {0} is held by another instance now")]
    LeaseLost(String),
    /// The same external id came with another request.
    #[error("externalId {0} was used before with other contents")]
    ExternalIdReused(String),
    #[error("the database holds something that cannot be read: {0}")]
    Corrupt(String),
    /// Full disk, lost connection, locked file: may go away.
    #[error("the database could not be used: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Everything that the program keeps, on one engine.
pub trait Store:
    IntakeStore
    + AccountStore
    + ReuseStore
    + StartStore
    + OutcomeStore
    + RunStore
    + DeliveryStore
    + DecisionStore
    + FolderStore
    + SheetStore
    + QueryStore
    + FigureStore
    + LeaseStore
    + LedgerStore
    + HistoryStore
    + InstanceStore
    + CustodyStore
    + ErrandStore
    + SessionStore
    + SecretStore
    + PrivacyStore
    + NoticeStore
{
}

impl<T> Store for T where
    T: IntakeStore
        + AccountStore
        + ReuseStore
        + StartStore
        + OutcomeStore
        + RunStore
        + DeliveryStore
        + DecisionStore
        + FolderStore
        + SheetStore
        + QueryStore
        + FigureStore
        + LeaseStore
        + LedgerStore
        + HistoryStore
        + InstanceStore
        + CustodyStore
        + ErrandStore
        + SessionStore
        + SecretStore
        + PrivacyStore
        + NoticeStore
{
}

/// The time, cut to what both database engines can hold.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}
