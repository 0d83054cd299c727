use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::flow::health::SheetHealth;
use crate::flow::sheet::columns::Own;

use super::{HoldRule, LeadView, LeaseTerm, Parsed, StoreError};
use crate::lead::{Decision, LeadId, StoredCells};

/// Reads in a row that do not show a lead's id, after which its row counts as gone.
pub const MISSES: i64 = 2;

/// What is kept of a connected spreadsheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetState {
    pub tabs: Vec<InputTab>,
    /// The results tab's `sheetId`, once it was made or found.
    pub results_tab: Option<i32>,
    /// The mark that the last delivery left in the spreadsheet.
    pub mark: Option<i32>,
    /// A delivery whose outcome is not known.
    pub open: Option<OpenAppend>,
}

/// A tab that leads are read from, bound by its `sheetId` when first connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTab {
    /// The name in `WARMSHEET_SHEETS`; empty for "the first tab".
    pub wanted: String,
    pub tab: i32,
    /// Its rows were read once: rows that come now are new.
    pub was_read: bool,
    /// Names of ours that its own columns have, as the first read told.
    pub theirs: Option<Vec<Own>>,
    /// It has had a column `Run`.
    pub with_run: bool,
}

impl SheetState {
    /// Names of ours that people's columns have in a tab; `None` before its first read.
    pub fn theirs(&self, tab: i32) -> Option<&[Own]> {
        let bound = self.tabs.iter().find(|bound| bound.tab == tab)?;
        bound.theirs.as_deref()
    }
}

/// Rows that were sent to the results tab, with no answer so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAppend {
    /// Goes into the spreadsheet together with the rows, or not at all.
    pub mark: i32,
    /// The results tab that the rows went to.
    pub tab: i32,
    pub sent_at: DateTime<Utc>,
}

/// A lead of a sheet, with what the sheet has told of it.
#[derive(Debug, Clone)]
pub struct SheetLead {
    pub lead: LeadView,
    /// Rows of its latest result.
    pub rows: i64,
    /// A report was, or may have been, bought for it, or serves it: it stays with its company.
    pub settled: bool,
    /// The latest read showed its id beside its domain and options: it may start.
    pub ready: bool,
    /// Reads in a row that did not show its id.
    pub misses: i64,
    /// It was cancelled because its row was gone, not by a person.
    pub row_gone: bool,
    /// The text in its `Action` cell that was counted, until a read shows it cleared.
    pub counted: Option<String>,
    /// What came of the last decision in the sheet, for its row's message.
    pub note: String,
    /// Texts of its rows were cut to fit into the results tab.
    pub cut: bool,
}

/// A row that becomes a lead.
#[derive(Debug, Clone)]
pub struct NewRow {
    pub id: LeadId,
    pub input: String,
    /// 1-based, for people.
    pub row: u32,
    pub parsed: Parsed,
    /// Its company is forgotten: the hash of it, and since when.
    pub forgotten: Option<(String, DateTime<Utc>)>,
}

/// A decision as typed into `Action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetDecision {
    One(Decision),
    /// The whole batch that the row waits in.
    Batch {
        decision: Decision,
        lift_cap: bool,
    },
}

/// What one read of a spreadsheet changes. Applied in one transaction.
#[derive(Debug, Clone)]
pub struct SheetChanges {
    /// Rows of tabs that were read for the first time: a batch that waits for a person.
    pub old: Vec<NewRow>,
    /// One batch, together with `moved`.
    pub new: Vec<NewRow>,
    pub hold: HoldRule,
    /// Unpaid leads whose row now says something else.
    pub moved: Vec<(i64, NewRow)>,
    pub ready: Vec<i64>,
    pub unready: Vec<i64>,
    /// Leads whose row this read did not show.
    pub missed: Vec<i64>,
    /// Leads whose row is back.
    pub back: Vec<i64>,
    /// The text in the cell and what it says.
    pub decisions: Vec<(i64, String, SheetDecision)>,
    /// A read showed the counted decision cleared.
    pub cleared: Vec<i64>,
    /// Tabs read for the first time, with the names of ours that their columns have.
    pub first_read: Vec<(i32, Vec<Own>)>,
    /// Tabs that have a column `Run` from now on.
    pub with_run: Vec<i32>,
    /// Queued leads that wait for a person: the column that would say whether they start is gone.
    pub held_back: Vec<i64>,
}

impl SheetChanges {
    /// Nothing yet; `hold` tells when a batch of new rows waits for a person.
    pub fn new(hold: HoldRule) -> Self {
        Self {
            hold,
            old: Vec::new(),
            new: Vec::new(),
            moved: Vec::new(),
            ready: Vec::new(),
            unready: Vec::new(),
            missed: Vec::new(),
            back: Vec::new(),
            decisions: Vec::new(),
            cleared: Vec::new(),
            first_read: Vec::new(),
            with_run: Vec::new(),
            held_back: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.old.is_empty()
            && self.new.is_empty()
            && self.moved.is_empty()
            && self.ready.is_empty()
            && self.unready.is_empty()
            && self.missed.is_empty()
            && self.back.is_empty()
            && self.decisions.is_empty()
            && self.cleared.is_empty()
            && self.first_read.is_empty()
            && self.with_run.is_empty()
            && self.held_back.is_empty()
    }
}

/// The rows of one result that a results tab does not have yet.
#[derive(Debug, Clone)]
pub struct DueRows {
    pub lead_seq: i64,
    pub attempt: i64,
    pub lead_id: String,
    pub run_id: String,
    pub domain: String,
    /// Keys and cells of each row, in their order.
    pub rows: Vec<(std::sync::Arc<Vec<String>>, StoredCells)>,
}

/// A result that an append carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRows {
    pub lead_seq: i64,
    pub attempt: i64,
    /// Texts were cut to fit.
    pub cut: bool,
}

impl SentRows {
    /// These rows are that result's.
    pub fn is_of(&self, due: &DueRows) -> bool {
        (self.lead_seq, self.attempt) == (due.lead_seq, due.attempt)
    }
}

/// What is kept of spreadsheets.
#[async_trait]
pub trait SheetStore: Send + Sync {
    /// This installation's name: made once, and the same ever after.
    async fn installation(&self) -> Result<String, StoreError>;

    /// No lead of a sheet starts before its row was read again, but for those of the spreadsheets
    /// in `kept`.
    async fn forget_readings(&self, kept: &[String]) -> Result<(), StoreError>;

    /// The same for one spreadsheet.
    async fn forget_readings_of(&self, spreadsheet: &str) -> Result<(), StoreError>;

    async fn sheet(&self, spreadsheet: &str) -> Result<SheetState, StoreError>;

    /// Binds a tab; binding it again changes nothing.
    async fn bind_tab(
        &self,
        spreadsheet: &str,
        wanted: &str,
        tab: i32,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    async fn set_results_tab(&self, spreadsheet: &str, tab: i32) -> Result<(), StoreError>;

    /// Every lead that came from this spreadsheet, oldest first.
    async fn sheet_leads(&self, spreadsheet: &str) -> Result<Vec<SheetLead>, StoreError>;

    /// A text that changes whenever a lead of this spreadsheet, or what waits to be delivered
    /// there, has.
    async fn sheet_mark(&self, spreadsheet: &str) -> Result<String, StoreError>;

    /// Applies what a read showed: all of it or nothing, and nothing once the lease is another's.
    async fn apply_sheet(
        &self,
        lease: &LeaseTerm,
        spreadsheet: &str,
        changes: SheetChanges,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Results that wait for this spreadsheet, in order of completion, the first `most`.
    async fn due_rows(&self, spreadsheet: &str, most: u32) -> Result<Vec<DueRows>, StoreError>;

    /// The results that an open append carries.
    async fn open_rows(&self, spreadsheet: &str, mark: i32) -> Result<Vec<DueRows>, StoreError>;

    /// Stored before the rows are sent: their outcome is unknown from now on. Refused once the
    /// lease is another's.
    async fn begin_append(
        &self,
        lease: &LeaseTerm,
        spreadsheet: &str,
        append: &OpenAppend,
        rows: &[SentRows],
    ) -> Result<(), StoreError>;

    /// The rows are in the spreadsheet, or (`applied` is false) never will be.
    async fn settle_append(
        &self,
        spreadsheet: &str,
        mark: i32,
        applied: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// These results bring no rows: nothing is to be written.
    async fn mark_empty(
        &self,
        spreadsheet: &str,
        rows: &[(i64, i64)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Notes for every instance that spreadsheets are to be read at once.
    async fn ask_for_look(&self, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// When that was asked for last.
    async fn asked_for_look(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// How a spreadsheet is doing, for the other instances.
    async fn share_health(&self, spreadsheet: &str, health: &SheetHealth)
    -> Result<(), StoreError>;

    /// What the instance that keeps this spreadsheet said last.
    async fn shared_health(&self, spreadsheet: &str) -> Result<Option<SheetHealth>, StoreError>;

    /// Every result that was delivered to this spreadsheet is delivered once more. Answers how
    /// many.
    async fn redeliver(&self, spreadsheet: &str, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
