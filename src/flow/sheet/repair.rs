//! Between our read and our write rows and columns can move, and then our write lands on other
//! cells. What we wrote, and what stood in the tab before, is kept until a later read has shown
//! how it ended; what was overwritten is put back.

use std::collections::{HashMap, HashSet};
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

impl Journal {
    /// Later writes have changed what this one may still land on.
    pub fn follow(&mut self, later: &[Journal]) {
        for later in later.iter().filter(|later| later.tab == self.tab) {
            if let Some((grid, columns)) = &mut self.latest {
                columns.clone_from(&later.columns);
                for (row, column, value) in &later.sent {
                    Arc::make_mut(grid).set(*row, *column, value.clone());
                }
            }
        }
    }
}

/// A cell that holds what we sent although that was not meant for it.
struct Hit {
    row: usize,
    column: usize,
    /// What it held before.
    old: CellValue,
    /// It was this write that put it there.
    certain: bool,
    /// It was emptied.
    emptied: bool,
}

/// Cells that hold what we sent for others, and what they held before: people's cells, and our
/// own in other rows or columns, whose ids and decisions must not be lost.
pub fn repairs(journal: &Journal, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
    let moved = Moved::between((&journal.before, &journal.columns), (now, columns));
    let latest = journal.latest.as_ref().map(|(grid, latest)| {
        let since = Moved::between((grid, latest), (now, columns));
        (since, grid.as_ref())
    });
    let (since, before) = match &latest {
        Some((since, grid)) => (since, *grid),
        None => (&moved, journal.before.as_ref()),
    };
    let meant: HashMap<(usize, usize), &CellValue> = journal
        .sent
        .iter()
        .map(|(row, column, sent)| ((*row, *column), sent))
        .collect();
    let mut hits = Vec::new();
    for (row, column, sent) in &journal.sent {
        let (row, column) = (*row, *column);
        let at_home =
            moved.row_before(row) == Some(row) && moved.column_before(column) == Some(column);
        if at_home || !now.cell(row, column).same(sent) {
            continue;
        }
        let cell = moved.row_before(row).zip(moved.column_before(column));
        if cell.is_some_and(|cell| meant.get(&cell).is_some_and(|meant| meant.same(sent))) {
            // The same was sent for this cell too.
            continue;
        }
        let place = since.row_before(row).zip(since.column_before(column));
        let old = place.map_or(CellValue::Empty, |(row, column)| {
            before.cell(row, column).clone()
        });
        if old.same(sent) {
            continue;
        }
        let home = moved.row_now(row).zip(moved.column_now(column));
        // After a read in between the home may show the same because of another write.
        let certain =
            latest.is_some() || home.is_none_or(|(row, column)| !now.cell(row, column).same(sent));
        hits.push(Hit {
            row,
            column,
            old,
            certain,
            emptied: sent.is_empty(),
        });
    }
    // Cells between two changed ones are sent unchanged and so are right at home in any case,
    // but a write lands as a whole.
    let certain = hits.iter().filter(|hit| hit.certain);
    let rows: HashSet<usize> = certain.map(|hit| hit.row).collect();
    hits.into_iter()
        .filter(|hit| rows.contains(&hit.row) || hit.emptied && !rows.is_empty())
        .map(|hit| (hit.row, hit.column, hit.old))
        .collect()
}

/// Whether the headers of an answer are where this write took them to be.
pub fn stood_still(columns: &Columns, headers: &[String]) -> bool {
    let folded = crate::lead::headers::folded;
    Own::ALL.into_iter().all(|own| {
        columns.own(own).is_none_or(|column| {
            headers
                .get(column)
                .is_some_and(|header| folded(header) == folded(columns.title(own)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lay_under_a_moved_column_is_put_back() {
        let before = Grid::of(&[
            &["Domain", "Owner", "Lead ID", "Status"],
            &["acme.com", "Kim", "", ""],
            &["globex.com", "=A3", "", ""],
        ]);
        // Somebody inserted a column at the left; then our write of two ids landed on Owner.
        let now = Grid::of(&[
            &["", "Domain", "Owner", "Lead ID", "Status"],
            &["", "acme.com", "L1", "Queued"],
            &["", "globex.com", "L2", "Queued"],
        ]);
        let journal = Journal {
            tab: 0,
            columns: Columns::find(&before, None).expect("columns"),
            before: std::sync::Arc::new(before),
            sent: vec![
                (1, 2, CellValue::text("L1")),
                (1, 3, CellValue::text("Queued")),
                (2, 2, CellValue::text("L2")),
                (2, 3, CellValue::text("Queued")),
            ],
            latest: None,
        };
        let columns = Columns::find(&now, None).expect("columns");
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
        let before = Grid::of(&[&["Domain", "Owner", "Lead ID"], &["acme.com", "Kim", ""]]);
        let now = Grid::of(&[
            &["", "Domain", "Owner", "Lead ID"],
            &["", "acme.com", "Lee", ""],
        ]);
        let journal = Journal {
            tab: 0,
            columns: Columns::find(&before, None).expect("columns"),
            before: std::sync::Arc::new(before),
            sent: vec![(1, 2, CellValue::text("L1"))],
            latest: None,
        };
        let columns = Columns::find(&now, None).expect("columns");
        assert_eq!(repairs(&journal, &now, &columns), []);
    }
}
