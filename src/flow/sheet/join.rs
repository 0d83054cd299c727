//! Which row belongs to which lead. A row is known by the id in its own `Lead ID` cell, never
//! by its number; where that id stands beside another domain, the domains decide.

mod joining;

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::columns::Columns;
use super::grid::Grid;
use crate::flow::ports::{Parsed, SheetLead};
use crate::lead::Forgotten;
use joining::Joining;

/// A tab with its columns.
#[derive(Debug, Clone)]
pub struct TabRead {
    pub tab: i32,
    pub title: String,
    /// As people see it: what formulas came to.
    pub grid: Arc<Grid>,
    pub columns: Columns,
    /// Its rows were read before: what has no id is new, not old.
    pub was_read: bool,
    /// It has had a column `Run`.
    pub with_run: bool,
    /// Rows with cells that are yet to be put back: nothing starts on their account.
    pub mended: HashSet<usize>,
}

impl TabRead {
    /// The column that says which rows start was deleted or called otherwise.
    pub fn run_is_gone(&self) -> bool {
        self.with_run && self.columns.input.run.is_none()
    }
}

/// Place of a row: which of the tabs read, and the row in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub tab: usize,
    pub row: usize,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// The row of this lead (its index), with the same domain and options.
    Lead(usize),
    /// The row of this lead, whose domain or options were changed.
    Changed(usize),
    /// The row of this lead, whose domain was cleared.
    Emptied(usize),
    /// Another row has the same id and the same domain.
    Copy(usize),
    /// Its id is not one of this spreadsheet's leads.
    Foreign,
    /// Says something and has no lead yet.
    New,
    /// About nothing, and shows what we told of some lead: a sort has left it behind.
    Stray,
}

/// A row that says anything.
#[derive(Debug, Clone)]
pub struct JoinedRow {
    pub place: Place,
    pub role: Role,
    /// As typed.
    pub domain: String,
    /// `None` while the domain is blank.
    pub parsed: Option<Parsed>,
    /// Its company is forgotten: the hash of it, and since when.
    pub forgotten: Option<(String, DateTime<Utc>)>,
    /// `false`: there is a `Run` column and it is not ticked here.
    pub ticked: bool,
    /// The row shows the id of the lead that it is the row of.
    pub id_shown: bool,
}

/// Rows and leads of one spreadsheet put together.
#[derive(Debug, Clone, Default)]
pub struct Join {
    pub rows: Vec<JoinedRow>,
    /// Leads (by index) that no row is of.
    pub missing: Vec<usize>,
}

/// Joins what was read with the leads known before; rows of forgotten companies name nobody from
/// here on.
pub fn join(tabs: &[TabRead], leads: &[SheetLead], forgotten: &Forgotten) -> Join {
    let mut joining = Joining::new(tabs, leads, forgotten);
    for (number, tab) in tabs.iter().enumerate() {
        joining.read(number, tab);
    }
    joining.by_id();
    joining.by_contents();
    joining.by_domain();
    joining.the_rest();
    joining.end()
}
