//! A lead's result rows as one table, whatever their shapes.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::flow::ports::{ColumnShape, StoredRow};
use crate::http::pages::view::web_link;
use crate::lead::Cell;

/// Bytes and lines of a text that a cell may have to scroll; the style sheet shows twelve lines of
/// about 45 characters.
const LONG: usize = 300;
const MANY_LINES: usize = 8;

/// Columns that a page shows at most, and the longest of their names, characters.
const MOST_COLUMNS: usize = 60;
const LONGEST_NAME: usize = 60;
/// Bytes of text that a page shows of all cells together.
const MOST_TEXT: usize = 256 * 1024;

/// Rows under the columns of all their shapes, in first-seen order.
pub struct RowsTable {
    pub columns: Vec<String>,
    pub rows: Vec<TableRow>,
    /// There are more rows than shown.
    pub more: bool,
    /// There are more columns than shown.
    pub more_columns: bool,
    /// There was no room for some of the texts.
    pub cut: bool,
}

/// One row of the result.
pub struct TableRow {
    /// Position in the result, from 1.
    pub number: u32,
    /// One a column.
    pub cells: Vec<TableCell>,
}

/// One value of a row. A page has thousands of them, so it is no larger than its text.
#[derive(Clone, Default)]
pub struct TableCell {
    pub text: Box<str>,
}

impl RowsTable {
    pub fn new(shapes: &[ColumnShape], rows: Vec<StoredRow>, more: bool) -> Self {
        let mut table = Self {
            columns: Vec::new(),
            rows: Vec::new(),
            more,
            more_columns: false,
            cut: false,
        };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for key in shapes.iter().flat_map(|shape| &shape.keys) {
            if places.contains_key(key.as_str()) {
                continue;
            }
            if table.columns.len() == MOST_COLUMNS {
                table.more_columns = true;
                break;
            }
            places.insert(key, table.columns.len());
            table.columns.push(beginning(key));
        }
        let keys: HashMap<i64, &[String]> = shapes
            .iter()
            .map(|shape| (shape.id, shape.keys.as_slice()))
            .collect();
        let mut left = MOST_TEXT;
        for row in rows {
            let own = keys.get(&row.shape).copied().unwrap_or_default();
            let cells = table.cells(&row, own, &places, &mut left);
            table.rows.push(TableRow {
                number: row.row,
                cells,
            });
        }
        table
    }

    fn cells(
        &mut self,
        row: &StoredRow,
        own: &[String],
        places: &HashMap<&str, usize>,
        left: &mut usize,
    ) -> Vec<TableCell> {
        let mut cells = vec![TableCell::default(); self.columns.len()];
        // What cannot be read is shown as blank; the run below has it all.
        let values = row.cells.read().unwrap_or_default();
        for (key, cell) in own.iter().zip(values) {
            if let Some(place) = places.get(key.as_str()) {
                let text = shown(cell);
                let kept = &text[..text.floor_char_boundary(*left)];
                *left -= kept.len();
                cells[*place].text = if kept.len() == text.len() {
                    text.into()
                } else {
                    self.cut = true;
                    // The blank before the dots makes no address of what is cut.
                    format!("{kept} \u{2026}").into()
                };
            }
        }
        cells
    }

    /// The cells of a row, each with the name of its column.
    pub fn under_columns<'a>(
        &'a self,
        row: &'a TableRow,
    ) -> impl Iterator<Item = (&'a str, &'a TableCell)> {
        self.columns.iter().map(String::as_str).zip(&row.cells)
    }
}

/// How a name begins.
fn beginning(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}\u{2026}", &name[..end]),
        None => name.to_owned(),
    }
}

fn shown(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Bool(true) => "yes".into(),
        Cell::Bool(false) => "no".into(),
        Cell::Number(number) => number.to_string().into(),
        Cell::Text(text) => text,
    }
}

impl TableCell {
    /// Whether it is scrolled where it is shown: it must take the focus then, because the keyboard
    /// scrolls what has it.
    pub fn is_long(&self) -> bool {
        self.text.len() > LONG || self.text.lines().count() > MANY_LINES
    }

    /// Where the text leads, if it is a web address.
    pub fn href(&self) -> Option<String> {
        web_link(&self.text)
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
        row.cells.iter().map(|cell| &*cell.text).collect()
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
        assert_eq!(table.rows[0].cells[0].href(), None);
        assert_eq!(
            table.rows[0].cells[1].href().as_deref(),
            Some("https://a.com/")
        );
    }

    /// 200 rows, each with 2,000 columns that no other has.
    fn wide() -> (Vec<ColumnShape>, Vec<StoredRow>) {
        let keys = |n: u32| (0..2_000).map(move |key| format!("{n}x{key}"));
        let shapes = (1..=200).map(|n| ColumnShape {
            id: n.into(),
            keys: keys(n).collect(),
        });
        let rows = (1..=200).map(|n| {
            let cells: Vec<String> = keys(n).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            row(n, n.into(), &cells)
        });
        (shapes.collect(), rows.collect())
    }

    #[test]
    fn columns_beyond_the_limit_are_left_to_the_downloads() {
        let (shapes, rows) = wide();
        let table = RowsTable::new(&shapes, rows, false);
        assert_eq!(table.columns.len(), MOST_COLUMNS);
        assert!(table.more_columns && !table.cut);
        assert_eq!(table.rows.len(), 200);
        let cells: usize = table.rows.iter().map(|row| row.cells.len()).sum();
        assert_eq!(cells, 200 * MOST_COLUMNS);
        assert_eq!(texts(&table.rows[0])[..2], ["1x0", "1x1"]);
        let few = RowsTable::new(&shapes[..1], Vec::new(), false);
        assert!(few.more_columns);
        let narrow = [shape(1, &["a", "b"])];
        assert!(!RowsTable::new(&narrow, Vec::new(), false).more_columns);
    }

    #[test]
    fn texts_of_all_cells_together_are_bounded_and_what_is_cut_is_no_link() {
        let long = format!("https://a.com/{}", "x".repeat(3_000));
        let rows = (1..=200).map(|n| row(n, 1, &[&long, &long])).collect();
        let table = RowsTable::new(&[shape(1, &["one", &"k".repeat(5_000)])], rows, false);
        assert!(table.cut);
        assert!(table.columns[1].chars().count() <= LONGEST_NAME + 1);
        let cells = || table.rows.iter().flat_map(|row| &row.cells);
        let shown: usize = cells().map(|cell| cell.text.len()).sum();
        assert!((MOST_TEXT..MOST_TEXT + 5 * 400).contains(&shown), "{shown}");
        let whole = cells().filter(|cell| *cell.text == *long).count();
        assert_eq!(cells().filter(|cell| cell.href().is_some()).count(), whole);
    }
}
