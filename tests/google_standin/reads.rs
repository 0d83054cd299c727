use google_sheets4::api::{BatchGetValuesByDataFilterRequest, DataFilter, GridRange};
use serde_json::{Value, json};

use crate::google::Cell;
use crate::support::{BOOK, World, message};

#[tokio::test]
async fn a_read_by_data_filter_leaves_out_what_is_empty_at_the_end() {
    let world = World::new().await;
    let filter = |sheet_id, start_row_index| DataFilter {
        grid_range: Some(GridRange {
            sheet_id: Some(sheet_id),
            start_row_index,
            ..GridRange::default()
        }),
        ..DataFilter::default()
    };
    let request = BatchGetValuesByDataFilterRequest {
        data_filters: Some(vec![filter(7, None), filter(7, Some(2)), filter(8, None)]),
        value_render_option: Some("UNFORMATTED_VALUE".to_owned()),
        ..BatchGetValuesByDataFilterRequest::default()
    };
    let (_, answer) = world
        .sheets
        .spreadsheets()
        .values_batch_get_by_data_filter(request, BOOK)
        .doit()
        .await
        .expect("values");
    let answer: Value = serde_json::to_value(answer).expect("JSON");
    let range = |at: usize| &answer["valueRanges"][at]["valueRange"];
    assert_eq!(range(0)["range"], "'My leads'!A1:Z1000");
    assert_eq!(
        range(0)["values"],
        json!([
            ["Company", "Domain", "Score"],
            ["Acme", "acme.com", 12],
            ["Globex", "", 7.5],
            ["", "initech.com"],
        ])
    );
    assert_eq!(range(1)["range"], "'My leads'!A3:Z1000");
    assert_eq!(range(2)["values"], Value::Null);
    assert_eq!(
        answer["valueRanges"][1]["dataFilters"][0]["gridRange"]["startRowIndex"],
        2
    );
}

#[tokio::test]
async fn a_formula_is_read_as_what_it_is_or_as_what_it_shows() {
    let world = World::new().await;
    world.google.book(BOOK, |book| {
        let shows = Cell::Number(1234.0);
        book.set_cell("Log", 0, 1, Cell::formula("=A1*2", shows));
        book.type_cell("Log", 0, 2, "TRUE");
    });
    for (render, expected) in [
        ("FORMULA", json!(["", "=A1*2", true])),
        ("UNFORMATTED_VALUE", json!(["", 1234, true])),
        ("FORMATTED_VALUE", json!(["", "1234", "TRUE"])),
    ] {
        let path = format!(
            "v4/spreadsheets/{BOOK}/values:batchGet?ranges=Log!A1:C5&valueRenderOption={render}"
        );
        let (status, answer) = world.get(&path).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["valueRanges"][0]["values"], json!([expected]));
        assert_eq!(answer["valueRanges"][0]["range"], "Log!A1:C5");
    }
}

#[tokio::test]
async fn a_tab_or_a_range_that_is_not_there_is_refused() {
    let world = World::new().await;
    let path = format!("v4/spreadsheets/{BOOK}/values:batchGetByDataFilter");
    let body = json!({"dataFilters": [{"gridRange": {"sheetId": 99}}]});
    let (status, answer) = world.post(&path, &body).await;
    assert_eq!((status, message(&answer)), (400, "No grid with id: 99"));
    let (status, answer) = world
        .get(&format!("v4/spreadsheets/{BOOK}/values/Nope!A1:B2"))
        .await;
    let expected = "Unable to parse range: Nope!A1:B2";
    assert_eq!((status, message(&answer)), (400, expected));
    let (status, answer) = world
        .get(&format!("v4/spreadsheets/{BOOK}/values/Log!A1001"))
        .await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("exceeds grid limits. Max rows: 1000, max columns: 26"));
}

#[tokio::test]
async fn a_field_mask_leaves_out_what_is_not_asked_for() {
    let world = World::new().await;
    let path =
        format!("v4/spreadsheets/{BOOK}?fields=properties.title,sheets(properties(sheetId,title))");
    let (_, answer) = world.get(&path).await;
    assert_eq!(
        answer,
        json!({
            "properties": {"title": "Leads"},
            "sheets": [
                {"properties": {"sheetId": 7, "title": "My leads"}},
                {"properties": {"sheetId": 8, "title": "Log"}},
            ],
        })
    );
    let path = format!(
        "v4/spreadsheets/{BOOK}?ranges='My%20leads'!B2:B3\
         &fields=sheets/data(startRow,rowData/values/userEnteredValue)"
    );
    let (_, answer) = world.get(&path).await;
    let row = json!({"values": [{"userEnteredValue": {"stringValue": "acme.com"}}]});
    assert_eq!(
        answer,
        json!({"sheets": [{"data": [{"startRow": 1, "rowData": [row]}]}]})
    );
}

#[tokio::test]
async fn a_field_mask_that_names_a_field_google_does_not_know_is_refused() {
    let world = World::new().await;
    let (status, answer) = world
        .get(&format!(
            "v4/spreadsheets/{BOOK}?fields=sheets(properties(sheetID))"
        ))
        .await;
    let expected = "Error expanding 'fields' parameter. Cannot find matching fields for path \
                    'sheets.properties.sheetID'.";
    assert_eq!((status, message(&answer)), (400, expected));
}

#[tokio::test]
async fn a_query_parameter_google_does_not_know_is_refused() {
    let world = World::new().await;
    let (status, answer) = world
        .get(&format!("v4/spreadsheets/{BOOK}?rnages=A1"))
        .await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("Unknown name \"rnages\""));
}

#[tokio::test]
async fn a_spreadsheet_answers_only_whom_it_is_shared_with() {
    let world = World::new().await;
    let (status, answer) = world.get("v4/spreadsheets/another").await;
    let expected = "Requested entity was not found.";
    assert_eq!((status, message(&answer)), (404, expected));
    world
        .google
        .book(BOOK, |book| book.unshare(crate::google::ACCOUNT));
    let (status, answer) = world.get(&format!("v4/spreadsheets/{BOOK}")).await;
    let expected = "The caller does not have permission";
    assert_eq!((status, message(&answer)), (403, expected));
    world.google.set_api_disabled(true);
    let (status, answer) = world.get(&format!("v4/spreadsheets/{BOOK}")).await;
    assert_eq!(status, 403);
    assert_eq!(answer["error"]["details"][0]["reason"], "SERVICE_DISABLED");
}
