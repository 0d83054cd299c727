//! Where a tab's columns stand. They are found by their headers at every read, because people
//! move them.

use super::grid::Grid;
use crate::lead::headers::{HEADER_WITHIN, InputColumns, folded};
use crate::lead::rows::LEADING;

/// The columns that are ours, in the order in which they are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Own {
    LeadId,
    Status,
    Message,
    RunId,
    Credits,
    Updated,
    Report,
    Action,
}

impl Own {
    pub const ALL: [Own; 8] = [
        Own::LeadId,
        Own::Status,
        Own::Message,
        Own::RunId,
        Own::Credits,
        Own::Updated,
        Own::Report,
        Own::Action,
    ];

    pub fn header(self) -> &'static str {
        match self {
            Own::LeadId => "Lead ID",
            Own::Status => "Status",
            Own::Message => "Message",
            Own::RunId => "Run ID",
            Own::Credits => "Credits",
            Own::Updated => "Updated",
            Own::Report => "Report",
            Own::Action => "Action",
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// One tab's columns, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The row with the headers.
    pub header: usize,
    pub input: InputColumns,
    own: [Option<usize>; Own::ALL.len()],
}

/// No header row names a column of domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDomainColumn {
    /// What the first row with anything in it says.
    pub seen: Vec<String>,
}

impl Columns {
    pub fn find(grid: &Grid) -> Result<Self, NoDomainColumn> {
        let mut seen = Vec::new();
        for row in 0..grid.rows.len().min(HEADER_WITHIN) {
            let headers = grid.texts(row);
            if let Some(input) = InputColumns::find(&headers) {
                let names: Vec<String> = headers.iter().map(|header| folded(header)).collect();
                let own = Own::ALL.map(|own| {
                    let wanted = folded(own.header());
                    names.iter().position(|name| *name == wanted)
                });
                return Ok(Self {
                    header: row,
                    input,
                    own,
                });
            }
            if seen.is_empty() {
                seen.extend(headers.into_iter().filter(|header| !header.is_empty()));
            }
        }
        Err(NoDomainColumn { seen })
    }

    pub fn own(&self, own: Own) -> Option<usize> {
        self.own[own.place()]
    }

    /// Which of ours stands in a column.
    pub fn own_at(&self, column: usize) -> Option<Own> {
        Own::ALL
            .into_iter()
            .find(|own| self.own(*own) == Some(column))
    }

    pub fn set_own(&mut self, own: Own, column: usize) {
        self.own[own.place()] = Some(column);
    }

    /// Columns that leads are made of.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        let input = self.input;
        [
            Some(input.domain),
            input.icp,
            input.buyer_roles,
            input.max_contacts,
            input.drafts,
            input.freshness_days,
            input.run,
        ]
        .into_iter()
        .flatten()
    }
}

/// A results tab's rows begin with these four headers, whatever the tab is called.
pub fn is_results(grid: &Grid) -> bool {
    let headers = grid.texts(0);
    LEADING
        .iter()
        .all(|name| headers.iter().any(|header| header == name))
}

/// A column's letters: 0 is `A`, 26 is `AA`.
pub fn letters(column: usize) -> String {
    let mut text = String::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        let digit = u8::try_from(left % 26).unwrap_or_default();
        text.insert(0, char::from(b'A' + digit));
        left /= 26;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::sheet::grid::CellValue;

    fn grid(rows: &[&[&str]]) -> Grid {
        let cells = |row: &&[&str]| row.iter().map(|text| CellValue::text(*text)).collect();
        Grid {
            rows: rows.iter().map(cells).collect(),
        }
    }

    #[test]
    fn columns_are_found_below_a_title_and_in_any_order() {
        let grid = grid(&[
            &["Campaign 7"],
            &["status", "Owner", "Company domain", "Lead ID"],
        ]);
        let columns = Columns::find(&grid).expect("a domain column");
        assert_eq!(columns.header, 1);
        assert_eq!(columns.input.domain, 2);
        assert_eq!(columns.own(Own::Status), Some(0));
        assert_eq!(columns.own(Own::LeadId), Some(3));
        assert_eq!(columns.own(Own::Action), None);
    }

    #[test]
    fn a_sheets_rows_go_to_its_own_results_tab_whatever_a_column_says() {
        let grid = grid(&[&["Domain", "Deliver to", "Drafts"]]);
        let columns = Columns::find(&grid).expect("a domain column");
        assert_eq!(columns.inputs().collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn without_a_domain_column_the_headers_are_told() {
        let grid = grid(&[&["Company", "", "Owner"], &["Acme", "", "Kim"]]);
        let fault = Columns::find(&grid).expect_err("no domain column");
        assert_eq!(fault.seen, ["Company", "Owner"]);
    }

    #[test]
    fn letters_are_counted_as_spreadsheets_do() {
        let some = [0, 25, 26, 701, 702].map(letters);
        assert_eq!(some, ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
