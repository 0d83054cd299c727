//! From a run's result to flat rows, and from rows to the columns of a report.

mod cell;
mod flatten;
mod layout;

pub use cell::Cell;
pub use flatten::result_rows;
pub use layout::Layout;

/// The columns that every result row begins with; `row` is the position in `exportRows`, from 1.
pub const LEADING: [&str; 4] = ["lead_id", "run_id", "domain", "row"];

/// One row of a result: dotted keys with their values, in first-seen order, no key twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlatRow {
    pub cells: Vec<(String, Cell)>,
}
