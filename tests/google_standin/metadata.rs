use serde_json::{Value, json};

use crate::support::{BOOK, World, message, write};

fn create(id: i32, key: &str, value: &str) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {
        "metadataId": id,
        "metadataKey": key,
        "metadataValue": value,
        "location": {"spreadsheet": true},
        "visibility": "DOCUMENT",
    }}})
}

fn by_id(id: i32) -> Value {
    json!({"developerMetadataLookup": {"metadataId": id}})
}

#[tokio::test]
async fn a_metadata_id_is_taken_once() {
    let world = World::new().await;
    let claim = json!([create(42, "claim", "first")]);
    assert_eq!(world.requests(claim).await.0, 200);
    let again = json!([write(1, 0, "not written"), create(42, "claim", "second")]);
    let (status, answer) = world.requests(again).await;
    assert_eq!(status, 400);
    assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
    assert!(message(&answer).contains("id 42 already exists"));
    world.google.book(BOOK, |book| {
        assert_eq!(book.metadata_value("claim"), Some("first"));
        assert_eq!(book.shown("My leads", 1, 0), "Acme");
    });
}

#[tokio::test]
async fn metadata_is_read_changed_and_removed() {
    let world = World::new().await;
    world.requests(json!([create(42, "claim", "first")])).await;
    let path = format!("v4/spreadsheets/{BOOK}/developerMetadata/42");
    let (status, answer) = world.get(&path).await;
    assert_eq!((status, &answer["metadataValue"]), (200, &json!("first")));
    let update = json!([{"updateDeveloperMetadata": {
        "dataFilters": [by_id(42)],
        "developerMetadata": {"metadataValue": "second"},
        "fields": "metadataValue",
    }}]);
    let (status, answer) = world.requests(update).await;
    assert_eq!(status, 200, "{answer}");
    let path =
        format!("v4/spreadsheets/{BOOK}?fields=developerMetadata(metadataKey,metadataValue)");
    let expected = json!({"metadataKey": "claim", "metadataValue": "second"});
    let (_, answer) = world.get(&path).await;
    assert_eq!(answer, json!({"developerMetadata": [expected]}));
    let delete = json!([{"deleteDeveloperMetadata": {"dataFilter": by_id(42)}}]);
    assert_eq!(world.requests(delete).await.0, 200);
    let path = format!("v4/spreadsheets/{BOOK}/developerMetadata/42");
    assert_eq!(world.get(&path).await.0, 404);
}

#[tokio::test]
async fn metadata_has_a_limit() {
    let world = World::new().await;
    let half = "x".repeat(15_000);
    let (status, _) = world.requests(json!([create(1, "a", &half)])).await;
    assert_eq!(status, 200);
    let (status, _) = world.requests(json!([create(2, "b", &half)])).await;
    assert_eq!(status, 400);
}
