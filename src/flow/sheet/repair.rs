//! Between our read and our write a column can move, and then our write lands in it. What we
//! wrote, and what stood in the tab before, is kept until a later read has shown how it ended;
//! what was overwritten is put back.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::columns::{Columns, Own};
use super::grid::{CellValue, Grid};

/// One write to one tab and what was there before it.
#[derive(Debug, Clone)]
pub struct Journal {
    pub tab: i32,
    /// As read before the write, formulas as formulas.
    pub before: std::sync::Arc<Grid>,
    pub columns: Columns,
    /// Row, column and value of each cell sent.
    pub sent: Vec<(usize, usize, CellValue)>,
}

/// Cells that hold what we sent for another column, and what they held before. Rows may have
/// moved since as well, so a row is found again by what else it says.
pub fn repairs(journal: &Journal, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
    let search = Search::new(journal, now, columns);
    let rows: Vec<(usize, Vec<usize>)> = (0..now.rows.len())
        .filter(|row| *row != columns.header)
        .map(|row| (row, search.suspects(row)))
        .collect();
    if rows.iter().all(|(_, suspects)| suspects.is_empty()) {
        return Vec::new();
    }
    let mut found: Vec<Option<usize>> = rows
        .iter()
        .map(|(row, suspects)| search.row_before(*row, suspects))
        .collect();
    let mut claimed: HashSet<usize> = found.iter().copied().flatten().collect();
    for ((row, suspects), found) in rows.iter().zip(&mut found) {
        if found.is_none() && !suspects.is_empty() && search.says_nothing(*row, suspects) {
            // Everything it said was written over: it is where it was, or it was blank.
            let there = search.row_sent(*row);
            *found = Some(
                there
                    .filter(|there| claimed.insert(*there))
                    .unwrap_or(NO_ROW),
            );
        }
    }
    let mut repairs = Vec::new();
    for ((row, suspects), found) in rows.iter().zip(found) {
        let Some(before) = found else { continue };
        for column in suspects {
            let old = search.before(before, *column);
            if !old.same(now.cell(*row, *column)) {
                repairs.push((*row, *column, old.clone()));
            }
        }
    }
    repairs
}

/// No row of before: all of its cells were empty.
const NO_ROW: usize = usize::MAX;
/// Values so common that they find no row.
const COMMON: usize = 50;

struct Search<'a> {
    journal: &'a Journal,
    now: &'a Grid,
    columns: &'a Columns,
    /// What was sent, by the column that it was meant for.
    sent: HashMap<usize, HashSet<Cow<'a, str>>>,
    /// The rows that a text was sent to.
    sent_rows: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Where each column of now stood before; `None`: nowhere.
    sources: Vec<Option<usize>>,
    /// The rows before by what they say, for each column of now.
    rows: Vec<HashMap<Cow<'a, str>, Vec<usize>>>,
}

impl<'a> Search<'a> {
    fn new(journal: &'a Journal, now: &'a Grid, columns: &'a Columns) -> Self {
        let mut sent: HashMap<usize, HashSet<Cow<'a, str>>> = HashMap::new();
        let mut sent_rows: HashMap<Cow<'a, str>, Vec<usize>> = HashMap::new();
        for (row, column, value) in &journal.sent {
            if !value.is_empty() {
                sent.entry(*column).or_default().insert(value.shown());
                sent_rows.entry(value.shown()).or_default().push(*row);
            }
        }
        let mut search = Self {
            journal,
            now,
            columns,
            sent,
            sent_rows,
            sources: Vec::new(),
            rows: Vec::new(),
        };
        // People's columns without a header are found by what they say, once the others are known.
        let width = now.width();
        search.sources = (0..width)
            .map(|column| search.source_by_name(column))
            .collect();
        for column in 0..width {
            if search.sources[column].is_none() {
                search.sources[column] = search.source_by_contents(column);
            }
        }
        search.rows = search.index();
        search
    }

    /// Where a column stood before: ours by name, people's by their header.
    fn source_by_name(&self, column: usize) -> Option<usize> {
        if let Some(own) = self.columns.own_at(column) {
            return self.journal.columns.own(own);
        }
        let before = &self.journal.before;
        let header = self.now.cell(self.columns.header, column);
        let named = |source: &usize| {
            self.journal.columns.own_at(*source).is_none()
                && before
                    .cell(self.journal.columns.header, *source)
                    .same(header)
        };
        let place = (0..column)
            .filter(|left| {
                self.columns.own_at(*left).is_none()
                    && self.now.cell(self.columns.header, *left).same(header)
            })
            .count();
        if header.is_empty() {
            return None;
        }
        (0..before.width()).filter(named).nth(place)
    }

    fn source_by_contents(&self, column: usize) -> Option<usize> {
        let before = &self.journal.before;
        let theirs: HashSet<Cow<'_, str>> = (0..self.now.rows.len())
            .filter(|row| !self.is_suspect(*row, column))
            .map(|row| self.now.cell(row, column).shown())
            .filter(|text| !text.is_empty())
            .collect();
        (0..before.width())
            .filter(|source| {
                self.journal.columns.own_at(*source).is_none()
                    && !self.sources.contains(&Some(*source))
            })
            .map(|source| {
                let alike = (0..before.rows.len())
                    .filter(|row| theirs.contains(&before.cell(*row, source).shown()))
                    .count();
                (alike, std::cmp::Reverse(source))
            })
            .filter(|(alike, _)| *alike > 0)
            .max()
            .map(|(_, source)| source.0)
    }

    /// People's columns and our ids say which row it is.
    fn index(&self) -> Vec<HashMap<Cow<'a, str>, Vec<usize>>> {
        let before: &'a Grid = &self.journal.before;
        let index = |column: usize| {
            let mut rows: HashMap<Cow<'a, str>, Vec<usize>> = HashMap::new();
            let Some(source) = self.sources[column].filter(|_| self.identifies(column)) else {
                return rows;
            };
            for row in 0..before.rows.len() {
                let text = before.cell(row, source).shown();
                if !text.is_empty() && row != self.journal.columns.header {
                    rows.entry(text).or_default().push(row);
                }
            }
            rows
        };
        (0..self.sources.len()).map(index).collect()
    }

    fn identifies(&self, column: usize) -> bool {
        matches!(self.columns.own_at(column), None | Some(Own::LeadId))
    }

    /// The cell holds something that was meant for another column.
    fn is_suspect(&self, row: usize, column: usize) -> bool {
        let text = self.now.cell(row, column).shown();
        if text.is_empty() {
            return false;
        }
        let source = self.sources.get(column).copied().flatten();
        let meant = |sent: &HashSet<Cow<'a, str>>| sent.contains(&text);
        let for_this = source
            .and_then(|source| self.sent.get(&source))
            .is_some_and(meant);
        !for_this && self.sent.values().any(meant)
    }

    fn suspects(&self, row: usize) -> Vec<usize> {
        let width = self.now.rows[row].len();
        (0..width)
            .filter(|column| self.is_suspect(row, *column))
            .collect()
    }

    /// The row that this one was before the write: the one that has most in common with it.
    fn row_before(&self, row: usize, suspects: &[usize]) -> Option<usize> {
        let mut common: HashMap<usize, usize> = HashMap::new();
        for (column, text) in self.intact(row, suspects) {
            for before in self.rows[column]
                .get(&text)
                .into_iter()
                .flatten()
                .take(COMMON)
            {
                *common.entry(*before).or_default() += 1;
            }
        }
        let most = common.values().copied().max()?;
        let mut best = common
            .iter()
            .filter(|(_, count)| **count == most)
            .map(|(row, _)| *row);
        let one = best.next()?;
        let agree = |other: usize| {
            suspects
                .iter()
                .all(|column| self.before(one, *column).same(self.before(other, *column)))
        };
        best.all(agree).then_some(one)
    }

    /// What a row says of itself: people's cells and the id, as far as we did not write there.
    fn intact<'s>(
        &'s self,
        row: usize,
        suspects: &'s [usize],
    ) -> impl Iterator<Item = (usize, Cow<'a, str>)> + 's {
        (0..self.now.rows[row].len())
            .filter(move |column| self.identifies(*column) && !suspects.contains(column))
            .map(move |column| (column, self.now.cell(row, column).shown()))
            .filter(|(_, text)| !text.is_empty())
    }

    fn says_nothing(&self, row: usize, suspects: &[usize]) -> bool {
        self.intact(row, suspects).next().is_none()
    }

    /// The row that was meant by what was sent to this one: most of it, else the same number.
    fn row_sent(&self, row: usize) -> Option<usize> {
        let mut common: HashMap<usize, usize> = HashMap::new();
        for column in 0..self.now.rows[row].len() {
            let text = self.now.cell(row, column).shown();
            for sent in self.sent_rows.get(&text).into_iter().flatten() {
                *common.entry(*sent).or_default() += 1;
            }
        }
        common
            .into_iter()
            .max_by_key(|(sent, count)| (*count, *sent == row, std::cmp::Reverse(*sent)))
            .map(|(sent, _)| sent)
    }

    /// What a row of before held in a column of now.
    fn before(&self, row: usize, column: usize) -> &CellValue {
        let source = self.sources[column].unwrap_or(usize::MAX);
        self.journal.before.cell(row, source)
    }
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
    fn a_row_of_which_nothing_is_left_is_found_by_its_place_unless_it_was_blank() {
        let before = grid(&[
            &["Domain", "Owner", "Status"],
            &["acme.com", "Kim", "Queued"],
            &["globex.com", "Lee", "Queued"],
        ]);
        // Status was moved to the front, and our write landed on Domain and Owner.
        let now = grid(&[
            &["Status", "Domain", "Owner"],
            &["Queued", "globex.com", "Done"],
            &["Queued", "Moved", "Done"],
        ]);
        let journal = Journal {
            tab: 0,
            columns: Columns::find(&before).expect("columns"),
            before: std::sync::Arc::new(before),
            sent: vec![
                (1, 1, CellValue::text("Moved")),
                (1, 2, CellValue::text("Done")),
                (2, 2, CellValue::text("Done")),
            ],
        };
        let columns = Columns::find(&now).expect("columns");
        assert_eq!(
            repairs(&journal, &now, &columns),
            [
                (1, 2, CellValue::text("Lee")),
                (2, 1, CellValue::text("acme.com")),
                (2, 2, CellValue::text("Kim")),
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
        };
        let columns = Columns::find(&now).expect("columns");
        assert_eq!(repairs(&journal, &now, &columns), []);
    }
}
