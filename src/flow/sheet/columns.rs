//! Where a tab's columns stand. They are found by their headers at every read, because people
//! move them.

use super::grid::Grid;
use super::names::Names;
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

    /// The header where people have a column of that name already.
    pub fn other_header(self) -> &'static str {
        match self {
            Own::LeadId => "Warmsheet ID",
            Own::Status => "Lead status",
            Own::Message => "Lead message",
            Own::RunId => "Lead run ID",
            Own::Credits => "Lead credits",
            Own::Updated => "Lead updated",
            Own::Report => "Lead report",
            Own::Action => "Lead action",
        }
    }

    pub fn parse(header: &str) -> Option<Own> {
        Own::ALL.into_iter().find(|own| own.header() == header)
    }

    pub fn named(self, theirs: &[Own]) -> &'static str {
        if theirs.contains(&self) {
            self.other_header()
        } else {
            self.header()
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
    /// Names of ours that people's own columns have: ours are called otherwise.
    pub theirs: Vec<Own>,
}

/// No header row names a column of domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDomainColumn {
    /// What the first row with anything in it says.
    pub seen: Vec<String>,
}

impl Columns {
    /// `theirs`: which of our names people's columns have; `None` at the first read, which tells.
    pub fn find(grid: &Grid, theirs: Option<&[Own]>) -> Result<Self, NoDomainColumn> {
        let mut seen = Vec::new();
        for row in 0..grid.rows.len().min(HEADER_WITHIN) {
            let headers = grid.texts(row);
            if let Some(input) = InputColumns::find(&headers) {
                let names = Names {
                    grid,
                    header: row,
                    folded: headers.iter().map(|header| folded(header)).collect(),
                };
                let theirs = theirs.map_or_else(|| names.theirs(), <[Own]>::to_vec);
                let ids = names.ids(&theirs);
                let own = Own::ALL.map(|own| match own {
                    Own::LeadId => ids,
                    own => names.nearest(own.named(&theirs), ids),
                });
                return Ok(Self {
                    header: row,
                    input,
                    own,
                    theirs,
                });
            }
            if seen.is_empty() {
                seen.extend(headers.into_iter().filter(|header| !header.is_empty()));
            }
        }
        Err(NoDomainColumn { seen })
    }

    /// What a column of ours is called in this tab.
    pub fn title(&self, own: Own) -> &'static str {
        own.named(&self.theirs)
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

    #[test]
    fn columns_are_found_below_a_title_and_in_any_order() {
        let grid = Grid::of(&[
            &["Campaign 7"],
            &["status", "Owner", "Company domain", "Lead ID"],
            &["", "Kim", "acme.com", "L0123456789AB"],
        ]);
        let columns = Columns::find(&grid, None).expect("a domain column");
        assert_eq!(columns.header, 1);
        assert_eq!(columns.input.domain, 2);
        assert_eq!(columns.own(Own::Status), Some(0));
        assert_eq!(columns.own(Own::LeadId), Some(3));
        assert_eq!(columns.own(Own::Action), None);
    }

    #[test]
    fn a_sheets_rows_go_to_its_own_results_tab_whatever_a_column_says() {
        let grid = Grid::of(&[&["Domain", "Deliver to", "Drafts"]]);
        let columns = Columns::find(&grid, None).expect("a domain column");
        assert_eq!(columns.inputs().collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn peoples_columns_with_our_names_stay_theirs() {
        let used = Grid::of(&[
            &["Domain", "Status", "Lead ID"],
            &["acme.com", "called", "00Q5f00000A"],
        ]);
        let columns = Columns::find(&used, None).expect("a domain column");
        assert_eq!(columns.theirs, [Own::LeadId, Own::Status]);
        assert_eq!(columns.own(Own::Status), None);
        assert_eq!(columns.own(Own::LeadId), None);
        assert_eq!(columns.title(Own::Status), "Lead status");
        assert_eq!(columns.title(Own::Message), "Message");
        let later = Grid::of(&[
            &["Domain", "Status", "Lead ID", "Warmsheet ID", "Lead status"],
            &["acme.com", "called", "00Q5f00000A", "L0123456789AB", "Done"],
        ]);
        for theirs in [None, Some(columns.theirs.as_slice())] {
            let columns = Columns::find(&later, theirs).expect("a domain column");
            assert_eq!(columns.own(Own::LeadId), Some(3));
            assert_eq!(columns.own(Own::Status), Some(4));
        }
    }

    #[test]
    fn a_column_that_a_person_adds_under_our_name_is_not_taken_for_ours() {
        let grid = Grid::of(&[
            &["Status", "Domain", "Owner", "Lead ID", "Status"],
            &["mine", "acme.com", "Kim", "L0123456789AB", "Done"],
        ]);
        let columns = Columns::find(&grid, Some(&[])).expect("a domain column");
        assert_eq!(columns.own(Own::Status), Some(4));
    }

    #[test]
    fn without_the_ids_a_column_of_ours_is_found_where_it_will_be_found_with_them() {
        let grid = Grid::of(&[
            &["Status", "Domain", "Owner", "Status", "Message"],
            &["mine", "acme.com", "Kim", "Done", ""],
        ]);
        let columns = Columns::find(&grid, Some(&[])).expect("a domain column");
        assert_eq!(columns.own(Own::Status), Some(3));
    }

    #[test]
    fn without_a_domain_column_the_headers_are_told() {
        let grid = Grid::of(&[&["Company", "", "Owner"], &["Acme", "", "Kim"]]);
        let fault = Columns::find(&grid, None).expect_err("no domain column");
        assert_eq!(fault.seen, ["Company", "Owner"]);
    }

    #[test]
    fn letters_are_counted_as_spreadsheets_do() {
        let some = [0, 25, 26, 701, 702].map(letters);
        assert_eq!(some, ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
