//! Rows for the results tab, placed by its header as it stands now. Rows that were delivered
//! are the user's and are never touched.

use super::grid::CellValue;
use super::size;
use crate::flow::ports::{DueRows, SentRows};
use crate::lead::Cell;
use crate::lead::rows::LEADING;

/// The results tab's name.
pub const TITLE: &str = "Warm leads";
/// Characters that a cell holds.
pub const LONGEST_CELL: usize = 50_000;
const CUT_MARK: &str = " … [cut, the full text is in the report]";
/// Beyond this a whole number is no longer exact in a cell.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Rows for one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Append {
    /// New headers, right of all others.
    pub headers: Vec<String>,
    pub rows: Vec<Vec<CellValue>>,
    pub sent: Vec<SentRows>,
}

/// The first results that fit into one request, `room` bytes at most; at least one goes. Results
/// whose cells cannot be read are left out.
pub fn next(header: &[String], due: &[DueRows], room: usize) -> Append {
    let mut headers = Headers::new(header);
    let mut append = Append::default();
    let mut size = 0;
    for one in due {
        let mut cut = false;
        let Some(rows) = rows_of(one, &mut headers, &mut cut) else {
            tracing::error!(
                lead = one.lead_id,
                run = one.run_id,
                "a stored row cannot be read"
            );
            continue;
        };
        let more: usize = rows.iter().map(|row| size::of_row(row)).sum();
        if !append.sent.is_empty() && size + more > room {
            break;
        }
        size += more;
        append.rows.extend(rows);
        append.sent.push(SentRows {
            lead_seq: one.lead_seq,
            attempt: one.attempt,
            cut,
        });
    }
    // A result that did not fit may have asked for a column that none of these rows fills.
    let width = append.rows.iter().map(Vec::len).max().unwrap_or(0);
    append.headers = headers.added(width);
    append
}

/// The columns of a results tab.
struct Headers {
    names: Vec<String>,
    known: usize,
    leading: [usize; LEADING.len()],
}

impl Headers {
    fn new(header: &[String]) -> Self {
        let mut headers = Self {
            names: header.to_vec(),
            known: header.len(),
            leading: [0; LEADING.len()],
        };
        for (place, name) in LEADING.into_iter().enumerate() {
            headers.leading[place] = headers.place(name, &[]);
        }
        headers
    }

    /// The column of a name that is none of `taken`; a new one at the right if there is none.
    fn place(&mut self, name: &str, taken: &[usize]) -> usize {
        let found = self
            .names
            .iter()
            .enumerate()
            .position(|(column, header)| header == name && !taken.contains(&column));
        found.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn key(&mut self, key: &str) -> usize {
        // A blank key would be found at any empty header.
        let key = key.trim();
        let name = if key.is_empty() { "(no name)" } else { key };
        let leading = self.leading;
        self.place(name, &leading)
    }

    fn added(self, width: usize) -> Vec<String> {
        let mut names = self.names;
        names.truncate(width.max(self.known));
        names.split_off(self.known)
    }
}

fn rows_of(due: &DueRows, headers: &mut Headers, cut: &mut bool) -> Option<Vec<Vec<CellValue>>> {
    let mut rows = Vec::with_capacity(due.rows.len());
    for ((keys, cells), number) in due.rows.iter().zip(1_u32..) {
        let mut row = Vec::new();
        let leading = [
            CellValue::text(due.lead_id.as_str()),
            CellValue::text(due.run_id.as_str()),
            CellValue::text(due.domain.as_str()),
            CellValue::Number(number.into()),
        ];
        for (column, value) in headers.leading.into_iter().zip(leading) {
            put(&mut row, column, value);
        }
        for (key, cell) in keys.iter().zip(cells.read().ok()?) {
            let column = headers.key(key);
            put(&mut row, column, value(cell, cut));
        }
        rows.push(row);
    }
    Some(rows)
}

fn put(row: &mut Vec<CellValue>, column: usize, value: CellValue) {
    if row.len() <= column {
        row.resize(column + 1, CellValue::Empty);
    }
    row[column] = value;
}

fn value(cell: Cell<'_>, cut: &mut bool) -> CellValue {
    match cell {
        Cell::Empty => CellValue::Empty,
        Cell::Bool(value) => CellValue::Bool(value),
        Cell::Number(number) => match number.as_f64() {
            Some(value) if value.abs() < EXACT => CellValue::Number(value),
            _ => CellValue::text(number.to_string()),
        },
        Cell::Text(text) => fitted(&text, cut),
    }
}

fn fitted(text: &str, cut: &mut bool) -> CellValue {
    // Counted as UTF-16, the larger of the two ways in which Google may count.
    if text.encode_utf16().count() <= LONGEST_CELL {
        return CellValue::text(text);
    }
    *cut = true;
    let room = LONGEST_CELL - CUT_MARK.encode_utf16().count();
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= room
        })
        .collect();
    CellValue::text(kept + CUT_MARK)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lead::StoredCells;

    fn due(keys: &[&str], cells: &str) -> DueRows {
        let keys = Arc::new(keys.iter().map(|key| (*key).to_owned()).collect());
        DueRows {
            lead_seq: 7,
            attempt: 1,
            lead_id: "L1".into(),
            run_id: "R1".into(),
            domain: "acme.com".into(),
            rows: vec![(keys, StoredCells::from_stored(cells.into()))],
        }
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn rows_follow_the_header_as_the_user_has_arranged_it() {
        let header = texts(&["score", "domain", "mine", "lead_id", "row", "run_id"]);
        let append = next(
            &header,
            &[due(&["score", "new"], "[7,\"x\"]")],
            size::LARGEST,
        );
        assert_eq!(append.headers, ["new"]);
        let shown: Vec<String> = append.rows[0]
            .iter()
            .map(|c| c.shown().into_owned())
            .collect();
        assert_eq!(shown, ["7", "acme.com", "", "L1", "1", "R1", "x"]);
    }

    #[test]
    fn a_key_called_like_a_leading_column_has_a_column_of_its_own() {
        let append = next(&[], &[due(&["domain"], "[\"other.com\"]")], size::LARGEST);
        assert_eq!(
            append.headers,
            ["lead_id", "run_id", "domain", "row", "domain"]
        );
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark_and_that_is_told() {
        let long = format!("[\"{}\"]", "ü".repeat(60_000));
        let append = next(&[], &[due(&["text"], &long)], size::LARGEST);
        assert!(append.sent[0].cut);
        let CellValue::Text(text) = &append.rows[0][4] else {
            panic!("no text");
        };
        assert_eq!(text.encode_utf16().count(), LONGEST_CELL);
        assert!(text.ends_with(CUT_MARK));
    }

    #[test]
    fn what_does_not_fit_waits_for_the_next_request() {
        let two = [due(&["a"], "[\"x\"]"), due(&["b"], "[\"x\"]")];
        let append = next(&[], &two, 1);
        assert_eq!(append.sent.len(), 1);
        assert_eq!(append.headers.last().map(String::as_str), Some("a"));
    }
}
