//! Results that were kept long enough are gone, and everything says so.

use sqlx::Connection as _;

use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_old_result_is_removed_and_the_lead_says_so_everywhere() {
    let mut world = World::new().await;
    // The test makes a stored result older, which it does in a file.
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    world.with_webhooks().await;
    let service = world.serve().await;
    service.add(&["acme.com"]).await;
    service.until_count("completed", 1).await;
    let lead = service.lead_of("acme.com").await;
    let id = lead["id"].as_str().expect("an id").to_owned();
    assert!(lead["rows"].as_array().is_some_and(|rows| !rows.is_empty()));
    service.terminate().await;
    let url = format!("sqlite://{}", world.path("warmsheet.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url)
        .await
        .expect("the file");
    sqlx::query("UPDATE result SET stored_at = '2020-01-01T00:00:00.000000+00:00'")
        .execute(&mut database)
        .await
        .expect("made older");
    database.close().await.expect("closed");

    world.set("WARMSHEET_RETENTION_DAYS", "30");
    let service = world.serve().await;
    let lead = eventually("the result is removed", || async {
        let lead = service.lead(&id).await;
        match lead["removed"]["afterDays"].as_i64() {
            Some(30) => Ok(lead),
            _ => Err(lead.to_string()),
        }
    })
    .await;
    assert_eq!(
        (&lead["status"], &lead["credits"]),
        (&"completed".into(), &40.into())
    );
    assert_eq!(lead["rows"], serde_json::json!([]));
    assert!(lead["result"].is_null() && lead["run"].is_null(), "{lead}");
    let told = "The result was removed after 30 days";
    assert!(
        lead["message"]
            .as_str()
            .is_some_and(|text| text.starts_with(told)),
        "{lead}"
    );
    let page = service.bytes(&format!("/leads/{id}")).await;
    assert!(String::from_utf8_lossy(&page).contains(told));
    let export = service.bytes("/exports/leads.json").await;
    let export = String::from_utf8_lossy(&export).into_owned();
    assert!(
        export.contains(told) && !export.contains("Sample Person"),
        "{export}"
    );
    // It serves nobody: the next row is bought.
    service.add(&["acme.com"]).await;
    service.until_count("completed", 2).await;
    assert_eq!(world.charged().await.len(), 2);
}
