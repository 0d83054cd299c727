//! Changes, in Google's words.

use google_sheets4::FieldMask;
use google_sheets4::api;

use super::wire::int;
use crate::flow::ports::{Change, WriteBatch};
use crate::flow::sheet::grid::CellValue;

fn mask(fields: &str) -> Option<FieldMask> {
    Some(FieldMask::new(&[fields]))
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

    #[test]
    fn a_text_that_looks_like_a_formula_goes_out_as_text() {
        let value = extended(CellValue::text("=1+1")).expect("a value");
        assert_eq!(value.string_value.as_deref(), Some("=1+1"));
        assert_eq!(value.formula_value, None);
    }
}
