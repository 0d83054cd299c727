//! Between our read and our write a column can move, and then our write lands in it. What we
//! wrote, and what stood in the tab before, is kept until a later read has shown how it ended;
//! what was overwritten is put back.

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

/// Cells of people's columns that hold what we sent, and what they held before.
pub fn repairs(journal: &Journal, now: &Grid, columns: &Columns) -> Vec<(usize, usize, CellValue)> {
    let moved = |column: usize| journal.columns.own_at(column) != columns.own_at(column);
    let mut sources: HashMap<usize, Option<usize>> = HashMap::new();
    let mut repairs = Vec::new();
    for (row, column, sent) in &journal.sent {
        if !moved(*column) || columns.own_at(*column).is_some() || sent.is_empty() {
            continue;
        }
        if !now.cell(*row, *column).same(sent) {
            continue;
        }
        let source = *sources
            .entry(*column)
            .or_insert_with(|| source_of(*column, journal, now));
        let Some(source) = source else { continue };
        let Some(old_row) = same_row(*row, journal, now, columns) else {
            continue;
        };
        let old = journal.before.cell(old_row, source);
        if !old.same(sent) {
            repairs.push((*row, *column, old.clone()));
        }
    }
    repairs
}

/// Where a column stood before: by the cells that we did not write.
fn source_of(column: usize, journal: &Journal, now: &Grid) -> Option<usize> {
    let ours: HashSet<usize> = journal
        .sent
        .iter()
        .filter(|(_, sent, _)| *sent == column)
        .map(|(row, _, _)| *row)
        .collect();
    let header = now.cell(journal.columns.header, column);
    let rows: Vec<usize> = (0..now.rows.len())
        .filter(|row| !ours.contains(row))
        .collect();
    (0..journal.before.width())
        .filter(|source| journal.columns.own_at(*source).is_none())
        .map(|source| {
            let same = |row: &&usize| {
                let cell = now.cell(**row, column);
                !cell.is_empty() && cell.same(journal.before.cell(**row, source))
            };
            let titled = journal
                .before
                .cell(journal.columns.header, source)
                .same(header);
            let alike = rows.iter().filter(same).count();
            (source, (titled && !header.is_empty(), alike))
        })
        .filter(|(_, (titled, alike))| *titled || *alike > 0)
        .max_by_key(|(source, score)| (*score, std::cmp::Reverse(source.abs_diff(column))))
        .map(|(source, _)| source)
}

/// The row before the write that is this row now: usually the same; else the one with the same
/// domain, if there is only one.
fn same_row(row: usize, journal: &Journal, now: &Grid, columns: &Columns) -> Option<usize> {
    let before = |row: usize| journal.before.cell(row, journal.columns.input.domain);
    let domain = now.cell(row, columns.input.domain);
    if before(row).same(domain) {
        return Some(row);
    }
    let mut found = (0..journal.before.rows.len()).filter(|row| before(*row).same(domain));
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
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
                (2, 2, CellValue::text("=A3"))
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
