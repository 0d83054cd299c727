//! A column of the results tab can move just while rows are appended: then their cells stand
//! under other headers. Such rows are found again at once and their cells put under their own.

use super::grid::{CellValue, Grid};

/// Whether the headers that an answer tells are those that the rows were made for. People's own
/// columns further right do not matter.
pub fn fits(expected: &[String], told: &[String]) -> bool {
    expected
        .iter()
        .enumerate()
        .all(|(column, header)| told.get(column).is_some_and(|told| told.trim() == header))
}

/// Where the appended rows are, and what they should hold. Rows that somebody has changed since
/// are left alone.
pub fn realigned(
    rows: &[Vec<CellValue>],
    expected: &[String],
    now: &Grid,
) -> Vec<(usize, Vec<CellValue>)> {
    let headers = now.texts(0);
    let places: Vec<Option<usize>> = (0..expected.len())
        .map(|column| place(expected, column, &headers))
        .collect();
    let mut from = now.rows.len();
    let mut found = Vec::new();
    // Appended rows stand at the end, in their order.
    for row in rows.iter().rev() {
        let Some(at) = (1..from).rev().find(|at| is_at(row, *at, now)) else {
            continue;
        };
        from = at;
        let width = places.iter().flatten().max().map_or(0, |last| last + 1);
        let mut right = vec![CellValue::Empty; width.max(row.len())];
        for (value, place) in row.iter().zip(&places) {
            if let Some(place) = place {
                right[*place] = value.clone();
            }
        }
        found.push((at, right));
    }
    found.reverse();
    found
}

/// The column that has a header now: of several alike the one in the same order.
fn place(expected: &[String], column: usize, headers: &[String]) -> Option<usize> {
    let name = &expected[column];
    let order = expected[..column].iter().filter(|n| *n == name).count();
    let alike = headers.iter().enumerate().filter(|(_, n)| *n == name);
    alike.map(|(place, _)| place).nth(order)
}

fn is_at(row: &[CellValue], at: usize, now: &Grid) -> bool {
    row.iter()
        .enumerate()
        .all(|(column, cell)| now.cell(at, column).same(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<CellValue> {
        texts.iter().map(|text| CellValue::text(*text)).collect()
    }

    #[test]
    fn rows_under_wrong_headers_are_found_and_put_right() {
        let expected = ["a", "b", "c"].map(str::to_owned);
        let told = ["c", "a", "b", "mine"].map(str::to_owned);
        assert!(!fits(&expected, &told));
        assert!(fits(&expected, &["a", "b", "c", "mine"].map(str::to_owned)));
        let now = Grid {
            rows: vec![
                cells(&["c", "a", "b", "mine"]),
                cells(&["3", "1", "2", "x"]),
                cells(&["4", "5", "6"]),
                cells(&["7", "8", "9"]),
            ],
        };
        let sent = [cells(&["4", "5", "6"]), cells(&["7", "8", "9"])];
        assert_eq!(
            realigned(&sent, &expected, &now),
            [(2, cells(&["6", "4", "5"])), (3, cells(&["9", "7", "8"]))]
        );
    }
}
