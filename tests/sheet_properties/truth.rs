//! What the sheet should hold as far as people are concerned, and what they have paid for: a
//! model that knows nothing of warmsheet.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::google::{Book, Cell, Tab};

/// The input tab's number; its title changes.
pub const INPUT: i32 = 7;
/// The results tab's title.
pub const RESULTS: &str = "Warm leads";
/// Columns that warmsheet adds.
pub const OWN: [&str; 8] = [
    "Lead ID", "Status", "Message", "Run ID", "Credits", "Updated", "Report", "Action",
];

/// Lead, run and row number of a delivered row.
pub type ResultKey = (String, String, String);

#[derive(Default)]
pub struct Truth {
    /// Row of the headers.
    pub header: usize,
    /// Every column of the user's by its header, cell by cell from the row below the header.
    pub columns: BTreeMap<String, Vec<Cell>>,
    /// How often each domain may be bought at most.
    pub entitled: HashMap<String, usize>,
    /// How often a lead was to be bought again.
    pub retries: HashMap<String, usize>,
    pub approved: HashSet<String>,
    pub approved_all: bool,
    /// Delivered rows that a person deleted.
    pub deleted: Vec<ResultKey>,
    /// Texts that a person typed into delivered rows.
    pub typed_results: Vec<(ResultKey, String)>,
    /// Numbers for what must be unique.
    pub count: usize,
    /// An edit has come between a read and its write.
    pub in_flight: bool,
    /// A write may have landed elsewhere, and has not been looked at.
    pub unsettled: bool,
    /// People have moved a column once more before that was settled.
    pub hasty: bool,
    /// Edits that wait for a write happen no more.
    pub quiet: bool,
    pub log: Vec<String>,
}

impl Truth {
    pub fn unique(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    pub fn entitle(&mut self, domain: &str) {
        if !domain.is_empty() {
            *self.entitled.entry(domain.to_owned()).or_default() += 1;
        }
    }

    /// Sets a user's cell in both worlds.
    pub fn set(&mut self, book: &mut Book, row: usize, header: &str, cell: Cell) {
        let title = title(book);
        let Some(column) = column(book, self.header, header) else {
            return;
        };
        let Some(cells) = self.columns.get_mut(header) else {
            return;
        };
        let place = row - self.header - 1;
        if cells.len() <= place {
            cells.resize(place + 1, Cell::Empty);
        }
        cells[place] = cell.clone();
        book.set_cell(&title, row, column, cell);
    }

    /// Changes the order or number of rows: from the row below the header on.
    pub fn rows(&mut self, change: impl Fn(&mut Vec<Cell>)) {
        for cells in self.columns.values_mut() {
            // As many as any column can have, so that all change alike.
            cells.resize(cells.len().max(200), Cell::Empty);
            change(cells);
        }
    }
}

pub fn tab(book: &Book) -> &Tab {
    book.tabs
        .iter()
        .find(|tab| tab.sheet_id == INPUT)
        .expect("the input tab")
}

pub fn title(book: &Book) -> String {
    tab(book).title.clone()
}

pub fn column(book: &Book, header_row: usize, header: &str) -> Option<usize> {
    column_of(tab(book), header_row, header)
}

pub fn column_of(tab: &Tab, header_row: usize, header: &str) -> Option<usize> {
    (0..tab.column_count).find(|col| text(tab.get(header_row, *col)) == header)
}

/// What a cell shows.
pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Bool(true) => "TRUE".to_owned(),
        Cell::Bool(false) => "FALSE".to_owned(),
        Cell::Formula { shows, .. } => text(shows),
    }
}

/// What the column with this header shows in a row; empty where there is no such column.
pub fn shown(tab: &Tab, header_row: usize, row: usize, header: &str) -> String {
    column_of(tab, header_row, header).map_or_else(String::new, |col| text(tab.get(row, col)))
}

/// Keys of the rows in the results tab, with their row numbers.
pub fn results(book: &Book) -> Vec<(usize, ResultKey)> {
    if !book.has_tab(RESULTS) {
        return Vec::new();
    }
    let tab = book.tab(RESULTS);
    let cell = |row, header| shown(tab, 0, row, header);
    (1..tab.used_rows())
        .map(|row| {
            let key = (cell(row, "lead_id"), cell(row, "run_id"), cell(row, "row"));
            (row, key)
        })
        .collect()
}
