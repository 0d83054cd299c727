use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Payer, Source, StoreError};
use crate::lead::{BatchId, LeadId, RequestOptions, Status, StoredCells};

/// A lead as people and programs see it.
#[derive(Debug, Clone)]
pub struct LeadView {
    /// The lead's number in this database: its place in every list.
    pub seq: i64,
    pub id: LeadId,
    pub batch: BatchId,
    pub source: Source,
    pub source_name: String,
    pub row: Option<u32>,
    pub external_id: Option<String>,
    /// The spreadsheet that gets its rows besides the place it came from.
    pub deliver_to: Option<String>,
    /// The domain as typed.
    pub input: String,
    pub domain: Option<String>,
    pub options: RequestOptions,
    pub status: Status,
    /// Citedy's own word for where the run is.
    pub run_status: Option<String>,
    pub reason: String,
    pub attempt: i64,
    pub run_id: Option<String>,
    /// The account that the current attempt was sent for; `None` before its first send.
    pub payer: Option<Payer>,
    /// Charged in all attempts.
    pub credits: i64,
    /// A result is stored (perhaps of an earlier attempt).
    pub has_result: bool,
    /// Its result was stored and is no longer kept.
    pub removed: Option<Removed>,
    /// Its company is forgotten since: nothing here names it any more.
    pub forgotten_at: Option<DateTime<Utc>>,
    /// Whose report the stored result is, if not its own.
    pub reused_from: Option<ReusedFrom>,
    /// While it is queued: the lead that the same report is being bought for.
    pub same_report: Option<SameReport>,
    /// Its batch was approved without regard to the day's cap.
    pub cap_lifted: bool,
    /// Destinations that do not have its news yet.
    pub undelivered: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A result that was removed because contact data is not kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    pub at: DateTime<Utc>,
    /// How many days it was kept for.
    pub after_days: i64,
}

/// The report that serves another lead.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReusedFrom {
    /// The lead that it was bought for.
    pub lead: LeadId,
    pub reported_at: DateTime<Utc>,
}

/// A lead that a report is being bought for which other leads wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameReport {
    pub lead: LeadId,
    /// Who buys it: leads of other accounts do not wait.
    pub payer: Payer,
}

/// Which leads; everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadFilter {
    pub status: Option<Status>,
    pub source: Option<Source>,
    pub source_name: Option<String>,
    pub batch: Option<BatchId>,
    /// First day of acceptance, UTC.
    pub from: Option<NaiveDate>,
    /// Last day of acceptance, UTC.
    pub to: Option<NaiveDate>,
    /// A part of the domain or of the first 500 characters of what was typed, or a lead id.
    pub q: Option<String>,
    /// Sent for another account than this one.
    pub not_of: Option<Payer>,
    /// Exactly these, by number.
    pub seqs: Option<Vec<i64>>,
}

/// A page of leads, and where the next begins.
#[derive(Debug, Clone)]
pub struct Page {
    pub leads: Vec<LeadView>,
    /// The number of the last lead on this page, if there are more.
    pub next: Option<i64>,
}

/// The stored end of a run.
#[derive(Debug, Clone)]
pub struct ResultView {
    pub run_id: String,
    pub stored_at: DateTime<Utc>,
    /// The whole run as Citedy answered it.
    pub run: serde_json::Value,
}

/// The keys that rows of one shape have, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnShape {
    pub id: i64,
    pub keys: Vec<String>,
}

/// One row of a result as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    pub lead_seq: i64,
    pub lead_id: String,
    pub run_id: String,
    pub domain: String,
    pub row: u32,
    pub shape: i64,
    pub cells: StoredCells,
}

/// Leads by state.
pub type Counts = Vec<(Status, u64)>;

/// What has been spent, credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spending {
    /// Charged or reserved today (UTC): what counts against the cap.
    pub today: i64,
    /// Of that, reserved for attempts whose charge is not known yet.
    pub reserved: i64,
    /// Charged in all.
    pub charged: i64,
    /// Attempts whose outcome was never resolved; each keeps its reservation.
    pub unknown: i64,
    /// The last balance that Citedy told.
    pub balance: Option<i64>,
}

/// A batch, and how many of its leads wait for approval.
#[derive(Debug, Clone)]
pub struct BatchView {
    pub id: BatchId,
    pub source: Source,
    pub source_name: String,
    pub held: u64,
    pub created_at: DateTime<Utc>,
}

/// What tells how long a batch will take yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchQueue {
    /// Leads of other batches that start before the last of this one's queued leads.
    pub before: u64,
    /// Its queued leads start without regard to the day's cap.
    pub cap_lifted: bool,
    /// When the youngest of its runs that are under way was sent for first.
    pub last_sent_at: Option<DateTime<Utc>>,
}

#[async_trait]
pub trait QueryStore: Send + Sync {
    /// Newest first, from below `before` (a lead's number).
    async fn newest_leads(
        &self,
        filter: &LeadFilter,
        before: Option<i64>,
        most: u32,
    ) -> Result<Page, StoreError>;

    /// Oldest first, from above `after` (a lead's number): the order of reports.
    async fn oldest_leads(
        &self,
        filter: &LeadFilter,
        after: i64,
        most: u32,
    ) -> Result<Vec<LeadView>, StoreError>;

    async fn lead(&self, id: &LeadId) -> Result<Option<LeadView>, StoreError>;

    async fn result(&self, lead_seq: i64) -> Result<Option<ResultView>, StoreError>;

    async fn counts(&self, filter: &LeadFilter) -> Result<Counts, StoreError>;

    /// Charged for these leads in all their attempts.
    async fn credits(&self, filter: &LeadFilter) -> Result<i64, StoreError>;

    async fn spending(&self, day: NaiveDate) -> Result<Spending, StoreError>;

    async fn held_batches(&self) -> Result<Vec<BatchView>, StoreError>;

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError>;

    async fn batch_queue(&self, id: &BatchId) -> Result<BatchQueue, StoreError>;

    /// How long the latest completed runs took from their first send until their results were
    /// stored; at most so many, the newest first.
    async fn run_times(&self, most: u32) -> Result<Vec<TimeDelta>, StoreError>;

    /// The shapes of the rows that an export will hold, in first-seen order.
    async fn shapes(&self, filter: &LeadFilter) -> Result<Vec<ColumnShape>, StoreError>;

    /// Result rows in the order of their leads, after the given lead number and row.
    async fn result_rows(
        &self,
        filter: &LeadFilter,
        after: (i64, u32),
        most: u32,
    ) -> Result<Vec<StoredRow>, StoreError>;

    /// A number that differs from the last one told whenever anything was written since, in
    /// this process or another.
    async fn change_mark(&self) -> Result<i64, StoreError>;

    /// Proves by a write that the database can be written to: what readiness means.
    async fn prove_writable(&self) -> Result<(), StoreError>;
}
