//! Citedy's own export of a result: the rows as JSON, CSV or XLSX.

use std::str::FromStr;

use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::{Map, Value};

use super::answers::Refusal;

/// The most characters a cell of a workbook holds.
const CELL_CHARACTERS: usize = 32_767;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Xlsx,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl FromStr for Format {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text {
            "json" => Ok(Format::Json),
            "csv" => Ok(Format::Csv),
            "xlsx" => Ok(Format::Xlsx),
            _ => Err(Refusal::BadRequest(
                "format must be json, csv or xlsx".to_owned(),
            )),
        }
    }
}

/// Renders a result. JSON is the whole of it, the others hold its rows.
pub(super) fn render(result: &Value, format: Format) -> Result<Vec<u8>, Refusal> {
    let rendered = match format {
        Format::Json => Ok(result.to_string().into_bytes()),
        Format::Csv => csv(&table(result)),
        Format::Xlsx => xlsx(&table(result)).map_err(|error| error.to_string()),
    };
    rendered.map_err(|error| {
        tracing::error!(%error, "sandbox: an export failed");
        Refusal::Internal
    })
}

/// Header and rows, with a column for every key in first-seen order.
fn table(result: &Value) -> Vec<Vec<String>> {
    let rows: Vec<&Map<String, Value>> = result["exportRows"]
        .as_array()
        .map(|rows| rows.iter().filter_map(Value::as_object).collect())
        .unwrap_or_default();
    let mut columns = Map::new();
    for key in rows.iter().flat_map(|row| row.keys()) {
        columns.insert(key.clone(), Value::Null);
    }
    let header: Vec<String> = columns.keys().cloned().collect();
    let body = rows.iter().map(|row| {
        let cell = |key| row.get(key).map(text).unwrap_or_default();
        header.iter().map(cell).collect()
    });
    let body: Vec<Vec<String>> = body.collect();
    [vec![header], body].concat()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn csv(table: &[Vec<String>]) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in table {
        writer
            .write_record(row)
            .map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn xlsx(table: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(table) {
        for (column, cell) in (0..).zip(cells) {
            let cell: String = cell.chars().take(CELL_CHARACTERS).collect();
            sheet.write_string(row, column, cell)?;
        }
    }
    workbook.save_to_buffer()
}
