//! What a person does to a spreadsheet. Rows and columns count from 0; every method grows the
//! version by one.

use std::cmp::Ordering;
use std::ops::Range;

use super::book::Book;
use super::entered::{shown, typed};
use super::tab::{Cell, Protected, Tab};

impl Book {
    pub fn tab(&self, title: &str) -> &Tab {
        self.tabs
            .iter()
            .find(|tab| tab.title == title)
            .unwrap_or_else(|| panic!("no tab is called {title}"))
    }

    pub fn has_tab(&self, title: &str) -> bool {
        self.index_of(title).is_some()
    }

    /// Grows the version.
    pub fn change(&mut self, title: &str) -> &mut Tab {
        self.version += 1;
        self.tabs
            .iter_mut()
            .find(|tab| tab.title == title)
            .unwrap_or_else(|| panic!("no tab is called {title}"))
    }

    pub fn type_cell(&mut self, tab: &str, row: usize, col: usize, text: &str) {
        self.set_cell(tab, row, col, typed(text));
    }

    /// Puts in what cannot be typed, such as a formula with what it shows.
    pub fn set_cell(&mut self, tab: &str, row: usize, col: usize, cell: Cell) {
        let tab = self.change(tab);
        tab.grow_to(row + 1, col + 1);
        tab.set(row, col, cell);
    }

    pub fn paste(&mut self, tab: &str, row: usize, col: usize, texts: &[&[&str]]) {
        let tab = self.change(tab);
        for (down, line) in texts.iter().enumerate() {
            for (right, text) in line.iter().enumerate() {
                tab.grow_to(row + down + 1, col + right + 1);
                tab.set(row + down, col + right, typed(text));
            }
        }
    }

    /// What is shown, up to the last row with data; every row as wide as the widest.
    pub fn rows(&self, tab: &str) -> Vec<Vec<String>> {
        let tab = self.tab(tab);
        let columns = tab.used_columns();
        (0..tab.used_rows())
            .map(|row| (0..columns).map(|col| shown(tab.get(row, col))).collect())
            .collect()
    }

    pub fn cell(&self, tab: &str, row: usize, col: usize) -> Cell {
        self.tab(tab).get(row, col).clone()
    }

    /// What a cell shows.
    pub fn shown(&self, tab: &str, row: usize, col: usize) -> String {
        shown(self.tab(tab).get(row, col))
    }

    /// Where a heading stands within the first ten rows.
    fn heading(&self, tab: &str, header: &str) -> Option<(usize, usize)> {
        let tab = self.tab(tab);
        let columns = tab.used_columns();
        (0..10)
            .flat_map(|row| (0..columns).map(move |col| (row, col)))
            .find(|&(row, col)| shown(tab.get(row, col)).trim() == header)
    }

    pub fn column(&self, tab: &str, header: &str) -> Option<usize> {
        self.heading(tab, header).map(|(_, col)| col)
    }

    /// The row in which this heading stands.
    pub fn header_row(&self, tab: &str, header: &str) -> Option<usize> {
        self.heading(tab, header).map(|(row, _)| row)
    }

    /// The first row that shows this text in this column.
    pub fn row_of(&self, tab: &str, col: usize, text: &str) -> Option<usize> {
        let tab = self.tab(tab);
        (0..tab.used_rows()).find(|&row| shown(tab.get(row, col)) == text)
    }

    /// Sorts the rows from `first_row` on: all of them, or some of their columns only. Rows
    /// that are the same stay in order, blanks go last.
    pub fn sort(
        &mut self,
        tab: &str,
        first_row: usize,
        by_col: usize,
        descending: bool,
        columns: Option<Range<usize>>,
    ) {
        let tab = self.change(tab);
        let columns = columns.unwrap_or(0..tab.column_count);
        let last = tab.used_rows();
        let mut order: Vec<usize> = (first_row..last).collect();
        order.sort_by(|&one, &other| {
            compare(tab.get(one, by_col), tab.get(other, by_col), descending)
        });
        let moved: Vec<Vec<Cell>> = order.iter().map(|&row| tab.row(row)).collect();
        for (row, cells) in (first_row..).zip(moved) {
            for (col, cell) in cells.into_iter().enumerate() {
                if columns.contains(&col) {
                    tab.set(row, col, cell);
                }
            }
        }
    }

    pub fn insert_rows(&mut self, tab: &str, at: usize, count: usize) {
        self.change(tab).insert_rows(at, count);
    }

    pub fn delete_rows(&mut self, tab: &str, at: usize, count: usize) {
        self.change(tab).delete_rows(at..at + count);
    }

    pub fn insert_columns(&mut self, tab: &str, at: usize, count: usize) {
        self.change(tab).insert_columns(at, count);
    }

    pub fn delete_columns(&mut self, tab: &str, at: usize, count: usize) {
        self.change(tab).delete_columns(at..at + count);
    }

    /// Afterwards the column stands at `to`.
    pub fn move_column(&mut self, tab: &str, from: usize, to: usize) {
        let before = if to > from { to + 1 } else { to };
        self.change(tab).move_columns(&(from..from + 1), before);
    }

    /// Moves rows before the row that stands at `to` now.
    pub fn move_rows(&mut self, tab: &str, which: Range<usize>, to: usize) {
        self.change(tab).move_rows(which, to);
    }

    /// Puts a copy of a row below it.
    pub fn duplicate_row(&mut self, tab: &str, row: usize) {
        let tab = self.change(tab);
        let cells = tab.row(row);
        tab.insert_rows(row + 1, 1);
        for (col, cell) in cells.into_iter().enumerate() {
            tab.set(row + 1, col, cell);
        }
    }

    /// Cuts a row out and pastes it over another, which leaves a blank row behind.
    pub fn cut_paste_row(&mut self, tab: &str, from: usize, to_blank_row: usize) {
        let tab = self.change(tab);
        tab.grow_to(to_blank_row + 1, 0);
        for (col, cell) in tab.row(from).into_iter().enumerate() {
            tab.set(from, col, Cell::Empty);
            tab.set(to_blank_row, col, cell);
        }
    }

    pub fn rename_tab(&mut self, tab: &str, title: &str) {
        title.clone_into(&mut self.change(tab).title);
    }

    /// Afterwards the tab stands at `to`.
    pub fn reorder_tab(&mut self, tab: &str, to: usize) {
        self.change(tab);
        let from = self.index_of(tab).expect("a tab that was just found");
        let moved = self.tabs.remove(from);
        self.tabs.insert(to, moved);
    }

    pub fn delete_tab(&mut self, tab: &str) {
        let id = self.change(tab).sheet_id;
        self.tabs.retain(|tab| tab.sheet_id != id);
    }

    /// Adds a tab at the end; answers its number.
    pub fn add_tab(&mut self, title: &str) -> i32 {
        self.version += 1;
        let id = self.free_sheet_id();
        self.tabs.push(Tab::new(id, title));
        id
    }

    /// A number that no tab has.
    pub fn free_sheet_id(&self) -> i32 {
        (1_000_001..)
            .find(|id| self.tabs.iter().all(|tab| tab.sheet_id != *id))
            .expect("fewer tabs than numbers")
    }

    /// Hiding rows changes nothing that the API shows here.
    pub fn hide_rows(&mut self, tab: &str, _which: Range<usize>) {
        self.change(tab);
    }

    /// A filter changes nothing that the API shows here.
    pub fn filter(&mut self, tab: &str) {
        self.change(tab);
    }

    pub fn protect_tab(&mut self, tab: &str) {
        self.protect(tab, None);
    }

    /// Keeps the service account from a part of a tab, or from all of it.
    pub fn protect(&mut self, tab: &str, area: Option<super::Area>) {
        let known = self.tabs.iter().flat_map(|tab| &tab.protected);
        let id = 1 + known.map(|known| known.id).max().unwrap_or(0);
        self.change(tab).protected.push(Protected { id, area });
    }

    pub fn unprotect(&mut self, tab: &str) {
        self.change(tab).protected.clear();
    }
}

/// Numbers before texts before truth values, blanks last either way.
fn compare(one: &Cell, other: &Cell, descending: bool) -> Ordering {
    let value = |cell: &Cell| match cell {
        Cell::Formula { shows, .. } => (**shows).clone(),
        cell => cell.clone(),
    };
    let (one, other) = (value(one), value(other));
    if one.is_empty() || other.is_empty() {
        return one.is_empty().cmp(&other.is_empty());
    }
    let rank = |cell: &Cell| match cell {
        Cell::Number(_) => 0,
        Cell::Bool(_) => 2,
        _ => 1,
    };
    let order = match (&one, &other) {
        (Cell::Number(one), Cell::Number(other)) => one.total_cmp(other),
        _ => rank(&one).cmp(&rank(&other)).then_with(|| {
            shown(&one)
                .to_lowercase()
                .cmp(&shown(&other).to_lowercase())
        }),
    };
    if descending { order.reverse() } else { order }
}
