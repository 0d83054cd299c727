//! From a run's result to flat rows, and from rows to the columns of a report.

mod cell;
mod fallback;
mod flatten;
mod layout;

pub use cell::{Cell, StoredCells};
pub use flatten::result_rows;
pub use layout::Layout;

/// The columns that every result row begins with; `row` is the position in `exportRows`, from 1.
pub const LEADING: [&str; 4] = ["lead_id", "run_id", "domain", "row"];

/// A result row as a JSON object: the leading four, then its own keys in their order. A later
/// value of the same key takes the place of the earlier one.
pub fn row_object<'k>(
    leading: (String, String, String, u32),
    cells: impl IntoIterator<Item = (&'k String, Cell<'k>)>,
) -> serde_json::Map<String, serde_json::Value> {
    let (lead_id, run_id, domain, row) = leading;
    let mut object = serde_json::Map::new();
    let values = [lead_id.into(), run_id.into(), domain.into(), row.into()];
    object.extend(LEADING.map(str::to_owned).into_iter().zip(values));
    for (key, cell) in cells {
        object.insert(key.clone(), cell.into());
    }
    object
}

/// One row of a result: dotted keys with their values, in first-seen order, no key twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlatRow {
    pub cells: Vec<(String, Cell<'static>)>,
}

#[cfg(test)]
mod tests;
