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
    /// As the last read left it, what was to be put back included: the write lands on nothing
    /// older than this.
    pub latest: Option<(Arc<Grid>, Columns)>,
    /// Cells that the last read showed to be overwritten, and what they showed.
    pub wrong: Vec<(usize, usize, CellValue)>,
}

impl Journal {
    pub fn new(
        tab: i32,
        before: Arc<Grid>,
        columns: Columns,
        sent: Vec<(usize, usize, CellValue)>,
    ) -> Self {
        Self {
            tab,
            before,
            columns,
            sent,
            latest: None,
            wrong: Vec::new(),
        }
    }

    /// Cells to put back and what they held, as this read shows them. `late`: the write may have
    /// arrived since the last read.
    pub fn to_put_back(
        &self,
        now: &Grid,
        columns: &Columns,
        late: bool,
    ) -> Vec<(usize, usize, CellValue)> {
        let mut found = self.still_wrong(now, columns);
        if late || self.latest.is_none() {
            let known: HashSet<(usize, usize)> = found.iter().map(|(r, c, _)| (*r, *c)).collect();
            let hits = repairs(self, now, columns).into_iter();
            found.extend(hits.filter(|(row, column, _)| !known.contains(&(*row, *column))));
        }
        found
    }

    /// What was to be put back, and still shows what it should not: rows or columns moved under
    /// the repair as well, or it was never heard of again.
    fn still_wrong(&self, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
        let Some((grid, then)) = self.latest.as_ref().filter(|_| !self.wrong.is_empty()) else {
            return Vec::new();
        };
        let moved = Moved::between((grid, then), (now, columns));
        let place = |(row, column, wrong): &(usize, usize, CellValue)| {
            let at = moved.row_now(*row)?;
            let shows = |column: &usize| now.cell(at, *column).same(wrong);
            let column = match moved.column_now(*column) {
                Some(known) => Some(known).filter(shows),
                None if grid.cell(then.header, *column).is_empty() => {
                    moved.untitled_now().find(shows)
                }
                None => None,
            };
            Some((at, column?))
        };
        let wrong = self.wrong.iter();
        wrong
            .filter_map(|cell| {
                let right = grid.cell(cell.0, cell.1);
                // What was written since may be just that.
                let (row, column) = place(cell).filter(|_| !right.same(&cell.2))?;
                Some((row, column, right.clone()))
            })
            .collect()
    }

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
    /// It was this write that put it there: what it was meant for does not show it.
    certain: bool,
    /// It was emptied.
    emptied: bool,
}

/// Cells that hold what we sent for others, and what they held before: people's cells, and our
/// own in other rows or columns, whose ids and decisions must not be lost.
fn repairs(journal: &Journal, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
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
        let shown = home.map(|(row, column)| now.cell(row, column));
        let reads_alike = old.is_empty() || old.same_shape(sent);
        if reads_alike && shown.is_some_and(|shown| shown.same_shape(sent)) {
            // It was put back and has moved on; what is here is a neighbour's that reads as it did.
            continue;
        }
        // After a read in between the home may show the same because of another write.
        let certain = latest.is_some() || shown.is_none_or(|shown| !shown.same(sent));
        hits.push(Hit {
            row,
            column,
            old,
            certain,
            emptied: sent.is_empty(),
        });
    }
    // Much is sent as it already stands, between two cells that change or to put something back,
    // and so is right at home in any case; but a write lands as a whole.
    let all = landed_elsewhere(journal, &moved, now);
    let certain = hits.iter().filter(|hit| hit.certain);
    let rows: HashSet<usize> = certain.map(|hit| hit.row).collect();
    hits.into_iter()
        .filter(|hit| rows.contains(&hit.row) || (all || hit.emptied) && !rows.is_empty())
        .map(|hit| (hit.row, hit.column, hit.old))
        .collect()
}

/// Whether most of what the write changed is missing where it was meant for.
fn landed_elsewhere(journal: &Journal, moved: &Moved<'_>, now: &Grid) -> bool {
    let changed = journal.sent.iter().filter(|(row, column, sent)| {
        !sent.is_empty() && !journal.before.cell(*row, *column).same(sent)
    });
    let (mut there, mut missing) = (0, 0);
    for (row, column, sent) in changed {
        match moved.row_now(*row).zip(moved.column_now(*column)) {
            // Where it stands is where it was sent, whatever moved.
            Some(home) if home == (*row, *column) => {}
            Some((row, column)) if now.cell(row, column).same(sent) => there += 1,
            Some(_) => missing += 1,
            None => {}
        }
    }
    // Some may show the same by chance, and some originals may be gone by now.
    there < missing || there == 0
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
mod tests;
