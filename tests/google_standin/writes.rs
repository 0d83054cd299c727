use serde_json::json;

use crate::google::{Area, Role};
use crate::support::{BOOK, World, message, write};

#[tokio::test]
async fn a_batch_holds_as_a_whole_or_not_at_all() {
    let world = World::new().await;
    let outside = write(1000, 0, "outside");
    let (status, answer) = world
        .requests(json!([write(1, 0, "inside"), outside]))
        .await;
    assert_eq!(status, 400);
    let expected = "Invalid requests[1].updateCells: GridCoordinate.rowIndex[1000] is after last \
                    row in grid[1000]";
    assert_eq!(message(&answer), expected);
    world.google.book(BOOK, |book| {
        assert_eq!(book.shown("My leads", 1, 0), "Acme");
        assert_eq!(book.version, 1);
    });
    let answer = world
        .batch(json!({"requests": [write(1, 0, "inside")]}))
        .await;
    answer.expect("an answer");
    world.google.book(BOOK, |book| {
        assert_eq!(book.shown("My leads", 1, 0), "inside");
        assert_eq!(book.version, 2);
    });
}

#[tokio::test]
async fn a_field_google_does_not_know_is_refused() {
    let world = World::new().await;
    let mut request = write(1, 0, "text");
    request["updateCells"]["sheet"] = json!(7);
    let (status, answer) = world.requests(json!([request])).await;
    assert_eq!(status, 400);
    let expected = "Invalid JSON payload received. Unknown name \"sheet\" at \
                    'requests[0].updateCells': Cannot find field.";
    assert_eq!(message(&answer), expected);
}

#[tokio::test]
async fn rows_are_appended_after_the_last_row_with_data() {
    let world = World::new().await;
    world
        .google
        .book(BOOK, |book| book.type_cell("My leads", 998, 5, "a note"));
    let cell = |text: &str| json!({"userEnteredValue": {"stringValue": text}});
    let rows = json!([{"values": [cell("one")]}, {"values": [{}, cell("two")]}]);
    let append = json!({"appendCells": {"sheetId": 7, "rows": rows, "fields": "userEnteredValue"}});
    let (status, answer) = world.requests(json!([append])).await;
    assert_eq!(status, 200, "{answer}");
    world.google.book(BOOK, |book| {
        assert_eq!(book.shown("My leads", 999, 0), "one");
        assert_eq!(book.shown("My leads", 1000, 1), "two");
        assert_eq!(book.tab("My leads").row_count, 1001);
    });
    let wide: Vec<_> = (0..27).map(|_| cell("wide")).collect();
    let rows = json!([{ "values": wide }]);
    let append = json!({"appendCells": {"sheetId": 7, "rows": rows, "fields": "*"}});
    let (status, answer) = world.requests(json!([append])).await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("beyond the last requested column of: 25"));
}

#[tokio::test]
async fn an_answer_shows_the_tab_as_the_batch_left_it() {
    let world = World::new().await;
    let batch = json!({
        "requests": [{"insertDimension": {"range": {
            "sheetId": 7, "dimension": "ROWS", "startIndex": 1, "endIndex": 2,
        }}}, write(1, 0, "first")],
        "includeSpreadsheetInResponse": true,
        "responseRanges": ["'My leads'!1:3"],
        "responseIncludeGridData": true,
    });
    let path = format!(
        "v4/spreadsheets/{BOOK}:batchUpdate?fields=updatedSpreadsheet.sheets(\
         properties.sheetId,data.rowData.values.userEnteredValue)"
    );
    let (status, answer) = world.post(&path, &batch).await;
    assert_eq!(status, 200, "{answer}");
    let text = |text: &str| json!({"userEnteredValue": {"stringValue": text}});
    let number = json!({"userEnteredValue": {"numberValue": 12.0}});
    assert_eq!(
        answer,
        json!({"updatedSpreadsheet": {"sheets": [{
            "properties": {"sheetId": 7},
            "data": [{"rowData": [
                {"values": [text("Company"), text("Domain"), text("Score")]},
                {"values": [text("first")]},
                {"values": [text("Acme"), text("acme.com"), number]},
            ]}],
        }]}})
    );
    let mut unknown = batch;
    unknown["responseRanges"] = json!(["Nope"]);
    assert_eq!(world.post(&path, &unknown).await.0, 400);
    world.google.book(BOOK, |book| {
        assert_eq!(book.tab("My leads").row_count, 1001);
        assert_eq!(book.version, 2);
    });
}

#[tokio::test]
async fn a_tab_is_added_once() {
    let world = World::new().await;
    let add = |id: i32, title: &str| {
        json!([{"addSheet": {"properties": {
            "sheetId": id, "title": title, "index": 0, "gridProperties": {"frozenRowCount": 1},
        }}}])
    };
    let (status, answer) = world.requests(add(5, "Report")).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["replies"][0]["addSheet"]["properties"]["sheetId"], 5);
    assert_eq!(world.requests(add(5, "Another")).await.0, 400);
    assert_eq!(world.requests(add(6, "report")).await.0, 400);
    world.google.book(BOOK, |book| {
        assert_eq!(book.index_of("Report"), Some(0));
        assert_eq!(book.tabs.len(), 3);
    });
}

#[tokio::test]
async fn what_is_protected_or_only_to_be_read_stays_as_it_is() {
    let world = World::new().await;
    world.google.book(BOOK, |book| {
        let area = Area {
            rows: 0..1000,
            cols: 2..3,
        };
        book.protect("My leads", Some(area));
    });
    assert_eq!(world.requests(json!([write(1, 1, "free")])).await.0, 200);
    let (status, answer) = world.requests(json!([write(1, 2, "kept")])).await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("You are trying to edit a protected cell or object."));
    world.google.book(BOOK, |book| {
        book.share_with(crate::google::ACCOUNT, Role::Reader);
    });
    assert_eq!(world.requests(json!([write(1, 1, "free")])).await.0, 403);
    assert_eq!(world.get(&format!("v4/spreadsheets/{BOOK}")).await.0, 200);
}

#[tokio::test]
async fn values_are_written_raw_or_as_if_typed() {
    let world = World::new().await;
    let path = format!("v4/spreadsheets/{BOOK}/values:batchUpdate");
    for (option, expected) in [("RAW", "=1"), ("USER_ENTERED", "1")] {
        let body = json!({
            "valueInputOption": option,
            "data": [{"range": "Log!A1", "values": [["=1", null, "-2"]]}],
        });
        let (status, answer) = world.post(&path, &body).await;
        assert_eq!(status, 200, "{answer}");
        let shown = world.google.book(BOOK, |book| book.shown("Log", 0, 0));
        assert_eq!(shown, expected);
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let world = World::new().await;
    let (status, _) = world
        .requests(json!([write(1, 0, &"x".repeat(50_000))]))
        .await;
    assert_eq!(status, 200);
    let (status, answer) = world
        .requests(json!([write(1, 0, &"x".repeat(50_001))]))
        .await;
    assert_eq!(status, 400, "{answer}");
    let (status, _) = world
        .requests(json!([write(1, 0, &"x".repeat(11_000_000))]))
        .await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_choice_stays_with_its_column_and_a_format_rule_with_its_rows() {
    let world = World::new().await;
    let rule = json!({"condition": {"type": "ONE_OF_LIST", "values": [
        {"userEnteredValue": "yes"},
    ]}});
    let range =
        json!({"sheetId": 7, "startRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 2});
    let green = json!({
        "ranges": [{"sheetId": 7, "startRowIndex": 1, "endRowIndex": 4}],
        "booleanRule": {
            "condition": {"type": "NOT_BLANK"},
            "format": {"backgroundColor": {"green": 0.9}},
        },
    });
    let (status, answer) = world
        .requests(json!([
            {"setDataValidation": {"range": range, "rule": rule}},
            {"addConditionalFormatRule": {"rule": green, "index": 0}},
        ]))
        .await;
    assert_eq!(status, 200, "{answer}");
    world.google.book(BOOK, |book| {
        book.move_column("My leads", 1, 3);
        book.insert_columns("My leads", 0, 1);
        book.insert_rows("My leads", 2, 5);
        let tab = book.tab("My leads");
        assert_eq!(book.column("My leads", "Domain"), Some(4));
        assert_eq!(tab.validation(1, 4), Some(&rule));
        assert_eq!(tab.validation(0, 4), None);
        assert_eq!(tab.validation(1, 3), None);
        assert_eq!(tab.conditional_formats[0]["ranges"][0]["endRowIndex"], 9);
        book.delete_columns("My leads", 4, 1);
        assert!(book.tab("My leads").validations.is_empty());
    });
}

#[tokio::test]
async fn columns_are_moved_and_removed_and_rows_are_added() {
    let world = World::new().await;
    let range = |dimension: &str, start: i32, end: i32| json!({"sheetId": 7, "dimension": dimension, "startIndex": start, "endIndex": end});
    let (status, answer) = world
        .requests(json!([
            {"moveDimension": {"source": range("COLUMNS", 0, 1), "destinationIndex": 3}},
            {"deleteDimension": {"range": range("ROWS", 1, 2)}},
            {"appendDimension": {"sheetId": 7, "dimension": "ROWS", "length": 10}},
            {"updateSheetProperties": {
                "properties": {"sheetId": 7, "title": "Moved", "index": 2},
                "fields": "title,index",
            }},
        ]))
        .await;
    assert_eq!(status, 200, "{answer}");
    world.google.book(BOOK, |book| {
        assert_eq!(book.index_of("Moved"), Some(1));
        assert_eq!(book.rows("Moved")[0], ["Domain", "Score", "Company"]);
        assert_eq!(book.rows("Moved")[1], ["", "7.5", "Globex"]);
        assert_eq!(book.tab("Moved").row_count, 1009);
    });
}

#[tokio::test]
async fn a_request_the_stand_in_does_not_know_is_refused() {
    let world = World::new().await;
    let merge = json!([{"mergeCells": {"range": {"sheetId": 7}, "mergeType": "MERGE_ALL"}}]);
    assert_eq!(world.requests(merge).await.0, 400);
    let unknown = json!([{"paintCells": {}}]);
    let (status, answer) = world.requests(unknown).await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("Unknown name \"paintCells\" at 'requests[0]'"));
    assert_eq!(world.requests(json!([])).await.0, 400);
}
