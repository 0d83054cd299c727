//! Reads, in Google's words and the port's.

use google_sheets4::api;

use crate::flow::ports::{
    Description, LockedRange, Mark, Render, TabGrid, TabProperties, TabRange, WriteAnswer,
};
use crate::flow::sheet::grid::{CellValue, Grid};

/// An index as Google counts; beyond its range no grid reaches.
pub fn int(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn index(number: Option<i32>) -> usize {
    number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

pub fn read_request(ranges: &[TabRange], render: Render) -> api::BatchGetValuesByDataFilterRequest {
    let filters = ranges.iter().map(|range| api::DataFilter {
        grid_range: Some(api::GridRange {
            sheet_id: Some(range.tab),
            start_row_index: range.rows.map(|_| 0),
            end_row_index: range.rows.map(int),
            ..api::GridRange::default()
        }),
        ..api::DataFilter::default()
    });
    api::BatchGetValuesByDataFilterRequest {
        data_filters: Some(filters.collect()),
        major_dimension: Some("ROWS".to_owned()),
        value_render_option: Some(
            match render {
                Render::Formulas => "FORMULA",
                Render::Values => "UNFORMATTED_VALUE",
            }
            .to_owned(),
        ),
        date_time_render_option: Some("SERIAL_NUMBER".to_owned()),
    }
}

/// One grid a range, in their order.
pub fn grids(
    ranges: &[TabRange],
    answer: api::BatchGetValuesByDataFilterResponse,
) -> Result<Vec<TabGrid>, String> {
    let values = answer.value_ranges.unwrap_or_default();
    if values.len() != ranges.len() {
        return Err(format!(
            "{} ranges were asked for and {} answered",
            ranges.len(),
            values.len()
        ));
    }
    ranges
        .iter()
        .zip(values)
        .map(|(range, matched)| {
            let values = matched.value_range.unwrap_or_default();
            let place = values.range.as_deref().and_then(title_and_columns);
            let (title, columns) = place.ok_or("a range without a name was answered")?;
            Ok(TabGrid {
                tab: range.tab,
                title,
                columns,
                grid: Grid {
                    rows: values
                        .values
                        .unwrap_or_default()
                        .into_iter()
                        .map(|row| row.into_iter().map(cell).collect())
                        .collect(),
                },
            })
        })
        .collect()
}

/// `'Kim''s tab'!A1:Z1000` names the tab and the columns of its grid.
fn title_and_columns(range: &str) -> Option<(String, usize)> {
    let (title, cells) = range.rsplit_once('!')?;
    let title = match title.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(quoted) => quoted.replace("''", "'"),
        None => title.to_owned(),
    };
    let last = cells.rsplit(':').next()?;
    let letters = last.chars().take_while(char::is_ascii_alphabetic);
    let columns = letters.fold(0_usize, |number, letter| {
        let digit = (letter.to_ascii_uppercase() as usize).saturating_sub('A' as usize) + 1;
        number.saturating_mul(26).saturating_add(digit)
    });
    (columns > 0).then_some((title, columns))
}

fn cell(value: serde_json::Value) -> CellValue {
    match value {
        serde_json::Value::Bool(value) => CellValue::Bool(value),
        serde_json::Value::Number(number) => {
            number.as_f64().map_or(CellValue::Empty, CellValue::Number)
        }
        serde_json::Value::String(text) => CellValue::text(text),
        _ => CellValue::Empty,
    }
}

pub fn description(answer: api::Spreadsheet) -> Description {
    let tabs = answer
        .sheets
        .unwrap_or_default()
        .into_iter()
        .filter_map(|sheet| {
            let properties = sheet.properties?;
            let locked = sheet.protected_ranges.unwrap_or_default();
            let grid = properties.grid_properties.unwrap_or_default();
            // Charts and data sources on tabs of their own have no cells.
            let has_cells = properties
                .sheet_type
                .as_deref()
                .is_none_or(|kind| kind == "GRID");
            has_cells.then(|| TabProperties {
                // Google leaves out what is 0, and the first tab's id is.
                tab: properties.sheet_id.unwrap_or(0),
                title: properties.title.unwrap_or_default(),
                rows: index(grid.row_count),
                columns: index(grid.column_count),
                locked: locked.into_iter().filter_map(locked_range).collect(),
            })
        });
    Description {
        tabs: tabs.collect(),
        title: answer
            .properties
            .and_then(|properties| properties.title)
            .unwrap_or_default(),
        marks: marks(answer.developer_metadata),
    }
}

/// A protected range that this account may not edit.
fn locked_range(protected: api::ProtectedRange) -> Option<LockedRange> {
    let may = protected.requesting_user_can_edit == Some(true);
    if may || protected.warning_only == Some(true) {
        return None;
    }
    let range = protected.range.unwrap_or_default();
    let end = |end: Option<i32>| end.map_or(usize::MAX, |end| index(Some(end)));
    Some(LockedRange {
        rows: index(range.start_row_index)..end(range.end_row_index),
        columns: index(range.start_column_index)..end(range.end_column_index),
    })
}

fn marks(metadata: Option<Vec<api::DeveloperMetadata>>) -> Vec<Mark> {
    let marks = metadata
        .unwrap_or_default()
        .into_iter()
        .filter_map(|entry| {
            Some(Mark {
                id: entry.metadata_id?,
                key: entry.metadata_key.unwrap_or_default(),
                value: entry.metadata_value.unwrap_or_default(),
            })
        });
    marks.collect()
}

pub fn answer(answer: api::BatchUpdateSpreadsheetResponse) -> WriteAnswer {
    let Some(after) = answer.updated_spreadsheet else {
        return WriteAnswer::default();
    };
    let headers = after
        .sheets
        .unwrap_or_default()
        .into_iter()
        .filter_map(|sheet| {
            let tab = sheet.properties?.sheet_id.unwrap_or(0);
            let row = sheet
                .data?
                .into_iter()
                .next()?
                .row_data?
                .into_iter()
                .next()?;
            let texts = row.values.unwrap_or_default().into_iter().map(|cell| {
                cell.user_entered_value
                    .and_then(|value| value.string_value)
                    .unwrap_or_default()
            });
            Some((tab, texts.collect()))
        });
    WriteAnswer {
        headers: headers.collect(),
        marks: marks(after.developer_metadata),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::sheet::columns::letters;

    #[test]
    fn a_range_names_its_tab_and_the_width_of_its_grid() {
        let parsed = |range: &str| title_and_columns(range);
        assert_eq!(parsed("Sheet1!A1:Z1000"), Some(("Sheet1".into(), 26)));
        assert_eq!(
            parsed("'Kim''s list!'!A1:AB20"),
            Some(("Kim's list!".into(), 28))
        );
        assert_eq!(parsed("Sheet1"), None);
    }

    #[test]
    fn letters_and_widths_are_each_others_inverse() {
        for column in [0, 25, 26, 701, 702, 18_277] {
            let range = format!("T!A1:{}9", letters(column));
            assert_eq!(title_and_columns(&range), Some(("T".into(), column + 1)));
        }
    }
}
