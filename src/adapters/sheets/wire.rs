//! Between the port's words and Google's.

use google_sheets4::FieldMask;
use google_sheets4::api;

use crate::flow::ports::{
    Change, Description, Mark, Render, TabGrid, TabProperties, TabRange, WriteAnswer, WriteBatch,
};
use crate::flow::sheet::grid::{CellValue, Grid};

/// An index as Google counts; beyond its range no grid reaches.
fn int(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn index(number: Option<i32>) -> usize {
    number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

fn mask(fields: &str) -> Option<FieldMask> {
    Some(FieldMask::new(&[fields]))
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
                locked: locked.into_iter().filter_map(locked_columns).collect(),
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

/// The columns of a protected range that this account may not edit.
fn locked_columns(protected: api::ProtectedRange) -> Option<(usize, usize)> {
    let may = protected.requesting_user_can_edit == Some(true);
    if may || protected.warning_only == Some(true) {
        return None;
    }
    let range = protected.range.unwrap_or_default();
    let end = range
        .end_column_index
        .map_or(usize::MAX, |end| index(Some(end)));
    Some((index(range.start_column_index), end))
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

pub fn write_request(batch: WriteBatch) -> api::BatchUpdateSpreadsheetRequest {
    let looks = batch.look_at.iter().map(|(title, row)| {
        let row = row + 1;
        format!("'{}'!{row}:{row}", title.replace('\'', "''"))
    });
    let ranges: Vec<String> = looks.collect();
    api::BatchUpdateSpreadsheetRequest {
        include_spreadsheet_in_response: Some(true),
        response_include_grid_data: Some(!ranges.is_empty()),
        response_ranges: (!ranges.is_empty()).then_some(ranges),
        requests: Some(batch.changes.into_iter().map(request).collect()),
    }
}

fn request(change: Change) -> api::Request {
    let mut request = api::Request::default();
    match change {
        Change::Cells {
            tab,
            row,
            column,
            rows,
        } => {
            request.update_cells = Some(api::UpdateCellsRequest {
                fields: mask("userEnteredValue"),
                start: Some(api::GridCoordinate {
                    sheet_id: Some(tab),
                    row_index: Some(int(row)),
                    column_index: Some(int(column)),
                }),
                rows: Some(rows.into_iter().map(row_data).collect()),
                range: None,
            });
        }
        Change::AppendRows { tab, rows } => {
            request.append_cells = Some(api::AppendCellsRequest {
                fields: mask("userEnteredValue"),
                sheet_id: Some(tab),
                rows: Some(rows.into_iter().map(row_data).collect()),
                table_id: None,
            });
        }
        Change::InsertColumns { tab, at, count } => {
            request.insert_dimension = Some(api::InsertDimensionRequest {
                inherit_from_before: Some(false),
                range: Some(api::DimensionRange {
                    sheet_id: Some(tab),
                    dimension: Some("COLUMNS".to_owned()),
                    start_index: Some(int(at)),
                    end_index: Some(int(at + count)),
                }),
            });
        }
        Change::AppendColumns { tab, at, count } => {
            request.insert_dimension = Some(api::InsertDimensionRequest {
                // Only so may the place be the end of the grid.
                inherit_from_before: Some(true),
                range: Some(api::DimensionRange {
                    sheet_id: Some(tab),
                    dimension: Some("COLUMNS".to_owned()),
                    start_index: Some(int(at)),
                    end_index: Some(int(at + count)),
                }),
            });
        }
        Change::AddTab {
            tab,
            title,
            frozen_rows,
        } => {
            request.add_sheet = Some(api::AddSheetRequest {
                properties: Some(api::SheetProperties {
                    sheet_id: Some(tab),
                    title: Some(title),
                    grid_properties: Some(frozen(frozen_rows)),
                    ..api::SheetProperties::default()
                }),
            });
        }
        Change::FreezeRows { tab, rows } => {
            request.update_sheet_properties = Some(api::UpdateSheetPropertiesRequest {
                fields: mask("gridProperties.frozenRowCount"),
                properties: Some(api::SheetProperties {
                    sheet_id: Some(tab),
                    grid_properties: Some(frozen(rows)),
                    ..api::SheetProperties::default()
                }),
            });
        }
        Change::AddMark(_) | Change::SetMark(_) | Change::RemoveMark { .. } => {
            mark_request(change, &mut request);
        }
        Change::DropDown { .. }
        | Change::CheckBoxes { .. }
        | Change::DateFormat { .. }
        | Change::Colour { .. }
        | Change::Bold { .. } => look_request(change, &mut request),
    }
    request
}

fn frozen(rows: usize) -> api::GridProperties {
    api::GridProperties {
        frozen_row_count: Some(int(rows)),
        ..api::GridProperties::default()
    }
}

/// Requests about marks.
fn mark_request(change: Change, request: &mut api::Request) {
    let by_id = |id: i32| api::DataFilter {
        developer_metadata_lookup: Some(api::DeveloperMetadataLookup {
            metadata_id: Some(id),
            ..api::DeveloperMetadataLookup::default()
        }),
        ..api::DataFilter::default()
    };
    match change {
        Change::AddMark(mark) => {
            request.create_developer_metadata = Some(api::CreateDeveloperMetadataRequest {
                developer_metadata: Some(api::DeveloperMetadata {
                    metadata_id: Some(mark.id),
                    metadata_key: Some(mark.key),
                    metadata_value: Some(mark.value),
                    // Another installation has to see it.
                    visibility: Some("DOCUMENT".to_owned()),
                    location: Some(api::DeveloperMetadataLocation {
                        spreadsheet: Some(true),
                        ..api::DeveloperMetadataLocation::default()
                    }),
                }),
            });
        }
        Change::SetMark(mark) => {
            request.update_developer_metadata = Some(api::UpdateDeveloperMetadataRequest {
                data_filters: Some(vec![by_id(mark.id)]),
                developer_metadata: Some(api::DeveloperMetadata {
                    metadata_value: Some(mark.value),
                    ..api::DeveloperMetadata::default()
                }),
                fields: mask("metadataValue"),
            });
        }
        Change::RemoveMark { id } => {
            request.delete_developer_metadata = Some(api::DeleteDeveloperMetadataRequest {
                data_filter: Some(by_id(id)),
            });
        }
        _ => {}
    }
}

/// Requests about how cells look and what they offer.
fn look_request(change: Change, request: &mut api::Request) {
    let below = |tab: i32, row: usize, column: usize| api::GridRange {
        sheet_id: Some(tab),
        start_row_index: Some(int(row)),
        start_column_index: Some(int(column)),
        end_column_index: Some(int(column + 1)),
        end_row_index: None,
    };
    match change {
        Change::DropDown {
            tab,
            row,
            column,
            values,
        } => {
            request.set_data_validation = Some(api::SetDataValidationRequest {
                range: Some(below(tab, row, column)),
                rule: Some(rule("ONE_OF_LIST", values)),
                filtered_rows_included: None,
            });
        }
        Change::CheckBoxes { tab, row, column } => {
            request.set_data_validation = Some(api::SetDataValidationRequest {
                range: Some(below(tab, row, column)),
                rule: Some(rule("BOOLEAN", Vec::new())),
                filtered_rows_included: None,
            });
        }
        Change::DateFormat { tab, row, column } => {
            request.repeat_cell = Some(api::RepeatCellRequest {
                range: Some(below(tab, row, column)),
                fields: mask("userEnteredFormat.numberFormat"),
                cell: Some(format(api::CellFormat {
                    number_format: Some(api::NumberFormat {
                        type_: Some("DATE_TIME".to_owned()),
                        pattern: Some("yyyy-mm-dd hh:mm".to_owned()),
                    }),
                    ..api::CellFormat::default()
                })),
            });
        }
        Change::Bold { tab, row, columns } => {
            request.repeat_cell = Some(api::RepeatCellRequest {
                range: Some(api::GridRange {
                    sheet_id: Some(tab),
                    start_row_index: Some(int(row)),
                    end_row_index: Some(int(row + 1)),
                    start_column_index: Some(int(columns.start)),
                    end_column_index: Some(int(columns.end)),
                }),
                fields: mask("userEnteredFormat.textFormat.bold"),
                cell: Some(format(api::CellFormat {
                    text_format: Some(api::TextFormat {
                        bold: Some(true),
                        ..api::TextFormat::default()
                    }),
                    ..api::CellFormat::default()
                })),
            });
        }
        Change::Colour {
            tab,
            row,
            column,
            begins,
            rgb,
        } => {
            request.add_conditional_format_rule = Some(api::AddConditionalFormatRuleRequest {
                index: Some(0),
                rule: Some(api::ConditionalFormatRule {
                    ranges: Some(vec![below(tab, row, column)]),
                    boolean_rule: Some(api::BooleanRule {
                        condition: Some(condition("TEXT_STARTS_WITH", vec![begins])),
                        format: Some(background(rgb)),
                    }),
                    gradient_rule: None,
                }),
            });
        }
        _ => {}
    }
}

fn rule(kind: &str, values: Vec<String>) -> api::DataValidationRule {
    api::DataValidationRule {
        condition: Some(condition(kind, values)),
        show_custom_ui: Some(true),
        // A text that is no choice is explained in the row, not refused while typing.
        strict: Some(false),
        input_message: None,
    }
}

fn condition(kind: &str, values: Vec<String>) -> api::BooleanCondition {
    let values = values.into_iter().map(|value| api::ConditionValue {
        user_entered_value: Some(value),
        relative_date: None,
    });
    let values: Vec<api::ConditionValue> = values.collect();
    api::BooleanCondition {
        type_: Some(kind.to_owned()),
        values: (!values.is_empty()).then_some(values),
    }
}

fn background((red, green, blue): (u8, u8, u8)) -> api::CellFormat {
    let part = |part: u8| Some(f32::from(part) / 255.0);
    api::CellFormat {
        background_color_style: Some(api::ColorStyle {
            rgb_color: Some(api::Color {
                red: part(red),
                green: part(green),
                blue: part(blue),
                alpha: None,
            }),
            theme_color: None,
        }),
        ..api::CellFormat::default()
    }
}

fn format(format: api::CellFormat) -> api::CellData {
    api::CellData {
        user_entered_format: Some(format),
        ..api::CellData::default()
    }
}

fn row_data(cells: Vec<CellValue>) -> api::RowData {
    let cells = cells.into_iter().map(|cell| api::CellData {
        // A cell without a value is cleared.
        user_entered_value: extended(cell),
        ..api::CellData::default()
    });
    api::RowData {
        values: Some(cells.collect()),
    }
}

fn extended(cell: CellValue) -> Option<api::ExtendedValue> {
    let mut value = api::ExtendedValue::default();
    match cell {
        CellValue::Empty => return None,
        CellValue::Text(text) => value.string_value = Some(text),
        CellValue::Number(number) => value.number_value = Some(number),
        CellValue::Bool(flag) => value.bool_value = Some(flag),
        CellValue::Formula(text) => value.formula_value = Some(text),
    }
    Some(value)
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
    fn a_text_that_looks_like_a_formula_goes_out_as_text() {
        let value = extended(CellValue::text("=1+1")).expect("a value");
        assert_eq!(value.string_value.as_deref(), Some("=1+1"));
        assert_eq!(value.formula_value, None);
    }

    #[test]
    fn letters_and_widths_are_each_others_inverse() {
        for column in [0, 25, 26, 701, 702, 18_277] {
            let range = format!("T!A1:{}9", letters(column));
            assert_eq!(title_and_columns(&range), Some(("T".into(), column + 1)));
        }
    }
}
