//! Requests that add, remove and move rows and columns.

use std::ops::Range;

use google_sheets4::api::{
    AppendDimensionRequest, DeleteDimensionRequest, DimensionRange, InsertDimensionRequest,
    MoveDimensionRequest,
};
use serde_json::json;

use super::a1::Area;
use super::book::Book;
use super::refusal::Refusal;
use super::requests::Reply;
use super::tab::Tab;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Rows,
    Columns,
}

impl Dimension {
    fn read(given: Option<&str>) -> Result<Self, Refusal> {
        match given {
            Some("ROWS") => Ok(Self::Rows),
            Some("COLUMNS") => Ok(Self::Columns),
            _ => Err(Refusal::invalid("No dimension specified.")),
        }
    }

    fn count(self, tab: &Tab) -> usize {
        match self {
            Self::Rows => tab.row_count,
            Self::Columns => tab.column_count,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rows => "row",
            Self::Columns => "column",
        }
    }

    /// All cells of these rows or columns.
    fn area(self, which: &Range<usize>, tab: &Tab) -> Area {
        match self {
            Self::Rows => Area {
                rows: which.clone(),
                cols: 0..tab.column_count,
            },
            Self::Columns => Area {
                rows: 0..tab.row_count,
                cols: which.clone(),
            },
        }
    }
}

struct Found {
    index: usize,
    dimension: Dimension,
    which: Range<usize>,
}

fn find(book: &Book, range: Option<DimensionRange>) -> Result<Found, Refusal> {
    let range = range.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let index = book.at(range.sheet_id)?;
    let dimension = Dimension::read(range.dimension.as_deref())?;
    let count = dimension.count(&book.tabs[index]);
    let place = |given: Option<i32>, otherwise: usize| match given {
        None => Ok(otherwise),
        Some(given) => usize::try_from(given)
            .map_err(|_| Refusal::invalid(format!("range index[{given}] is negative"))),
    };
    let which = place(range.start_index, 0)?..place(range.end_index, count)?;
    if which.is_empty() {
        return Err(Refusal::invalid(format!(
            "range.endIndex[{}] must be after range.startIndex[{}]",
            which.end, which.start
        )));
    }
    Ok(Found {
        index,
        dimension,
        which,
    })
}

pub fn insert(book: &mut Book, request: InsertDimensionRequest) -> Reply {
    let Found {
        index,
        dimension,
        which,
    } = find(book, request.range)?;
    let tab = &mut book.tabs[index];
    let count = dimension.count(tab);
    let before = request.inherit_from_before == Some(true);
    if before && which.start == 0 {
        return Err(Refusal::invalid(
            "inheritFromBefore cannot be true if inserting at the beginning of the grid",
        ));
    }
    if which.start > count || (which.start == count && !before) {
        return Err(Refusal::invalid(format!(
            "range.startIndex[{}] must be less than the grid size ({count}) if inheritFromBefore \
             is false.",
            which.start
        )));
    }
    tab.may_edit_tab()?;
    match dimension {
        Dimension::Rows => tab.insert_rows(which.start, which.len()),
        Dimension::Columns => tab.insert_columns(which.start, which.len()),
    }
    Ok(json!({}))
}

pub fn append(book: &mut Book, request: &AppendDimensionRequest) -> Reply {
    let index = book.at(request.sheet_id)?;
    let dimension = Dimension::read(request.dimension.as_deref())?;
    let length = request
        .length
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length > 0)
        .ok_or_else(|| Refusal::invalid("length must be positive"))?;
    let tab = &mut book.tabs[index];
    tab.may_edit_tab()?;
    match dimension {
        Dimension::Rows => tab.row_count += length,
        Dimension::Columns => tab.column_count += length,
    }
    Ok(json!({}))
}

pub fn delete(book: &mut Book, request: DeleteDimensionRequest) -> Reply {
    let Found {
        index,
        dimension,
        which,
    } = find(book, request.range)?;
    let tab = &book.tabs[index];
    let (count, name) = (dimension.count(tab), dimension.name());
    if which.end > count {
        return Err(Refusal::invalid(format!(
            "Cannot delete a {name} that doesn't exist. Tried to delete {name} index {} but \
             there are only {count} {name}s.",
            which.end - 1
        )));
    }
    if which.len() == count {
        return Err(Refusal::invalid(format!(
            "You can't delete all the {name}s on the sheet."
        )));
    }
    if dimension == Dimension::Rows
        && tab.frozen_rows > 0
        && which.start <= tab.frozen_rows
        && which.end == count
    {
        return Err(Refusal::invalid(
            "Sorry, it is not possible to delete all non-frozen rows.",
        ));
    }
    tab.may_edit(&dimension.area(&which, tab))?;
    let tab = &mut book.tabs[index];
    match dimension {
        Dimension::Rows => tab.delete_rows(which),
        Dimension::Columns => tab.delete_columns(which),
    }
    Ok(json!({}))
}

pub fn shift(book: &mut Book, request: MoveDimensionRequest) -> Reply {
    let Found {
        index,
        dimension,
        which,
    } = find(book, request.source)?;
    let tab = &book.tabs[index];
    let count = dimension.count(tab);
    let to = request
        .destination_index
        .and_then(|to| usize::try_from(to).ok())
        .filter(|to| *to <= count)
        .ok_or_else(|| Refusal::invalid("destinationIndex is not within the grid"))?;
    if which.end > count {
        return Err(Refusal::invalid(format!(
            "source.endIndex[{}] is after the last {} in grid[{count}]",
            which.end,
            dimension.name()
        )));
    }
    tab.may_edit(&dimension.area(&which, tab))?;
    let tab = &mut book.tabs[index];
    match dimension {
        Dimension::Rows => tab.move_rows(which, to),
        Dimension::Columns => tab.move_columns(&which, to),
    }
    Ok(json!({}))
}
