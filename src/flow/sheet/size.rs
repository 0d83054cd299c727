//! How large a change is on the wire. Google recommends payloads of at most 2 MB.

use super::grid::CellValue;
use crate::flow::ports::Change;

/// Bytes that one request may have.
pub const LARGEST: usize = 1_900_000;

/// What a cell costs beside its text: `{"userEnteredValue":{"stringValue":""}},`.
const CELL: usize = 46;
const CHANGE: usize = 160;

pub fn of_row(cells: &[CellValue]) -> usize {
    // `{"values":[]},`
    14 + cells.iter().map(of_cell).sum::<usize>()
}

fn of_cell(cell: &CellValue) -> usize {
    match cell {
        CellValue::Empty => 3,
        CellValue::Text(text) | CellValue::Formula(text) => CELL + escaped(text),
        CellValue::Number(_) => CELL + 20,
        CellValue::Bool(_) => CELL + 5,
    }
}

/// Bytes as JSON: quotes and control characters take more than one.
fn escaped(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
        0..0x20 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

pub fn of_change(change: &Change) -> usize {
    match change {
        Change::Cells { rows, .. } | Change::AppendRows { rows, .. } => {
            CHANGE + rows.iter().map(|row| of_row(row)).sum::<usize>()
        }
        Change::DropDown { values, .. } => {
            CHANGE + values.iter().map(|v| v.len() + 24).sum::<usize>()
        }
        _ => 2 * CHANGE,
    }
}

/// Puts changes into as few batches as their sizes allow, in their order.
pub fn batches(changes: Vec<Change>) -> Vec<Vec<Change>> {
    let mut batches: Vec<Vec<Change>> = Vec::new();
    let mut size = usize::MAX;
    for change in changes {
        let more = of_change(&change);
        if size.saturating_add(more) > LARGEST {
            batches.push(Vec::new());
            size = 0;
        }
        size += more;
        if let Some(batch) = batches.last_mut() {
            batch.push(change);
        }
    }
    batches
}
