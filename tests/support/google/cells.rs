//! Requests that change what cells hold or how they look.

use google_sheets4::api::{
    AddConditionalFormatRuleRequest, AppendCellsRequest, CellData, GridCoordinate,
    RepeatCellRequest, RowData, SetDataValidationRequest, UpdateCellsRequest,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::a1::{self, Area};
use super::answer::without_nulls;
use super::book::Book;
use super::refusal::Refusal;
use super::requests::Reply;
use super::tab::Cell;

const LONGEST_TEXT: usize = 50_000;

/// What a field mask of cells asks to change.
struct Fields {
    values: bool,
    other: bool,
}

fn fields(mask: Option<impl ToString>) -> Result<Fields, Refusal> {
    let mask = mask.map(|mask| mask.to_string()).unwrap_or_default();
    if mask.is_empty() {
        return Err(Refusal::invalid(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
        ));
    }
    let is_value = |field: &str| {
        field == "*" || field == "userEnteredValue" || field.starts_with("userEnteredValue.")
    };
    let mut names = mask.split(',');
    Ok(Fields {
        values: names.clone().any(is_value),
        other: names.any(|name| name == "*" || !is_value(name)),
    })
}

/// The cell that a request describes.
fn cell(data: &CellData) -> Result<Cell, Refusal> {
    let Some(value) = &data.user_entered_value else {
        return Ok(Cell::Empty);
    };
    let mut given = Vec::new();
    given.extend(value.string_value.clone().map(Cell::text));
    given.extend(value.number_value.map(Cell::Number));
    given.extend(value.bool_value.map(Cell::Bool));
    if let Some(formula) = &value.formula_value {
        if !formula.starts_with('=') {
            return Err(Refusal::invalid(format!(
                "Formula value must start with '=': {formula}"
            )));
        }
        given.push(super::entered::typed(formula));
    }
    if value.error_value.is_some() || given.len() > 1 {
        return Err(Refusal::invalid("A cell takes one value, and no error."));
    }
    let cell = given.pop().unwrap_or_default();
    fits(&cell)?;
    Ok(cell)
}

/// Google's limit on the text of one cell.
pub fn fits(cell: &Cell) -> Result<(), Refusal> {
    let (Cell::Text(text) | Cell::Formula { text, .. }) = cell else {
        return Ok(());
    };
    if text.encode_utf16().count() > LONGEST_TEXT {
        return Err(Refusal::invalid(format!(
            "Your input contains more than the maximum of {LONGEST_TEXT} characters in a single \
             cell."
        )));
    }
    Ok(())
}

pub fn update(book: &mut Book, request: UpdateCellsRequest) -> Reply {
    let fields = fields(request.fields.as_ref())?;
    let rows = request.rows.unwrap_or_default();
    let ranged = request.range.is_some();
    let (index, area) = match (request.start, request.range) {
        (Some(start), None) => start_area(book, &start, &rows)?,
        (None, Some(range)) => a1::grid(book, &range, true)?,
        _ => {
            return Err(Refusal::invalid(
                "Exactly one of 'start' and 'range' must be given.",
            ));
        }
    };
    book.tabs[index].may_edit(&area)?;
    if ranged && fields.values {
        clear(book, index, &area);
    }
    write(book, index, &area, &rows, &fields)
}

/// A range stands for all of its cells: those that the rows do not cover become empty.
fn clear(book: &mut Book, index: usize, area: &Area) {
    for row in area.rows.clone() {
        for col in area.cols.clone() {
            book.tabs[index].set(row, col, Cell::Empty);
        }
    }
}

/// The rectangle that rows cover from a cell on.
fn start_area(
    book: &Book,
    start: &GridCoordinate,
    rows: &[RowData],
) -> Result<(usize, Area), Refusal> {
    let index = book.at(start.sheet_id)?;
    let tab = &book.tabs[index];
    let row = corner("row", start.row_index, tab.row_count)?;
    let col = corner("column", start.column_index, tab.column_count)?;
    let width = rows.iter().map(width).max().unwrap_or(0);
    Ok((
        index,
        Area {
            rows: row..(row + rows.len()).min(tab.row_count),
            cols: col..(col + width).min(tab.column_count),
        },
    ))
}

fn corner(what: &str, given: Option<i32>, limit: usize) -> Result<usize, Refusal> {
    let given = given.unwrap_or(0);
    usize::try_from(given)
        .ok()
        .filter(|place| *place < limit)
        .ok_or_else(|| {
            Refusal::invalid(format!(
                "GridCoordinate.{what}Index[{given}] is after last {what} in grid[{limit}]"
            ))
        })
}

fn width(row: &RowData) -> usize {
    row.values.as_ref().map_or(0, Vec::len)
}

/// Writes rows, each as far as it goes, into an area they must not leave.
fn write(book: &mut Book, index: usize, area: &Area, rows: &[RowData], fields: &Fields) -> Reply {
    beyond("row", area.rows.start + rows.len(), area.rows.end)?;
    let tab = &mut book.tabs[index];
    for (row, data) in (area.rows.start..).zip(rows) {
        beyond("column", area.cols.start + width(data), area.cols.end)?;
        let values = data.values.as_deref().unwrap_or_default();
        for (col, data) in (area.cols.start..).zip(values) {
            let cell = cell(data)?;
            if fields.values {
                tab.set(row, col, cell);
            }
        }
        if fields.other && !values.is_empty() {
            let range = json!({
                "sheetId": tab.sheet_id,
                "startRowIndex": row,
                "endRowIndex": row + 1,
                "startColumnIndex": area.cols.start,
                "endColumnIndex": area.cols.start + values.len(),
            });
            tab.formats
                .push(json!({"range": range, "cells": plain(values)}));
        }
    }
    Ok(json!({}))
}

fn beyond(what: &str, end: usize, limit: usize) -> Result<(), Refusal> {
    if end > limit {
        return Err(Refusal::invalid(format!(
            "Attempting to write {what}: {limit}, beyond the last requested {what} of: {}",
            limit.saturating_sub(1)
        )));
    }
    Ok(())
}

pub fn append(book: &mut Book, request: AppendCellsRequest) -> Reply {
    let fields = fields(request.fields.as_ref())?;
    let rows = request.rows.unwrap_or_default();
    let index = book.at(request.sheet_id)?;
    let tab = &mut book.tabs[index];
    let start = tab.used_rows();
    // Google adds rows for an append, and no columns.
    tab.grow_to(start + rows.len(), 0);
    let area = Area {
        rows: start..start + rows.len(),
        cols: 0..tab.column_count,
    };
    tab.may_edit(&Area {
        cols: 0..rows.iter().map(width).max().unwrap_or(0),
        ..area.clone()
    })?;
    write(book, index, &area, &rows, &fields)
}

pub fn repeat(book: &mut Book, request: RepeatCellRequest) -> Reply {
    let kept = plain(&request);
    let wanted = fields(request.fields.as_ref())?;
    let range = request.range.unwrap_or_default();
    let (index, area) = a1::grid(book, &range, true)?;
    book.tabs[index].may_edit(&area)?;
    let data = request.cell.unwrap_or_default();
    let tab = &mut book.tabs[index];
    if wanted.values {
        let cell = cell(&data)?;
        for row in area.rows.clone() {
            for col in area.cols.clone() {
                tab.set(row, col, cell.clone());
            }
        }
    }
    let mask = request
        .fields
        .map(|fields| fields.to_string())
        .unwrap_or_default();
    if mask.contains("dataValidation") {
        tab.validations
            .push(json!({"range": plain(&range), "rule": plain(&data.data_validation)}));
    } else if wanted.other {
        tab.formats.push(kept);
    }
    Ok(json!({}))
}

pub fn set_validation(book: &mut Book, request: SetDataValidationRequest) -> Reply {
    let range = request.range.clone().unwrap_or_default();
    let (index, area) = a1::grid(book, &range, true)?;
    book.tabs[index].may_edit(&area)?;
    book.tabs[index].validations.push(plain(&request));
    Ok(json!({}))
}

pub fn add_format_rule(book: &mut Book, request: AddConditionalFormatRuleRequest) -> Reply {
    let rule = request
        .rule
        .ok_or_else(|| Refusal::invalid("No rule given."))?;
    let ranges = rule.ranges.clone().unwrap_or_default();
    let mut index = None;
    for range in &ranges {
        let (tab, area) = a1::grid(book, range, true)?;
        if index.is_some_and(|index| index != tab) {
            return Err(Refusal::invalid("All ranges must be on the same grid."));
        }
        book.tabs[tab].may_edit(&area)?;
        index = Some(tab);
    }
    let index = index.ok_or_else(|| Refusal::invalid("At least one range must be given."))?;
    let rules = &mut book.tabs[index].conditional_formats;
    let at = match request.index {
        None => 0,
        Some(at) => usize::try_from(at)
            .ok()
            .filter(|at| *at <= rules.len())
            .ok_or_else(|| Refusal::invalid(format!("No place {at} for a rule.")))?,
    };
    rules.insert(at, plain(&rule));
    Ok(json!({}))
}

/// One of Google's types as it came over the wire.
pub fn plain<T: Serialize + ?Sized>(value: &T) -> Value {
    without_nulls(&serde_json::to_value(value).expect("Google's types become JSON"))
}
