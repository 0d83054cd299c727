//! Reading values, and the plain way of writing them.

use google_sheets4::api::{
    BatchGetValuesByDataFilterRequest, BatchUpdateValuesRequest, DataFilter, ValueRange,
};
use serde_json::{Value, json};

use super::a1::{self, Area};
use super::book::Book;
use super::entered::{shown, typed};
use super::refusal::Refusal;
use super::tab::{Cell, Tab};
use super::{cells, honest};

/// What of a cell is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Render {
    Formatted,
    Unformatted,
    Formula,
}

impl Render {
    pub fn read(given: Option<&str>) -> Result<Self, Refusal> {
        match given {
            None | Some("FORMATTED_VALUE") => Ok(Self::Formatted),
            Some("UNFORMATTED_VALUE") => Ok(Self::Unformatted),
            Some("FORMULA") => Ok(Self::Formula),
            Some(other) => Err(Refusal::invalid(format!(
                "Invalid value at 'value_render_option' \
                 (type.googleapis.com/google.apps.sheets.v4.ValueRenderOption), \"{other}\""
            ))),
        }
    }

    fn show(self, cell: &Cell) -> Value {
        match (self, cell) {
            (_, Cell::Empty) => "".into(),
            (Self::Formatted, cell) => shown(cell).into(),
            (Self::Formula, Cell::Formula { text, .. }) => text.clone().into(),
            (_, Cell::Formula { shows, .. }) => self.show(shows),
            (_, Cell::Text(text)) => text.clone().into(),
            (_, Cell::Number(number)) => plain_number(*number),
            (_, Cell::Bool(truth)) => (*truth).into(),
        }
    }
}

/// Google writes whole numbers without a point.
#[allow(
    clippy::cast_possible_truncation,
    reason = "only whole numbers that fit are cast"
)]
fn plain_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).into();
    }
    number.into()
}

/// `ValueRange`: without the empty rows and cells at the end, and without `values` when all
/// is empty.
pub fn value_range(tab: &Tab, area: &Area, render: Render, columns: bool) -> Value {
    let (lines, places) = if columns {
        (area.cols.clone(), area.rows.clone())
    } else {
        // What lies below the last row with data is empty anyway.
        let last = area.rows.end.min(tab.used_rows().max(area.rows.start));
        (area.rows.start..last, area.cols.clone())
    };
    let mut values: Vec<Vec<Value>> = Vec::new();
    for line in lines {
        let cells: Vec<&Cell> = places
            .clone()
            .map(|place| {
                if columns {
                    tab.get(place, line)
                } else {
                    tab.get(line, place)
                }
            })
            .collect();
        let used = cells
            .iter()
            .rposition(|cell| !cell.is_empty())
            .map_or(0, |last| last + 1);
        values.push(cells[..used].iter().map(|cell| render.show(cell)).collect());
    }
    while values.last().is_some_and(Vec::is_empty) {
        values.pop();
    }
    let mut answer = json!({
        "range": a1::name(tab, area),
        "majorDimension": if columns { "COLUMNS" } else { "ROWS" },
    });
    if !values.is_empty() {
        answer["values"] = values.into_iter().map(Value::from).collect();
    }
    answer
}

/// Whether the values are asked for by column.
pub fn by_column(given: Option<&str>) -> Result<bool, Refusal> {
    match given {
        None | Some("ROWS") => Ok(false),
        Some("COLUMNS") => Ok(true),
        Some(other) => Err(Refusal::invalid(format!(
            "Invalid value at 'major_dimension' \
             (type.googleapis.com/google.apps.sheets.v4.Dimension), \"{other}\""
        ))),
    }
}

/// `values:batchGetByDataFilter`.
pub fn by_filter(book: &Book, body: &Value) -> Result<Value, Refusal> {
    let request: BatchGetValuesByDataFilterRequest = honest::read(body)?;
    let render = Render::read(request.value_render_option.as_deref())?;
    let columns = by_column(request.major_dimension.as_deref())?;
    let filters = request.data_filters.unwrap_or_default();
    if filters.is_empty() {
        return Err(Refusal::invalid("No data filters were specified."));
    }
    let mut ranges = Vec::new();
    for filter in &filters {
        let (index, area) = find(book, filter)?;
        ranges.push(json!({
            "valueRange": value_range(&book.tabs[index], &area, render, columns),
            "dataFilters": [cells::plain(filter)],
        }));
    }
    Ok(json!({"spreadsheetId": book.id, "valueRanges": ranges}))
}

fn find(book: &Book, filter: &DataFilter) -> Result<(usize, Area), Refusal> {
    match (&filter.grid_range, &filter.a1_range) {
        (Some(range), None) => a1::grid(book, range, false),
        (None, Some(range)) => a1::find(book, range),
        _ => Err(Refusal::invalid(
            "The stand-in reads values by one gridRange or one a1Range.",
        )),
    }
}

/// `values:batchUpdate`, on a copy.
pub fn batch_update(book: &Book, body: &Value) -> Result<(Book, Value), Refusal> {
    let request: BatchUpdateValuesRequest = honest::read(body)?;
    let user_entered = match request.value_input_option.as_deref() {
        Some("RAW") => false,
        Some("USER_ENTERED") => true,
        _ => {
            return Err(Refusal::invalid(
                "'valueInputOption' is required but not specified",
            ));
        }
    };
    let mut changed = book.clone();
    let mut responses = Vec::new();
    let mut cells = 0;
    for range in request.data.unwrap_or_default() {
        let (count, response) = write(&mut changed, &range, user_entered)?;
        cells += count;
        responses.push(response);
    }
    changed.version += 1;
    let reply = json!({
        "spreadsheetId": book.id,
        "totalUpdatedCells": cells,
        "responses": responses,
    });
    Ok((changed, reply))
}

fn write(book: &mut Book, range: &ValueRange, typing: bool) -> Result<(usize, Value), Refusal> {
    let text = range.range.as_deref().unwrap_or_default();
    let (index, mut area) = a1::find(book, text)?;
    let columns = by_column(range.major_dimension.as_deref())?;
    let values = range.values.as_deref().unwrap_or_default();
    let wide = values.iter().map(Vec::len).max().unwrap_or(0);
    let (down, right) = if columns {
        (wide, values.len())
    } else {
        (values.len(), wide)
    };
    let tab = &book.tabs[index];
    if area.rows.len() == 1 && area.cols.len() == 1 {
        // One cell is where to begin, not how far to go.
        area.rows.end = tab.row_count.min(area.rows.start + down.max(1));
        area.cols.end = tab.column_count.min(area.cols.start + right.max(1));
    }
    if down > area.rows.len() || right > area.cols.len() {
        return Err(Refusal::invalid(format!(
            "Requested writing within range [{text}], but tried writing {down} rows and {right} \
             columns"
        )));
    }
    tab.may_edit(&area)?;
    let tab = &mut book.tabs[index];
    let mut written = 0;
    for (line, values) in values.iter().enumerate() {
        for (place, value) in values.iter().enumerate() {
            let (down, right) = if columns {
                (place, line)
            } else {
                (line, place)
            };
            // Google leaves a cell alone where the value is null.
            if let Some(cell) = entered(value, typing)? {
                tab.set(area.rows.start + down, area.cols.start + right, cell);
                written += 1;
            }
        }
    }
    let response = json!({
        "spreadsheetId": book.id,
        "updatedRange": a1::name(&book.tabs[index], &area),
        "updatedRows": down,
        "updatedColumns": right,
        "updatedCells": written,
    });
    Ok((written, response))
}

fn entered(value: &Value, typing: bool) -> Result<Option<Cell>, Refusal> {
    let cell = match value {
        Value::Null => return Ok(None),
        Value::String(text) if typing => typed(text),
        Value::String(text) => Cell::text(text.as_str()),
        Value::Number(number) => Cell::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::Bool(truth) => Cell::Bool(*truth),
        other => {
            return Err(Refusal::invalid(format!(
                "Invalid values: a cell cannot be {other}"
            )));
        }
    };
    cells::fits(&cell)?;
    Ok(Some(cell))
}
