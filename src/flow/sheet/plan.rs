//! The difference between what our cells show and what they should, as changes to send. Only
//! columns of our own are written, and only where something differs.

use super::action;
use super::columns::{Columns, Own};
use super::grid::CellValue;
use super::join::{Join, TabRead};
use super::size;
use super::wanted::Telling;
use crate::flow::ports::Change;

/// Unchanged cells between two changed ones that are sent along: cheaper than another range.
const FILL: usize = 3;

/// What goes to one tab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TabPlan {
    /// Which of the tabs read.
    pub tab: usize,
    /// Columns of ours that were missing, new at the right. They are inserted, never written
    /// over what is there.
    pub added: Vec<(Own, usize)>,
    pub cells: Vec<Run>,
}

/// Cells side by side in one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub row: usize,
    pub column: usize,
    pub values: Vec<CellValue>,
}

/// One row's cells of ours by column: what it should show, and whether that differs.
type RowCells = Vec<(usize, CellValue, bool)>;

/// `with_report`: a `Report` column makes sense.
pub fn plan(
    tabs: &[TabRead],
    join: &Join,
    telling: &Telling<'_>,
    with_report: bool,
) -> Vec<TabPlan> {
    let mut plans: Vec<TabPlan> = tabs
        .iter()
        .enumerate()
        .map(|(number, tab)| missing(number, tab, with_report))
        .collect();
    let columns: Vec<Columns> = tabs
        .iter()
        .zip(&plans)
        .map(|(tab, plan)| {
            let mut columns = tab.columns.clone();
            for (own, column) in &plan.added {
                columns.set_own(*own, *column);
            }
            columns
        })
        .collect();
    for row in &join.rows {
        let number = row.place.tab;
        let tab = &tabs[number];
        let place = row.place.row;
        let action = tab
            .columns
            .own(Own::Action)
            .map_or_else(Default::default, |column| {
                tab.grid.cell(place, column).shown()
            });
        let wanted = telling.wanted(row, &action);
        let mut cells = RowCells::with_capacity(Own::ALL.len());
        for (own, value) in Own::ALL.into_iter().zip(wanted) {
            if let (Some(column), Some(value)) = (columns[number].own(own), value) {
                // A column that is added holds nothing yet.
                let new = tab.columns.own(own).is_none();
                let differs = if new {
                    !value.is_empty()
                } else {
                    !tab.grid.cell(place, column).same(&value)
                };
                // Nothing is sent along that could take something away where a column moves, or
                // a decision is taken, at the same moment.
                if differs || !(value.is_empty() || own == Own::Action) {
                    cells.push((column, value, differs));
                }
            }
        }
        runs(place, cells, &mut plans[number].cells);
    }
    plans
}

/// The columns of ours that a tab lacks go right of everything in use.
pub fn missing(number: usize, tab: &TabRead, with_report: bool) -> TabPlan {
    let missing = Own::ALL
        .into_iter()
        .filter(|own| tab.columns.own(*own).is_none() && (with_report || *own != Own::Report));
    TabPlan {
        tab: number,
        added: missing.zip(tab.grid.width()..).collect(),
        cells: Vec::new(),
    }
}

/// Cuts a row's cells into runs that begin and end with something that differs.
fn runs(row: usize, mut cells: RowCells, into: &mut Vec<Run>) {
    cells.sort_by_key(|(column, _, _)| *column);
    let mut run: Option<Run> = None;
    let mut filling: Vec<CellValue> = Vec::new();
    for (column, value, differs) in cells {
        let follows = run
            .as_ref()
            .is_some_and(|run| column == run.column + run.values.len() + filling.len());
        if !follows || filling.len() > FILL {
            filling.clear();
            into.extend(run.take());
        }
        match (&mut run, differs) {
            (None, true) => {
                run = Some(Run {
                    row,
                    column,
                    values: vec![value],
                });
            }
            (None, false) => {}
            (Some(run), true) => {
                run.values.append(&mut filling);
                run.values.push(value);
            }
            (Some(_), false) => filling.push(value),
        }
    }
    into.extend(run);
}

impl TabPlan {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.cells.is_empty()
    }

    /// The changes that make the missing columns; they come before all others.
    pub fn columns(&self, tab: &TabRead, grid_columns: usize) -> Vec<Change> {
        let (Some((_, at)), Some((_, last))) = (self.added.first(), self.added.last()) else {
            return Vec::new();
        };
        let (id, at, count) = (tab.tab, *at, self.added.len());
        let header = tab.columns.header;
        let mut changes = vec![if at < grid_columns {
            Change::InsertColumns { tab: id, at, count }
        } else {
            Change::AppendColumns { tab: id, at, count }
        }];
        let headers = self.added.iter().map(|(own, _)| tab.columns.title(*own));
        changes.push(Change::Cells {
            tab: id,
            row: header,
            column: at,
            rows: vec![headers.map(CellValue::text).collect()],
        });
        changes.push(Change::Bold {
            tab: id,
            row: header,
            columns: at..last + 1,
        });
        for (own, column) in &self.added {
            changes.extend(dress(*own, id, header + 1, *column));
        }
        changes
    }

    /// The cells as few changes: runs below each other become one.
    pub fn changes(&self, tab: i32) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let mut size = 0;
        for run in &self.cells {
            size += size::of_row(&run.values);
            if let Some(Change::Cells {
                row, column, rows, ..
            }) = changes.last_mut()
                && *row + rows.len() == run.row
                && *column == run.column
                && rows[0].len() == run.values.len()
                && size < size::LARGEST
            {
                rows.push(run.values.clone());
                continue;
            }
            size = size::of_row(&run.values);
            changes.push(Change::Cells {
                tab,
                row: run.row,
                column: run.column,
                rows: vec![run.values.clone()],
            });
        }
        changes
    }
}

/// How a new column of ours looks and what it offers.
fn dress(own: Own, tab: i32, row: usize, column: usize) -> Vec<Change> {
    match own {
        Own::Updated => vec![Change::DateFormat { tab, row, column }],
        Own::Action => vec![Change::DropDown {
            tab,
            row,
            column,
            values: action::CHOICES
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
        }],
        Own::Status => COLOURS
            .iter()
            .map(|(begins, rgb)| Change::Colour {
                tab,
                row,
                column,
                begins: (*begins).to_owned(),
                rgb: *rgb,
            })
            .collect(),
        _ => Vec::new(),
    }
}

const GREEN: (u8, u8, u8) = (217, 234, 211);
const YELLOW: (u8, u8, u8) = (255, 242, 204);
const RED: (u8, u8, u8) = (244, 204, 204);
const BLUE: (u8, u8, u8) = (207, 226, 243);
const GREY: (u8, u8, u8) = (239, 239, 239);

/// A status that begins so has this background.
const COLOURS: [(&str, (u8, u8, u8)); 18] = [
    ("Done", GREEN),
    ("Reused", GREEN),
    ("Waiting", YELLOW),
    ("Paused", YELLOW),
    ("Needs", YELLOW),
    ("Bought for", YELLOW),
    ("Reported for", YELLOW),
    ("No domain", YELLOW),
    ("Handled", YELLOW),
    ("Blocked", RED),
    ("Failed", RED),
    ("Invalid", RED),
    ("Start", BLUE),
    ("Reading", BLUE),
    ("Finding", BLUE),
    ("Writing", BLUE),
    ("Copy", GREY),
    ("Cancelled", GREY),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(differs: &[Option<bool>]) -> RowCells {
        differs
            .iter()
            .enumerate()
            .filter_map(|(column, differs)| {
                Some((column, CellValue::text(column.to_string()), (*differs)?))
            })
            .collect()
    }

    fn shapes(differs: &[Option<bool>]) -> Vec<(usize, usize)> {
        let mut into = Vec::new();
        runs(0, cells(differs), &mut into);
        into.iter()
            .map(|run| (run.column, run.values.len()))
            .collect()
    }

    #[test]
    fn a_run_begins_and_ends_with_a_difference_and_never_crosses_a_foreign_column() {
        let (same, new) = (Some(false), Some(true));
        assert_eq!(shapes(&[same, new, same, new, same]), [(1, 3)]);
        assert_eq!(shapes(&[new, None, new]), [(0, 1), (2, 1)]);
        assert_eq!(shapes(&[same, same]), []);
        assert_eq!(
            shapes(&[new, same, same, same, same, new]),
            [(0, 1), (5, 1)]
        );
    }
}
