//! Between our read and our write rows and columns can move, and then our write lands on other
//! cells. What we wrote, and what stood in the tab before, is kept until a later read has shown
//! how it ended; what was overwritten is put back.

use std::collections::HashSet;
use std::sync::Arc;

use super::columns::{Columns, Own};
use super::grid::{CellValue, Grid};
use super::moved::Moved;

/// One write to one tab and what was there before it.
#[derive(Debug, Clone)]
pub struct Journal {
    pub tab: i32,
    /// As read before the write, formulas as formulas.
    pub before: Arc<Grid>,
    pub columns: Columns,
    /// Row, column and value of each cell sent.
    pub sent: Vec<(usize, usize, CellValue)>,
    /// As read last, while the write may still arrive: it lands on nothing older than this.
    pub latest: Option<(Arc<Grid>, Columns)>,
}

/// A cell that holds what we sent although that was not meant for it.
struct Hit<'a> {
    row: usize,
    column: usize,
    sent: &'a CellValue,
    /// What was sent is not where it belongs either.
    astray: bool,
}

/// Cells that hold what we sent for others, and what they held before: people's cells, and our
/// own in other rows or columns, whose ids and decisions must not be lost.
pub fn repairs(journal: &Journal, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
    let moved = Moved::between((&journal.before, &journal.columns), (now, columns));
    let hits: Vec<Hit<'_>> = journal
        .sent
        .iter()
        .filter(|(row, column, sent)| {
            let at_home = moved.row_before(*row) == Some(*row)
                && moved.column_before(*column) == Some(*column);
            !at_home && now.cell(*row, *column).same(sent)
        })
        .map(|(row, column, sent)| {
            let home = moved.row_now(*row).zip(moved.column_now(*column));
            Hit {
                row: *row,
                column: *column,
                sent,
                astray: home.is_none_or(|(row, column)| !now.cell(row, column).same(sent)),
            }
        })
        .collect();
    // Cells between two changed ones are sent unchanged and so are right at home in any case,
    // but a write lands as a whole.
    let astray = hits.iter().filter(|hit| hit.astray).map(|hit| hit.row);
    let rows: HashSet<usize> = astray.collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let latest = journal.latest.as_ref().map(|(grid, latest)| {
        let moved = Moved::between((grid, latest), (now, columns));
        (moved, grid.as_ref())
    });
    let (moved, before) = match &latest {
        Some((moved, grid)) => (moved, *grid),
        None => (&moved, journal.before.as_ref()),
    };
    hits.iter()
        .filter(|hit| rows.contains(&hit.row) || hit.sent.is_empty())
        .filter_map(|hit| {
            let place = moved
                .row_before(hit.row)
                .zip(moved.column_before(hit.column));
            let old = place.map_or(CellValue::Empty, |(row, column)| {
                before.cell(row, column).clone()
            });
            (!old.same(hit.sent)).then_some((hit.row, hit.column, old))
        })
        .collect()
}

/// Whether the headers of an answer are where this write took them to be.
pub fn stood_still(columns: &Columns, headers: &[String]) -> bool {
    let folded = crate::lead::headers::folded;
    Own::ALL.into_iter().all(|own| {
        columns.own(own).is_none_or(|column| {
            headers
                .get(column)
                .is_some_and(|header| folded(header) == folded(own.header()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: &[&[&str]]) -> Grid {
        let cells = |row: &&[&str]| row.iter().map(|text| CellValue::text(*text)).collect();
        Grid {
            rows: rows.iter().map(cells).collect(),
        }
    }

    #[test]
    fn what_lay_under_a_moved_column_is_put_back() {
        let before = grid(&[
            &["Domain", "Owner", "Lead ID", "Status"],
            &["acme.com", "Kim", "", ""],
            &["globex.com", "=A3", "", ""],
        ]);
        // Somebody inserted a column at the left; then our write of two ids landed on Owner.
        let now = grid(&[
            &["", "Domain", "Owner", "Lead ID", "Status"],
            &["", "acme.com", "L1", "Queued"],
            &["", "globex.com", "L2", "Queued"],
        ]);
        let journal = Journal {
            tab: 0,
            columns: Columns::find(&before).expect("columns"),
            before: std::sync::Arc::new(before),
            sent: vec![
                (1, 2, CellValue::text("L1")),
                (1, 3, CellValue::text("Queued")),
                (2, 2, CellValue::text("L2")),
                (2, 3, CellValue::text("Queued")),
            ],
            latest: None,
        };
        let columns = Columns::find(&now).expect("columns");
        assert_eq!(
            repairs(&journal, &now, &columns),
            [
                (1, 2, CellValue::text("Kim")),
                (1, 3, CellValue::Empty),
                (2, 2, CellValue::text("=A3")),
                (2, 3, CellValue::Empty),
            ]
        );
    }

    #[test]
    fn what_a_person_has_typed_since_is_theirs() {
        let before = grid(&[&["Domain", "Owner", "Lead ID"], &["acme.com", "Kim", ""]]);
        let now = grid(&[
            &["", "Domain", "Owner", "Lead ID"],
            &["", "acme.com", "Lee", ""],
        ]);
        let journal = Journal {
            tab: 0,
            columns: Columns::find(&before).expect("columns"),
            before: std::sync::Arc::new(before),
            sent: vec![(1, 2, CellValue::text("L1"))],
            latest: None,
        };
        let columns = Columns::find(&now).expect("columns");
        assert_eq!(repairs(&journal, &now, &columns), []);
    }
}
