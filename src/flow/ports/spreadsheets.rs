use async_trait::async_trait;

use crate::flow::sheet::grid::{CellValue, Grid};

/// What a read asks for: a whole tab, or some of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabRange {
    /// Google's `sheetId`: stays the same when a tab is renamed or moved.
    pub tab: i32,
    /// Only the rows before this one.
    pub rows: Option<usize>,
}

/// How formulas are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Render {
    /// As typed, `=A1`.
    Formulas,
    /// As calculated.
    Values,
}

/// A tab as one read showed it.
#[derive(Debug, Clone, PartialEq)]
pub struct TabGrid {
    pub tab: i32,
    pub title: String,
    /// Columns that the grid has, used or not.
    pub columns: usize,
    pub grid: Grid,
}

/// What a spreadsheet holds, without its cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    pub title: String,
    /// In their order.
    pub tabs: Vec<TabProperties>,
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabProperties {
    pub tab: i32,
    pub title: String,
    pub rows: usize,
    pub columns: usize,
    /// Ranges that the account may not edit.
    pub locked: Vec<LockedRange>,
}

/// A protected range; the last row and column are not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedRange {
    pub rows: std::ops::Range<usize>,
    pub columns: std::ops::Range<usize>,
}

/// Developer metadata on the spreadsheet itself: no deleted row takes it along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub id: i32,
    pub key: String,
    pub value: String,
}

/// One change to a spreadsheet. Texts never run as formulas.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Sets cells from `row`, `column` on, as far as `rows` go.
    Cells {
        tab: i32,
        row: usize,
        column: usize,
        rows: Vec<Vec<CellValue>>,
    },
    /// New columns before `at`.
    InsertColumns {
        tab: i32,
        at: usize,
        count: usize,
    },
    /// New columns at the right end of the grid, which is `at`. Has the grid grown since, they go
    /// before what is there now: nothing is written over that.
    AppendColumns {
        tab: i32,
        at: usize,
        count: usize,
    },
    /// Rows after the last one that holds anything, found by Google when it applies this.
    AppendRows {
        tab: i32,
        rows: Vec<Vec<CellValue>>,
    },
    AddTab {
        tab: i32,
        title: String,
        /// Rows that stay in view.
        frozen_rows: usize,
    },
    /// Fails, and with it the whole batch, when the id is taken.
    AddMark(Mark),
    RemoveMark {
        id: i32,
    },
    /// The mark has another value from now on.
    SetMark(Mark),
    FreezeRows {
        tab: i32,
        rows: usize,
    },
    /// A drop-down of these values below `row`; other values are shown with a warning.
    DropDown {
        tab: i32,
        row: usize,
        column: usize,
        values: Vec<String>,
    },
    CheckBoxes {
        tab: i32,
        row: usize,
        column: usize,
    },
    /// Numbers below `row` are shown as date and time.
    DateFormat {
        tab: i32,
        row: usize,
        column: usize,
    },
    /// Cells below `row` whose text begins so get this background.
    Colour {
        tab: i32,
        row: usize,
        column: usize,
        begins: String,
        rgb: (u8, u8, u8),
    },
    /// A header in bold.
    Bold {
        tab: i32,
        row: usize,
        columns: std::ops::Range<usize>,
    },
}

/// Changes that Google applies together or not at all, in one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriteBatch {
    pub changes: Vec<Change>,
    /// Header rows to be told in the answer: title of the tab, row.
    pub look_at: Vec<(String, usize)>,
}

/// What the spreadsheet held right after a write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriteAnswer {
    pub marks: Vec<Mark>,
    /// The header rows asked for: tab and texts.
    pub headers: Vec<(i32, Vec<String>)>,
}

/// Why a call to Google did not do as asked. The texts are for the person who runs this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetFault {
    #[error(
        "the spreadsheet is not shared with {account}. Open it, choose Share, and add that \
         address as an Editor"
    )]
    NotShared { account: String },
    #[error(
        "there is no spreadsheet with the id \u{201c}{id}\u{201d}. Copy its address from the \
         browser into WARMSHEET_SHEETS"
    )]
    NoSuchSheet { id: String },
    #[error("{0}")]
    ApiDisabled(String),
    #[error(
        "a protected range is in the way. In the sheet choose Data, Protect sheets and ranges, \
         and let {account} edit it"
    )]
    Protected { account: String },
    #[error("Google's quota is used up; will try again by itself")]
    Quota {
        retry_after: Option<std::time::Duration>,
    },
    /// A tab that was to be read or written is gone.
    #[error("a tab is gone: {0}")]
    TabGone(String),
    /// The mark's id is taken: an earlier write was applied.
    #[error("the mark is there already")]
    MarkTaken,
    #[error(
        "Google refuses this machine's clock: set it right (is time synchronisation on?). \
         {0}"
    )]
    Clock(String),
    #[error(
        "the service-account key is refused: {0}. Create a new key and set GOOGLE_APPLICATION_CREDENTIALS to its file"
    )]
    Key(String),
    /// Nothing was changed.
    #[error("Google refuses the request: {0}")]
    Refused(String),
    /// No connection was made; nothing was changed.
    #[error("Google cannot be reached: {0}")]
    Unreachable(String),
    /// It may have been applied, or may still be.
    #[error("Google did not answer properly ({0}); will look again")]
    Unknown(String),
}

impl SheetFault {
    /// Whether a write that failed so may have been applied, now or later.
    pub fn may_be_applied(&self) -> bool {
        matches!(self, SheetFault::Unknown(_))
    }

    /// Whether it goes away by itself.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            SheetFault::Quota { .. } | SheetFault::Unreachable(_) | SheetFault::Unknown(_)
        )
    }
}

/// Google Sheets. Each call makes one request at most (a first one may fetch a token as well)
/// and never repeats it.
#[async_trait]
pub trait Spreadsheets: Send + Sync {
    /// The address to share spreadsheets with.
    fn account(&self) -> &str;

    /// Waits until a read and a write may go out: what is written should follow its read closely.
    async fn room(&self);

    /// Changes whenever anything in the file does; `None` where Drive cannot be asked. Costs no
    /// Sheets quota.
    async fn version(&self, spreadsheet: &str) -> Result<Option<String>, SheetFault>;

    async fn describe(&self, spreadsheet: &str) -> Result<Description, SheetFault>;

    /// In the order of `ranges`.
    async fn read(
        &self,
        spreadsheet: &str,
        ranges: &[TabRange],
        render: Render,
    ) -> Result<Vec<TabGrid>, SheetFault>;

    async fn write(&self, spreadsheet: &str, batch: WriteBatch) -> Result<WriteAnswer, SheetFault>;
}
