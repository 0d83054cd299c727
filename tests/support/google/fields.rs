//! Which fields an answer can have, for the field masks that ask for them.

use google_sheets4::api::{
    BatchUpdateSpreadsheetResponse, CellData, ConditionalFormatRule, DeveloperMetadata,
    DeveloperMetadataLocation, ExtendedValue, GridData, GridProperties, GridRange,
    MatchedValueRange, ProtectedRange, RowData, Sheet, SheetProperties, Spreadsheet,
    SpreadsheetProperties, ValueRange,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::routes::Method;

/// An answer in which every field stands that Google names; null where anything may follow.
pub fn known(method: &Method) -> Value {
    match method {
        Method::Token => Value::Null,
        Method::Spreadsheet => full(&spreadsheet()),
        Method::Values(_) => full(&ValueRange::default()),
        Method::BatchGet => json!({
            "spreadsheetId": null,
            "valueRanges": [full(&ValueRange::default())],
        }),
        Method::BatchGetByDataFilter => json!({
            "spreadsheetId": null,
            "valueRanges": [full(&MatchedValueRange {
                value_range: Some(ValueRange::default()),
                ..MatchedValueRange::default()
            })],
        }),
        Method::BatchUpdateValues => json!({
            "spreadsheetId": null,
            "totalUpdatedRows": null,
            "totalUpdatedColumns": null,
            "totalUpdatedCells": null,
            "totalUpdatedSheets": null,
            "responses": null,
        }),
        Method::BatchUpdate => full(&BatchUpdateSpreadsheetResponse {
            updated_spreadsheet: Some(spreadsheet()),
            ..BatchUpdateSpreadsheetResponse::default()
        }),
        Method::Metadata(_) => full(&metadata()),
        Method::Version => json!({
            "kind": null,
            "id": null,
            "name": null,
            "mimeType": null,
            "version": null,
        }),
    }
}

fn full<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("Google's types become JSON")
}

fn metadata() -> DeveloperMetadata {
    DeveloperMetadata {
        location: Some(DeveloperMetadataLocation::default()),
        ..DeveloperMetadata::default()
    }
}

fn spreadsheet() -> Spreadsheet {
    Spreadsheet {
        developer_metadata: Some(vec![metadata()]),
        properties: Some(SpreadsheetProperties::default()),
        sheets: Some(vec![Sheet {
            conditional_formats: Some(vec![ConditionalFormatRule::default()]),
            data: Some(vec![grid_data()]),
            properties: Some(SheetProperties {
                grid_properties: Some(GridProperties::default()),
                ..SheetProperties::default()
            }),
            protected_ranges: Some(vec![ProtectedRange {
                range: Some(GridRange::default()),
                ..ProtectedRange::default()
            }]),
            ..Sheet::default()
        }]),
        ..Spreadsheet::default()
    }
}

fn grid_data() -> GridData {
    GridData {
        row_data: Some(vec![RowData {
            values: Some(vec![CellData {
                effective_value: Some(ExtendedValue::default()),
                user_entered_value: Some(ExtendedValue::default()),
                ..CellData::default()
            }]),
        }]),
        ..GridData::default()
    }
}
