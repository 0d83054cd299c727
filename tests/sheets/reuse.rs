//! Rows that a stored report serves.

use serde_json::json;

use crate::office::{Office, TAB};
use crate::support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_row_about_a_company_reported_elsewhere_is_served_and_says_from_where() {
    let office = Office::with_rows(&[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    let added = service.add(&["acme.com"]).await;
    let first = added[0]["id"].as_str().expect("an id");
    let rows = service.until_status(first, "completed").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    let status = office.until_shown("acme.com", "Status", "Reused: ").await;
    assert!(status.ends_with(&format!(" as {first}")), "{status}");
    let noun = if rows == 1 { "row" } else { "rows" };
    let message = format!("{rows} {noun}, 0 credits");
    office.until_shown("acme.com", "Message", &message).await;
    office.until_shown("acme.com", "Credits", "0").await;
    office.until_results("acme.com", rows).await;
    assert_eq!(office.charged().await, ["acme.com"]);

    // The row stays with its company: nothing is bought because it says something else now.
    office.book(|book| book.type_cell(TAB, 1, 0, "globex.com"));
    let said = office.until_shown("globex.com", "Status", "Reported").await;
    assert_eq!(said, "Reported for acme.com");
    office.after_syncs(&service, 3).await;
    assert_eq!(office.charged().await, ["acme.com"]);
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    office.until_shown("acme.com", "Status", "Reused").await;
    office.choose("acme.com", "Retry");
    office.until_shown("acme.com", "Status", "Done").await;
    assert_eq!(office.charged().await, ["acme.com", "acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_waits_for_the_same_report_says_so_wherever_that_is_bought() {
    let office = Office::of(
        crate::support::World::slow().await,
        &[&["Domain"], &["acme.com"]],
    )
    .await;
    let service = office.serve().await;
    office
        .until_shown("acme.com", "Status", "Waiting for approval")
        .await;
    let added = service.add(&["acme.com"]).await;
    let first = added[0]["id"].as_str().expect("an id");
    service.until_status(first, "waiting").await;
    office.choose("acme.com", "Approve");
    let said = format!("Queued: same as {first}");
    office.until_shown("acme.com", "Status", &said).await;
    office.finish_all().await;
    office.until_shown("acme.com", "Status", "Reused: ").await;
    let rows = service.lead(first).await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("acme.com", rows).await;
    eventually("nothing is left to deliver", || async {
        let lead = service.lead_of("acme.com").await;
        if lead["delivery"] == json!("done") {
            Ok(())
        } else {
            Err(lead.to_string())
        }
    })
    .await;
    assert_eq!(office.charged().await, ["acme.com"]);
}
