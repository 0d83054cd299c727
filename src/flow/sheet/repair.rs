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
mod tests {
    use super::*;

    fn journal(before: Grid, sent: Vec<(usize, usize, CellValue)>) -> Journal {
        let columns = Columns::find(&before, None).expect("columns");
        Journal::new(0, Arc::new(before), columns, sent)
    }

    #[test]
    fn a_cell_is_put_back_although_columns_and_rows_moved_under_the_repair_too() {
        let before = Grid::of(&[
            &["Domain", "Owner", "Lead ID"],
            &["acme.com", "Kim", ""],
            &["globex.com", "Lee", "L2"],
        ]);
        let mut journal = journal(before, vec![(1, 2, CellValue::text("L1"))]);
        // A column was inserted, and the id landed on Owner.
        let hit = Grid::of(&[
            &["", "Domain", "Owner", "Lead ID"],
            &["", "acme.com", "L1", ""],
            &["", "globex.com", "Lee", "L2"],
        ]);
        let columns = Columns::find(&hit, None).expect("columns");
        let kim = CellValue::text("Kim");
        assert_eq!(
            journal.to_put_back(&hit, &columns, false),
            [(1, 2, kim.clone())]
        );
        let mut mended = hit;
        mended.set(1, 2, kim.clone());
        journal.latest = Some((Arc::new(mended), columns));
        journal.wrong = vec![(1, 2, CellValue::text("L1"))];
        // The repair landed elsewhere: somebody sorted, and moved a column.
        let moved = Grid::of(&[
            &["Owner", "", "Domain", "Lead ID"],
            &["Lee", "", "globex.com", "L2"],
            &["L1", "", "acme.com", ""],
        ]);
        let columns = Columns::find(&moved, None).expect("columns");
        assert_eq!(
            journal.to_put_back(&moved, &columns, false),
            [(2, 0, kim.clone())]
        );
        // What was wrong is right by now: the same was meant for it.
        let mut meant = journal.clone();
        meant.follow(&[Journal::new(
            0,
            Arc::new(Grid::default()),
            journal.latest.clone().expect("a read").1,
            vec![(1, 2, CellValue::text("L1"))],
        )]);
        assert_eq!(meant.to_put_back(&moved, &columns, false), []);
        // It arrived.
        let mut right = moved;
        right.set(2, 0, kim);
        assert_eq!(journal.to_put_back(&right, &columns, false), []);
    }

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
        let journal = journal(
            before,
            vec![
                (1, 2, CellValue::text("L1")),
                (1, 3, CellValue::text("Queued")),
                (2, 2, CellValue::text("L2")),
                (2, 3, CellValue::text("Queued")),
            ],
        );
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

    const ONE: &str = "L000000000001";
    const OTHER: &str = "L000000000002";

    #[test]
    fn a_row_that_was_sent_as_it_stood_is_put_back_with_the_others() {
        let before = Grid::of(&[
            &["Domain", "", "Lead ID"],
            &["acme.com", "", ONE],
            &["globex.com", "", ""],
        ]);
        let now = Grid::of(&[
            &["", "Domain", "", "Lead ID"],
            &["", "acme.com", ONE, ONE],
            &["", "globex.com", OTHER, ""],
        ]);
        let sent = |id: &str, row| (row, 2, CellValue::text(id));
        let columns = Columns::find(&now, None).expect("columns");
        let wrong = |journal: Journal| repairs(&journal, &now, &columns);
        let both = journal(before.clone(), vec![sent(ONE, 1), sent(OTHER, 2)]);
        let empty = |row| (row, 2, CellValue::Empty);
        assert_eq!(wrong(both), [empty(1), empty(2)]);
        let alone = journal(before, vec![sent(ONE, 1)]);
        assert_eq!(wrong(alone), [], "somebody's copy, for all that is known");
    }

    #[test]
    fn copies_of_what_arrived_are_a_persons_although_an_original_is_gone() {
        let before = Grid::of(&[
            &["Domain", "Lead ID"],
            &["acme.com", ""],
            &["globex.com", ""],
        ]);
        let now = Grid::of(&[
            &["Domain", "Old ID", "Lead ID"],
            &["acme.com", ONE, ""],
            &["globex.com", OTHER, OTHER],
        ]);
        let sent = |id: &str, row| (row, 1, CellValue::text(id));
        let columns = Columns::find(&now, None).expect("columns");
        let journal = journal(before, vec![sent(ONE, 1), sent(OTHER, 2)]);
        let found = repairs(&journal, &now, &columns);
        assert_eq!(found, [(1, 1, CellValue::Empty)]);
    }

    /// Sites of Acme and Globex before a put-back, and after it and a row that was inserted above both.
    fn sites(before: [&str; 2], now: [&str; 3]) -> (Grid, Grid) {
        let cell = |text: &str| match text.starts_with('=') {
            true => CellValue::Formula(text.to_owned()),
            false => CellValue::text(text),
        };
        let mut grids = (
            Grid::of(&[
                &["Domain", "Site", "Lead ID"],
                &["acme.com", "", ONE],
                &["globex.com", "", OTHER],
            ]),
            Grid::of(&[
                &["Domain", "Site", "Lead ID"],
                &["initech.com", "", ""],
                &["acme.com", "", ONE],
                &["globex.com", "", OTHER],
            ]),
        );
        for (row, text) in (1..).zip(before) {
            grids.0.set(row, 1, cell(text));
        }
        for (row, text) in (1..).zip(now) {
            grids.1.set(row, 1, cell(text));
        }
        grids
    }

    /// What is put back where both sites had been put back.
    fn of_both(before: [&str; 2], now: [&str; 3]) -> Vec<(usize, usize, CellValue)> {
        let (before, now) = sites(before, now);
        let sent = (1..=2).map(|row| (row, 1, before.cell(row, 1).clone()));
        let sent = sent.collect();
        let columns = Columns::find(&now, None).expect("columns");
        repairs(&journal(before, sent), &now, &columns)
    }

    #[test]
    fn formulas_that_were_put_back_may_move_on_with_their_rows() {
        assert_eq!(of_both(["=A2", "=A3"], ["", "=A3", "=A4"]), []);
        // Somebody has filled it in for the new row too.
        assert_eq!(of_both(["=A2", "=A3"], ["=A2", "=A3", "=A4"]), []);
    }

    #[test]
    fn formulas_that_landed_a_row_off_are_put_back() {
        let links = [
            "=HYPERLINK(\"https://a.com\")",
            "=HYPERLINK(\"https://b.com\")",
        ];
        let link = CellValue::Formula(links[0].to_owned());
        let empty = CellValue::Empty;
        assert_eq!(
            of_both(links, [links[0], links[1], ONE]),
            [(1, 1, empty.clone()), (2, 1, link.clone())]
        );
        // Somebody has mended the last one.
        assert_eq!(
            of_both(links, [links[0], links[1], links[1]])[0],
            (1, 1, empty)
        );
    }

    #[test]
    fn what_a_formula_of_another_kind_was_written_over_is_put_back() {
        let found = of_both(["Kim", "=A3"], ["", "=A3", ONE]);
        assert_eq!(found, [(2, 1, CellValue::text("Kim"))]);
    }

    #[test]
    fn what_a_person_has_typed_since_is_theirs() {
        let before = Grid::of(&[&["Domain", "Owner", "Lead ID"], &["acme.com", "Kim", ""]]);
        let now = Grid::of(&[
            &["", "Domain", "Owner", "Lead ID"],
            &["", "acme.com", "Lee", ""],
        ]);
        let journal = journal(before, vec![(1, 2, CellValue::text("L1"))]);
        let columns = Columns::find(&now, None).expect("columns");
        assert_eq!(repairs(&journal, &now, &columns), []);
    }
}
