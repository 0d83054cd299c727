use super::{ListRow, Table};
use crate::lead::headers::{HEADER_WITHIN, InputColumns, is_ticked};
use crate::lead::rows::LEADING;
use crate::lead::{CompanyDomain, RawOptions};

/// Rows that tell which column holds domains when no header does.
const SAMPLE: usize = 50;

/// Where a list's columns stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Index of the first row below the header.
    first_row: usize,
    at: InputColumns,
}

/// A report of ours, also when somebody saved it anew under another name.
pub fn is_own_report(table: &Table) -> bool {
    table.iter().take(HEADER_WITHIN).any(|(_, row)| {
        row.len() >= LEADING.len()
            && row
                .iter()
                .zip(LEADING)
                .all(|(cell, name)| cell.trim() == name)
    })
}

/// Domains side by side on the only line of a list are a row each.
pub fn unfold_single_line(table: Table) -> Table {
    let [(line, cells)] = table.as_slice() else {
        return table;
    };
    let filled: Vec<&String> = cells
        .iter()
        .filter(|cell| !cell.trim().is_empty())
        .collect();
    if !filled.iter().all(|cell| CompanyDomain::parse(cell).is_ok()) {
        return table;
    }
    let row = |cell: &&String| (*line, vec![(*cell).clone()]);
    filled.iter().map(row).collect()
}

impl Columns {
    /// By header names, else the column that mostly holds domains.
    pub fn find(table: &Table) -> Option<Self> {
        Self::by_header(table).or_else(|| Self::by_contents(table))
    }

    fn by_header(table: &Table) -> Option<Self> {
        let headers = table.iter().take(HEADER_WITHIN).enumerate();
        headers.into_iter().find_map(|(index, (_, row))| {
            Some(Self {
                first_row: index + 1,
                at: InputColumns::find(row)?,
            })
        })
    }

    fn by_contents(table: &Table) -> Option<Self> {
        let width = table.iter().map(|(_, row)| row.len()).max()?;
        let share = |column: usize| {
            let cells: Vec<&str> = table
                .iter()
                .take(SAMPLE)
                .filter_map(|(_, row)| row.get(column))
                .map(|cell| cell.trim())
                .filter(|cell| !cell.is_empty())
                .collect();
            let domains = cells.iter().filter(|cell| looks_like_domain(cell)).count();
            (domains, cells.len())
        };
        let (column, (domains, cells)) = (0..width)
            .map(|column| (column, share(column)))
            .max_by_key(|(column, (domains, _))| (*domains, std::cmp::Reverse(*column)))?;
        // A single column is a list of domains even where many of them are mistyped.
        let enough = domains * 2 >= cells || (width == 1 && domains > 0);
        if domains == 0 || !enough {
            return None;
        }
        // A first line that is no domain above ones that are is a header we do not know.
        let titled = table.len() > 1
            && table[0]
                .1
                .get(column)
                .is_none_or(|cell| !looks_like_domain(cell.trim()))
            && cells > 1
            && domains + 1 >= cells;
        Some(Self {
            first_row: usize::from(titled),
            at: InputColumns {
                domain: column,
                ..InputColumns::default()
            },
        })
    }

    /// The rows below the header that name a domain or at least say something there.
    pub fn rows(&self, table: &Table) -> Vec<ListRow> {
        table
            .iter()
            .skip(self.first_row)
            .filter_map(|(row, cells)| self.row(*row, cells))
            .collect()
    }

    fn row(&self, row: u32, cells: &[String]) -> Option<ListRow> {
        let text = |column: usize| {
            cells
                .get(column)
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
        };
        let option = |column: Option<usize>| column.and_then(text);
        Some(ListRow {
            row,
            domain: text(self.at.domain)?,
            options: RawOptions {
                icp: option(self.at.icp),
                buyer_roles: option(self.at.buyer_roles).into_iter().collect(),
                max_contacts: option(self.at.max_contacts),
                drafts: option(self.at.drafts),
                freshness_days: option(self.at.freshness_days),
            },
            deliver_to: option(self.at.deliver_to),
            run: self
                .at
                .run
                .map(|column| text(column).is_some_and(|cell| is_ticked(&cell))),
        })
    }
}

fn looks_like_domain(cell: &str) -> bool {
    CompanyDomain::parse(cell).is_ok() || (cell.contains("://") && !cell.contains(' '))
}
