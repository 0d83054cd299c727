//! Lists of companies: CSV, XLSX or one domain a line, as people's programs save them.

mod columns;
mod text;
mod workbook;

use std::io::Read;

use crate::flow::intake::IntakeRow;
use crate::flow::ports::{ListProblem, ListReader};
use crate::lead::RawOptions;
use columns::Columns;

/// Rows beyond this are refused: a list this long is a mistake or an attack.
const MOST_ROWS: usize = 200_000;
/// Larger files are refused, and read no further than this.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// How old and protected workbooks begin.
const COMPOUND_FILE: [u8; 4] = [0xd0, 0xcf, 0x11, 0xe0];

/// A list as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    pub rows: Vec<ListRow>,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// 1-based line or row in the file.
    pub row: u32,
    /// As typed.
    pub domain: String,
    pub options: RawOptions,
    /// The spreadsheet that gets the row's results as well, as typed.
    pub deliver_to: Option<String>,
    /// `Some` where the list has a `Run` column: only ticked rows start.
    pub run: Option<bool>,
}

/// Why a file is no list, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    #[error("the file is empty; put one company domain into each line")]
    Empty,
    #[error(
        "no column with domains was found; name one Domain, Website or URL. The first row holds: {}",
        seen.join(", ")
    )]
    NoDomainColumn { seen: Vec<String> },
    #[error(
        "this is a report that warmsheet wrote, not a list; reading it would buy every report \
         in it again"
    )]
    OwnReport,
    #[error("the old Excel format .xls cannot be read; save it as .xlsx or .csv")]
    OldExcel,
    #[error("the workbook is protected by a password; save it without one, or as .csv")]
    Protected,
    #[error("the workbook cannot be read ({0}); save it anew as .xlsx or as .csv")]
    Workbook(String),
    #[error("the text cannot be read ({0}); save it as CSV in UTF-8")]
    Text(String),
    #[error("the file holds no text; save the list as .csv or .xlsx")]
    Binary,
    #[error("the file is larger than 64 MiB; split it")]
    TooLarge,
    #[error("the workbook unpacks to more than 256 MiB; save the sheet with the list as .csv")]
    UnpacksTooLarge,
    #[error("the list has more than {MOST_ROWS} rows; split it")]
    TooManyRows,
}

impl List {
    /// The rows that may start, ready for intake.
    pub fn into_intake_rows(self) -> Vec<IntakeRow> {
        self.rows
            .into_iter()
            .filter(|row| row.run != Some(false))
            .map(|row| IntakeRow {
                domain: row.domain,
                options: row.options,
                row: Some(row.row),
                deliver_to: row.deliver_to,
                ..IntakeRow::default()
            })
            .collect()
    }
}

/// Lists as they are read everywhere here.
pub struct Lists;

impl ListReader for Lists {
    fn read(&self, name: &str, bytes: &[u8]) -> Result<Vec<IntakeRow>, ListProblem> {
        read_list(name, bytes)
            .map(List::into_intake_rows)
            .map_err(|error| ListProblem(error.to_string()))
    }
}

/// Whether a file in a watched folder may be a list: by its name's ending, and never one that
/// we made or that Excel keeps while a workbook is open.
pub fn is_list_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let list = lower.ends_with(".csv") || lower.ends_with(".xlsx");
    list && !is_own_name(&lower) && !lower.starts_with('.') && !lower.starts_with("~$")
}

fn is_own_name(lower: &str) -> bool {
    lower.ends_with(".results.xlsx") || lower.ends_with(".error.txt")
}

/// Reads a list from a file or from standard input.
pub fn read_list_from(file_name: &str, input: impl Read) -> Result<List, ListError> {
    let mut bytes = Vec::new();
    input
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| ListError::Unreadable(error.to_string()))?;
    read_list(file_name, &bytes)
}

/// Reads a list. What it is shows in the bytes, whatever the name says.
fn read_list(file_name: &str, bytes: &[u8]) -> Result<List, ListError> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(ListError::TooLarge);
    }
    if is_own_name(&file_name.to_lowercase()) {
        return Err(ListError::OwnReport);
    }
    let tables = if bytes.starts_with(b"PK") {
        workbook::tables(bytes)?
    } else if bytes.starts_with(&COMPOUND_FILE) {
        return Err(workbook::compound_file(bytes));
    } else {
        vec![text::table(bytes)?]
    };
    list(tables)
}

/// Rows of cells with their 1-based place in the file.
type Table = Vec<(u32, Vec<String>)>;

/// The first table with a column of domains.
fn list(tables: Vec<Table>) -> Result<List, ListError> {
    let filled: Vec<Table> = tables
        .into_iter()
        .map(|table| {
            let has_text = |row: &(u32, Vec<String>)| row.1.iter().any(|c| !c.trim().is_empty());
            table.into_iter().filter(has_text).collect()
        })
        .filter(|table: &Table| !table.is_empty())
        .map(columns::unfold_single_line)
        .collect();
    if filled.is_empty() {
        return Err(ListError::Empty);
    }
    if filled.iter().any(columns::is_own_report) {
        return Err(ListError::OwnReport);
    }
    let found = filled
        .iter()
        .find_map(|table| Columns::find(table).map(|columns| (table, columns)));
    let Some((table, columns)) = found else {
        let seen = filled[0][0].1.iter().map(|cell| cell.trim().to_owned());
        return Err(ListError::NoDomainColumn {
            seen: seen.filter(|cell| !cell.is_empty()).take(20).collect(),
        });
    };
    let rows = columns.rows(table);
    if rows.len() > MOST_ROWS {
        return Err(ListError::TooManyRows);
    }
    Ok(List { rows })
}

#[cfg(test)]
mod tests;
