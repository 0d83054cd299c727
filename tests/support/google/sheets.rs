//! Requests that add, remove and change tabs.

use google_sheets4::api::{
    AddSheetRequest, DeleteSheetRequest, GridProperties, UpdateSheetPropertiesRequest,
};
use serde_json::json;

use super::answer;
use super::book::Book;
use super::refusal::Refusal;
use super::requests::Reply;
use super::tab::Tab;

fn free_title(book: &Book, title: &str, except: Option<usize>) -> Result<(), Refusal> {
    let taken = book
        .tabs
        .iter()
        .enumerate()
        .any(|(index, tab)| Some(index) != except && tab.title.eq_ignore_ascii_case(title));
    if taken {
        return Err(Refusal::invalid(format!(
            "A sheet with the name \"{title}\" already exists. Please enter another name."
        )));
    }
    if title.is_empty() || title.chars().count() > 100 {
        return Err(Refusal::invalid(
            "The sheet name cannot be empty or greater than 100 characters.",
        ));
    }
    Ok(())
}

pub fn add(book: &mut Book, request: AddSheetRequest) -> Reply {
    let properties = request.properties.unwrap_or_default();
    let id = match properties.sheet_id {
        Some(id) if id < 0 => {
            return Err(Refusal::invalid(format!("Invalid sheet id: {id}")));
        }
        Some(id) if book.tabs.iter().any(|tab| tab.sheet_id == id) => {
            return Err(Refusal::invalid(format!(
                "A sheet with the id {id} already exists."
            )));
        }
        Some(id) => id,
        None => book.free_sheet_id(),
    };
    let title = match properties.title {
        Some(title) => title,
        None => (book.tabs.len() + 1..)
            .map(|number| format!("Sheet{number}"))
            .find(|title| free_title(book, title, None).is_ok())
            .expect("fewer tabs than numbers"),
    };
    free_title(book, &title, None)?;
    let mut tab = Tab::new(id, &title);
    tab.hidden = properties.hidden.unwrap_or(false);
    let grid = properties.grid_properties.unwrap_or_default();
    tab.row_count = size("rowCount", grid.row_count, tab.row_count)?;
    tab.column_count = size("columnCount", grid.column_count, tab.column_count)?;
    freeze(&mut tab, &grid)?;
    let at = place(properties.index, book.tabs.len())?;
    book.tabs.insert(at, tab);
    let properties = answer::properties(&book.tabs[at], at);
    Ok(json!({"addSheet": {"properties": properties}}))
}

fn place(index: Option<i32>, last: usize) -> Result<usize, Refusal> {
    let Some(index) = index else { return Ok(last) };
    usize::try_from(index)
        .ok()
        .filter(|index| *index <= last)
        .ok_or_else(|| Refusal::invalid(format!("Invalid sheet index: {index}")))
}

fn size(what: &str, given: Option<i32>, otherwise: usize) -> Result<usize, Refusal> {
    match given.map(usize::try_from) {
        None => Ok(otherwise),
        Some(Ok(size)) if size > 0 => Ok(size),
        Some(_) => Err(Refusal::invalid(format!("{what} must be positive"))),
    }
}

fn freeze(tab: &mut Tab, grid: &GridProperties) -> Result<(), Refusal> {
    let frozen = usize::try_from(grid.frozen_row_count.unwrap_or(0))
        .map_err(|_| Refusal::invalid("frozenRowCount must not be negative"))?;
    if frozen >= tab.row_count {
        return Err(Refusal::invalid(
            "You can't freeze all visible rows on the sheet.",
        ));
    }
    tab.frozen_rows = frozen;
    Ok(())
}

pub fn delete(book: &mut Book, request: &DeleteSheetRequest) -> Reply {
    let index = book.at(request.sheet_id)?;
    if book.tabs.len() == 1 {
        return Err(Refusal::invalid(
            "You can't remove all the sheets in a document.",
        ));
    }
    if !book.tabs[index].protected.is_empty() {
        return Err(Refusal::protected());
    }
    book.tabs.remove(index);
    Ok(json!({}))
}

pub fn update(book: &mut Book, request: UpdateSheetPropertiesRequest) -> Reply {
    let properties = request.properties.unwrap_or_default();
    let index = book.at(properties.sheet_id)?;
    let mask = request
        .fields
        .map(|mask| mask.to_string())
        .unwrap_or_default();
    if mask.is_empty() {
        return Err(Refusal::invalid(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
        ));
    }
    book.tabs[index].may_edit_tab()?;
    let grid = properties.grid_properties.clone().unwrap_or_default();
    let title = properties.title.clone().unwrap_or_default();
    for field in mask.split(',') {
        match field {
            "title" => {
                free_title(book, &title, Some(index))?;
                book.tabs[index].title.clone_from(&title);
            }
            "hidden" => book.tabs[index].hidden = properties.hidden.unwrap_or(false),
            "gridProperties.frozenRowCount" => freeze(&mut book.tabs[index], &grid)?,
            "gridProperties.rowCount" => resize_rows(&mut book.tabs[index], &grid)?,
            "gridProperties.columnCount" => resize_columns(&mut book.tabs[index], &grid)?,
            "index" => {}
            other => {
                return Err(Refusal::invalid(format!(
                    "The stand-in cannot change the property {other}."
                )));
            }
        }
    }
    if mask.split(',').any(|field| field == "index") {
        reorder(book, index, properties.index)?;
    }
    Ok(json!({}))
}

fn resize_rows(tab: &mut Tab, grid: &GridProperties) -> Result<(), Refusal> {
    let rows = size("rowCount", grid.row_count, 0)?.max(1);
    if rows < tab.row_count {
        tab.delete_rows(rows..tab.row_count);
    }
    tab.row_count = rows;
    Ok(())
}

fn resize_columns(tab: &mut Tab, grid: &GridProperties) -> Result<(), Refusal> {
    let columns = size("columnCount", grid.column_count, 0)?.max(1);
    if columns < tab.column_count {
        tab.delete_columns(columns..tab.column_count);
    }
    tab.column_count = columns;
    Ok(())
}

/// Google counts the new place as it is before the move.
fn reorder(book: &mut Book, from: usize, to: Option<i32>) -> Result<(), Refusal> {
    let to = place(to, book.tabs.len())?;
    let tab = book.tabs.remove(from);
    book.tabs.insert(if to > from { to - 1 } else { to }, tab);
    Ok(())
}
