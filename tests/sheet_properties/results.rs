//! A person who works in the results tab: what was delivered there is theirs.

use super::person::{Edit, pick};
use super::truth::{RESULTS, Truth, results};
use crate::google::{Book, Cell};

pub fn act(edit: &Edit, book: &mut Book, truth: &mut Truth) {
    let rows = results(book);
    if rows.is_empty() {
        return;
    }
    let width = book.tab(RESULTS).used_columns();
    match *edit {
        Edit::SortResults { by } => {
            book.sort(RESULTS, 1, usize::from(by) % width, true, None);
        }
        Edit::TypeInResults { row } => {
            let (row, key) = &rows[usize::from(row) % rows.len()];
            let text = format!("mine {}", truth.unique());
            let column = mine(book);
            book.set_cell(RESULTS, *row, column, Cell::text(text.as_str()));
            truth.typed_results.retain(|(of, _)| of != key);
            truth.typed_results.push((key.clone(), text));
        }
        Edit::DeleteResult { row } => {
            let (row, key) = rows[usize::from(row) % rows.len()].clone();
            book.delete_rows(RESULTS, row, 1);
            truth.typed_results.retain(|(of, _)| *of != key);
            truth.log.push(format!("    delete result {key:?}"));
            truth.deleted.push(key);
        }
        Edit::DeleteResults => {
            book.delete_tab(RESULTS);
            truth.deleted.extend(rows.into_iter().map(|(_, key)| key));
            truth.typed_results.clear();
        }
        Edit::MoveResultsColumn { from, to } => {
            if let (Some(from), Some(to)) = (pick(from, 0, width), pick(to, 0, width)) {
                book.move_column(RESULTS, from, to);
            }
        }
        _ => {}
    }
}

/// A column of the user's own in the results tab.
fn mine(book: &mut Book) -> usize {
    if let Some(column) = book.column(RESULTS, "Mine") {
        return column;
    }
    let column = book.tab(RESULTS).used_columns();
    book.type_cell(RESULTS, 0, column, "Mine");
    column
}
