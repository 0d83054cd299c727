//! The page about the system, and what the dashboard tells of days and problems.

use reqwest::Method;
use serde_json::json;

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};
use crate::webhooks::send_signed;

async fn page(service: &Warmsheet, path: &str) -> String {
    let answer = service.request(Method::GET, path).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.expect("a page")
}

async fn until_page(service: &Warmsheet, path: &str, says: &[&str]) -> String {
    eventually(&format!("{path} says {says:?}"), || async {
        let page = page(service, path).await;
        match says.iter().find(|text| !page.contains(**text)) {
            None => Ok(page),
            Some(missing) => Err(format!("{missing} is missing: {page}")),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_of_the_endpoint_what_it_delivered_and_what_came_in() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let bind = world
        .settings
        .iter()
        .find(|(name, _)| *name == "WARMSHEET_BIND");
    let url = format!("http://{}", bind.expect("an address").1);
    world.set("WARMSHEET_PUBLIC_URL", url.clone());
    let service = world.serve().await;
    let added = service.add(&["acme.com"]).await;
    service
        .until_status(added[0]["id"].as_str().expect("an id"), "completed")
        .await;
    let endpoint = format!("{url}/webhooks/citedy");
    let says = [
        "The endpoint is registered and a secret is set.",
        endpoint.as_str(),
        "this service",
        "warm_lead.completed",
        "delivered",
        "held here",
        "a minute",
        env!("CARGO_PKG_VERSION"),
        "No callback with a wrong signature has come",
    ];
    let page = until_page(&service, "/system", &says).await;
    assert!(!page.contains("whsec_"), "no secret is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_nobody_signed_are_counted() {
    let mut world = World::slow().await;
    world.set("CITEDY_WEBHOOK_SECRETS", crate::webhooks::SECRET);
    let service = world.serve().await;
    for _ in 0..3 {
        let forged = service.request(Method::POST, "/webhooks/citedy").body("{}");
        let forged = forged
            .header("X-Citedy-Signature-256", "v1=00")
            .send()
            .await;
        assert_eq!(forged.expect("an answer").status(), 401);
    }
    until_page(
        &service,
        "/system",
        &["<strong>3</strong> callbacks were turned away"],
    )
    .await;
    let event = json!({"event_id": "evt_1", "event_type": "billing.credits_low", "data": {}});
    let status = send_signed(&service, event.to_string().into_bytes()).await;
    assert_eq!(status, 200);
    until_page(&service, "/system", &["billing.credits_low"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_read_is_told_on_the_dashboard_and_on_the_page() {
    let mut world = World::new().await;
    let lists = world.lists();
    world.set("WARMSHEET_SYNC_SECONDS", "1");
    let service = world.serve().await;
    until_page(&service, "/system", &["Watched folder: lists read"]).await;
    std::fs::remove_dir_all(&lists).expect("removed");
    until_page(&service, "/", &["folder: "]).await;
    until_page(
        &service,
        "/system",
        &["Watched folder: lists read", "class=\"trouble\""],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_draws_what_was_finished_and_spent_today() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let before = page(&service, "/").await;
    assert!(
        !before.contains("The last 30 days"),
        "there is nothing to draw yet"
    );
    for domain in ["acme.com", "globex.com"] {
        let added = service.add(&[domain]).await;
        let id = added[0]["id"].as_str().expect("an id").to_owned();
        service.until_status(&id, "completed").await;
    }
    let today = chrono::Utc::now().format("%Y-%m-%d");
    let leads = format!("{today}: 2 leads");
    let credits = format!("{today}: 80 credits");
    until_page(&service, "/", &["The last 30 days", &leads, &credits]).await;
}
