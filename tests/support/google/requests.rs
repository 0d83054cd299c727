//! `spreadsheets.batchUpdate`: all of its requests hold, or none.

use google_sheets4::api::{BatchUpdateSpreadsheetRequest, Request};
use serde_json::{Value, json};

use super::book::Book;
use super::mask::Mask;
use super::refusal::Refusal;
use super::{a1, answer, cells, dimensions, honest, metadata, sheets};

/// Google's limit on the cells of a spreadsheet.
const MOST_CELLS: usize = 10_000_000;

/// What a request answers; most answer an empty object.
pub type Reply = Result<Value, Refusal>;

/// Applies a batch to a copy, which the caller keeps when nothing was refused.
pub fn batch_update(
    book: &Book,
    body: &Value,
    mask: Option<&Mask>,
) -> Result<(Book, Value), Refusal> {
    let batch: BatchUpdateSpreadsheetRequest = honest::read(body)?;
    let requests = batch.requests.unwrap_or_default();
    if requests.is_empty() {
        return Err(Refusal::invalid("Must specify at least one request."));
    }
    let mut changed = book.clone();
    let mut replies = Vec::new();
    for (index, request) in requests.into_iter().enumerate() {
        let kind = kind(&body["requests"][index], index)?;
        let reply = apply(&mut changed, &kind, request).map_err(|error| error.at(index, &kind))?;
        replies.push(reply);
    }
    if changed.cells() > MOST_CELLS.max(book.cells()) {
        return Err(Refusal::invalid(format!(
            "This action would increase the number of cells in the workbook above the limit of \
             {MOST_CELLS} cells."
        )));
    }
    changed.version += 1;
    let mut reply = json!({"spreadsheetId": book.id, "replies": replies});
    if batch.include_spreadsheet_in_response == Some(true) {
        let ranges = batch.response_ranges.unwrap_or_default();
        let areas = ranges
            .iter()
            .map(|range| a1::find(&changed, range))
            .collect::<Result<Vec<_>, _>>()?;
        let data = answer::data_wanted(
            mask,
            &["updatedSpreadsheet", "sheets", "data"],
            batch.response_include_grid_data == Some(true),
        );
        reply["updatedSpreadsheet"] = answer::spreadsheet(&changed, &areas, data);
    }
    Ok((changed, reply))
}

/// A request is exactly one of the many it could be.
fn kind(request: &Value, index: usize) -> Result<String, Refusal> {
    let mut kinds = request
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(kind, _)| kind.clone());
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(kind),
        (None, _) => Err(Refusal::invalid(format!(
            "Invalid requests[{index}]: No request set."
        ))),
        (Some(_), Some(second)) => Err(Refusal::invalid(format!(
            "Invalid value at 'requests[{index}]' (oneof), oneof field 'kind' is already set. \
             Cannot set '{second}'"
        ))),
    }
}

fn apply(book: &mut Book, kind: &str, request: Request) -> Reply {
    // The honest reading made sure that the field of this name is there.
    match kind {
        "updateCells" => cells::update(book, request.update_cells.unwrap_or_default()),
        "appendCells" => cells::append(book, request.append_cells.unwrap_or_default()),
        "repeatCell" => cells::repeat(book, request.repeat_cell.unwrap_or_default()),
        "setDataValidation" => {
            cells::set_validation(book, request.set_data_validation.unwrap_or_default())
        }
        "addConditionalFormatRule" => cells::add_format_rule(
            book,
            request.add_conditional_format_rule.unwrap_or_default(),
        ),
        "insertDimension" => dimensions::insert(book, request.insert_dimension.unwrap_or_default()),
        "appendDimension" => {
            dimensions::append(book, &request.append_dimension.unwrap_or_default())
        }
        "deleteDimension" => dimensions::delete(book, request.delete_dimension.unwrap_or_default()),
        "moveDimension" => dimensions::shift(book, request.move_dimension.unwrap_or_default()),
        "addSheet" => sheets::add(book, request.add_sheet.unwrap_or_default()),
        "deleteSheet" => sheets::delete(book, &request.delete_sheet.unwrap_or_default()),
        "updateSheetProperties" => {
            sheets::update(book, request.update_sheet_properties.unwrap_or_default())
        }
        "createDeveloperMetadata" => {
            metadata::create(book, request.create_developer_metadata.unwrap_or_default())
        }
        "updateDeveloperMetadata" => {
            metadata::update(book, request.update_developer_metadata.unwrap_or_default())
        }
        "deleteDeveloperMetadata" => {
            metadata::delete(book, request.delete_developer_metadata.unwrap_or_default())
        }
        _ => Err(Refusal::invalid("The stand-in does not know this request.")),
    }
}
