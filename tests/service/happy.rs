use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_becomes_a_report_by_webhook_with_two_requests() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let added = service.add(&["https://www.Acme.com/"]).await;
    assert_eq!(added[0]["normalizedDomain"], "acme.com");
    let id = added[0]["id"].as_str().expect("an id");
    let lead = service.until_status(id, "completed").await;
    assert_eq!(lead["credits"], 40);
    assert_eq!(lead["delivery"], "done");
    assert!(!lead["rows"].as_array().expect("rows").is_empty());
    assert_eq!(lead["rows"][0]["lead_id"], id);
    assert_eq!(lead["rows"][0]["row"], 1);
    let ledger = world.ledger().await;
    assert_eq!(ledger["total"], 40);
    let looks = &ledger["requests"]["GET /api/agent/citedy-warm-lead/{id}"];
    assert_eq!(looks, 1, "the webhook makes one fetch enough: {ledger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_webhook_polling_finds_the_result() {
    let world = World::new().await;
    let service = world.serve().await;
    let added = service.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, "completed").await;
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn good_and_bad_rows_each_reach_their_own_end() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let domains = [
        "acme.com",
        "blocked-acme.com",
        "failed-acme.com",
        "norows-acme.com",
        "hostile-acme.com",
        "acme.com/about",
        "linkedin.com/company/acme",
    ];
    let added = service.add(&domains).await;
    assert_eq!(added[5]["status"], "rejected");
    assert_eq!(added[5]["reason"], "has a path; did you mean acme.com?");
    for (index, status) in [
        (0, "completed"),
        (1, "blocked"),
        (2, "failed"),
        (3, "completed"),
        (4, "completed"),
    ] {
        let id = added[index]["id"].as_str().expect("an id");
        let lead = service.until_status(id, status).await;
        let rows = lead["rows"].as_array().expect("rows");
        assert!(!rows.is_empty(), "{} has no row", domains[index]);
    }
    assert_eq!(world.ledger().await["total"], 5 * 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_of_a_change() {
    let world = World::new().await;
    let service = world.serve().await;
    let mut events = service
        .request(reqwest::Method::GET, "/api/v1/events")
        .send()
        .await
        .expect("a stream");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let heard = tokio::spawn(async move {
        let mut text = String::new();
        while let Ok(Some(chunk)) = events.chunk().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
            if text.contains("event: change") {
                return true;
            }
        }
        false
    });
    // The listener may come up after the first change: changes go on until it has heard one.
    eventually("a change is heard", || async {
        if heard.is_finished() {
            return Ok(());
        }
        service.add(&["acme.com/not-usable"]).await;
        Err("nothing heard".to_owned())
    })
    .await;
    assert!(heard.await.expect("a listener"));
}
