//! A spreadsheet in Google's shape.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::a1::Area;
use super::book::Book;
use super::entered::shown;
use super::mask::Mask;
use super::metadata;
use super::tab::{Cell, Protected, Tab};

/// Whether an answer has to carry cells: a field mask alone decides when there is one.
pub fn data_wanted(mask: Option<&Mask>, path: &[&str], asked: bool) -> bool {
    mask.map_or(asked, |mask| mask.asks_for(path))
}

/// The spreadsheet; with areas only their tabs, and with data their cells, or all cells when
/// there are no areas.
pub fn spreadsheet(book: &Book, areas: &[(usize, Area)], data: bool) -> Value {
    let mut sheets = Vec::new();
    for (index, tab) in book.tabs.iter().enumerate() {
        let mut here: Vec<Area> = areas
            .iter()
            .filter(|(at, _)| *at == index)
            .map(|(_, area)| area.clone())
            .collect();
        if here.is_empty() && !areas.is_empty() {
            continue;
        }
        if here.is_empty() {
            here.push(Area {
                rows: 0..tab.row_count,
                cols: 0..tab.column_count,
            });
        }
        let mut sheet = sheet(tab, index);
        if data {
            sheet["data"] = here.iter().map(|area| grid_data(tab, area)).collect();
        }
        sheets.push(sheet);
    }
    let mut answer = json!({
        "spreadsheetId": book.id,
        "properties": {"title": book.title, "locale": "en_US", "timeZone": "Etc/GMT"},
        "sheets": sheets,
        "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{}/edit", book.id),
    });
    if !book.metadata.is_empty() {
        answer["developerMetadata"] = book.metadata.iter().map(metadata::shape).collect();
    }
    answer
}

fn sheet(tab: &Tab, index: usize) -> Value {
    let mut sheet = json!({"properties": properties(tab, index)});
    let protected: Vec<Value> = tab
        .protected
        .iter()
        .map(|protected| protected_range(tab, protected))
        .collect();
    if !protected.is_empty() {
        sheet["protectedRanges"] = protected.into();
    }
    if !tab.conditional_formats.is_empty() {
        sheet["conditionalFormats"] = tab.conditional_formats.clone().into();
    }
    sheet
}

/// `SheetProperties`; what is off or zero is left out, but for the two numbers that Google
/// always names.
pub fn properties(tab: &Tab, index: usize) -> Value {
    let mut grid = json!({"rowCount": tab.row_count, "columnCount": tab.column_count});
    if tab.frozen_rows > 0 {
        grid["frozenRowCount"] = tab.frozen_rows.into();
    }
    let mut properties = json!({
        "sheetId": tab.sheet_id,
        "title": tab.title,
        "index": index,
        "sheetType": "GRID",
        "gridProperties": grid,
    });
    if tab.hidden {
        properties["hidden"] = true.into();
    }
    properties
}

fn protected_range(tab: &Tab, protected: &Protected) -> Value {
    let mut range = json!({"sheetId": tab.sheet_id});
    if let Some(area) = &protected.area {
        range["startRowIndex"] = area.rows.start.into();
        range["endRowIndex"] = area.rows.end.into();
        range["startColumnIndex"] = area.cols.start.into();
        range["endColumnIndex"] = area.cols.end.into();
    }
    json!({"protectedRangeId": protected.id, "range": range})
}

/// `GridData`, without the empty rows and cells at the end.
fn grid_data(tab: &Tab, area: &Area) -> Value {
    let mut rows: Vec<Value> = (area.rows.start..area.rows.end.min(tab.used_rows()))
        .map(|row| row_data(tab, row, &area.cols))
        .collect();
    while rows.last().is_some_and(|row| *row == json!({})) {
        rows.pop();
    }
    let mut data = Map::new();
    if area.rows.start > 0 {
        data.insert("startRow".to_owned(), area.rows.start.into());
    }
    if area.cols.start > 0 {
        data.insert("startColumn".to_owned(), area.cols.start.into());
    }
    if !rows.is_empty() {
        data.insert("rowData".to_owned(), rows.into());
    }
    Value::Object(data)
}

fn row_data(tab: &Tab, row: usize, cols: &Range<usize>) -> Value {
    let cells: Vec<&Cell> = cols.clone().map(|col| tab.get(row, col)).collect();
    let Some(last) = cells.iter().rposition(|cell| !cell.is_empty()) else {
        return json!({});
    };
    json!({"values": cells[..=last].iter().map(|cell| cell_data(cell)).collect::<Value>()})
}

fn cell_data(cell: &Cell) -> Value {
    let effective = match cell {
        Cell::Empty => return json!({}),
        Cell::Formula { shows, .. } => shows,
        cell => cell,
    };
    json!({
        "userEnteredValue": extended(cell),
        "effectiveValue": extended(effective),
        "formattedValue": shown(cell),
    })
}

fn extended(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => json!({}),
        Cell::Text(text) => json!({"stringValue": text}),
        Cell::Number(number) => json!({"numberValue": number}),
        Cell::Bool(truth) => json!({"boolValue": truth}),
        Cell::Formula { text, .. } => json!({"formulaValue": text}),
    }
}

/// Leaves out what is null: Google never sends it, and takes it for a field that is not there.
pub fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}
