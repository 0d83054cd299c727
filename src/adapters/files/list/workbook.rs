use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::{ListError, MOST_ROWS, Table};

/// Columns read of a sheet; a list has its domains further left.
const MOST_COLUMNS: usize = 200;

/// Every sheet of a workbook, in its order.
pub fn tables(bytes: &[u8]) -> Result<Vec<Table>, ListError> {
    let refused = |error: calamine::XlsxError| ListError::Workbook(error.to_string());
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
    let mut tables = Vec::new();
    for name in workbook.sheet_names() {
        // A sheet of another kind (a chart) is no reason to refuse the others.
        let Ok(range) = workbook.worksheet_range(&name) else {
            continue;
        };
        if range.height() > MOST_ROWS + 20 {
            return Err(ListError::TooManyRows);
        }
        let first = range.start().map_or(0, |(row, _)| row);
        let table = range
            .rows()
            .zip(first + 1..)
            .map(|(cells, row)| (row, cells.iter().take(MOST_COLUMNS).map(text).collect()))
            .collect();
        tables.push(table);
    }
    Ok(tables)
}

/// A cell as a person reads it: the number 3 is "3", not "3.0".
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        other => other.to_string(),
    }
}
