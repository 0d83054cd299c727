//! A lead's result rows as one table, whatever their shapes.

use std::collections::HashMap;

use super::view::web_link;
use crate::flow::ports::{ColumnShape, StoredRow};
use crate::lead::Cell;

/// Bytes and lines of a text that a cell may have to scroll; the style sheet shows twelve lines of
/// about 45 characters.
const LONG: usize = 300;
const MANY_LINES: usize = 8;

/// Rows under the columns of all their shapes, in first-seen order.
pub struct RowsTable {
    pub columns: Vec<String>,
    pub rows: Vec<TableRow>,
    /// There are more rows than shown.
    pub more: bool,
}

pub struct TableRow {
    /// Position in the result, from 1.
    pub number: u32,
    pub cells: Vec<TableCell>,
}

pub struct TableCell {
    pub column: String,
    pub text: String,
    /// Where the text leads, if it is a web address.
    pub href: Option<String>,
}

impl RowsTable {
    pub fn new(shapes: &[ColumnShape], rows: Vec<StoredRow>, more: bool) -> Self {
        let mut columns: Vec<String> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for key in shapes.iter().flat_map(|shape| &shape.keys) {
            places.entry(key).or_insert_with(|| {
                columns.push(key.clone());
                columns.len() - 1
            });
        }
        let keys: HashMap<i64, &[String]> = shapes
            .iter()
            .map(|shape| (shape.id, shape.keys.as_slice()))
            .collect();
        let rows = rows
            .into_iter()
            .map(|row| {
                let mut cells: Vec<TableCell> =
                    columns.iter().map(|c| TableCell::empty(c)).collect();
                let own = keys.get(&row.shape).copied().unwrap_or_default();
                // What cannot be read is shown as blank; the run below has it all.
                let values = row.cells.read().unwrap_or_default();
                for (key, cell) in own.iter().zip(values) {
                    if let Some(place) = places.get(key.as_str()) {
                        cells[*place].fill(cell);
                    }
                }
                TableRow {
                    number: row.row,
                    cells,
                }
            })
            .collect();
        Self {
            columns,
            rows,
            more,
        }
    }
}

impl TableCell {
    fn empty(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            text: String::new(),
            href: None,
        }
    }

    /// Whether it is scrolled where it is shown: it must take the focus then, because the keyboard
    /// scrolls what has it.
    pub fn is_long(&self) -> bool {
        self.text.len() > LONG || self.text.lines().count() > MANY_LINES
    }

    fn fill(&mut self, cell: Cell<'_>) {
        self.text = match cell {
            Cell::Empty => String::new(),
            Cell::Bool(true) => "yes".to_owned(),
            Cell::Bool(false) => "no".to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) => text.into_owned(),
        };
        self.href = web_link(&self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::StoredCells;

    fn shape(id: i64, keys: &[&str]) -> ColumnShape {
        ColumnShape {
            id,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    fn row(number: u32, shape: i64, cells: &[&str]) -> StoredRow {
        StoredRow {
            lead_seq: 1,
            lead_id: String::new(),
            run_id: String::new(),
            domain: String::new(),
            row: number,
            shape,
            cells: StoredCells::from_stored(serde_json::to_string(cells).expect("JSON")),
        }
    }

    fn texts(row: &TableRow) -> Vec<&str> {
        row.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn rows_of_different_shapes_stand_under_common_columns() {
        let shapes = [shape(1, &["name", "url"]), shape(2, &["url", "score"])];
        let rows = vec![
            row(1, 1, &["Ann", "https://a.com/"]),
            row(2, 2, &["b", "7"]),
        ];
        let table = RowsTable::new(&shapes, rows, false);
        assert_eq!(table.columns, ["name", "url", "score"]);
        assert_eq!(texts(&table.rows[0]), ["Ann", "https://a.com/", ""]);
        assert_eq!(texts(&table.rows[1]), ["", "b", "7"]);
    }

    #[test]
    fn only_web_addresses_become_links() {
        let rows = vec![row(1, 1, &["javascript:alert(1)", "https://a.com/"])];
        let table = RowsTable::new(&[shape(1, &["one", "two"])], rows, false);
        assert_eq!(table.rows[0].cells[0].href, None);
        assert_eq!(
            table.rows[0].cells[1].href.as_deref(),
            Some("https://a.com/")
        );
    }
}
