//! The process is killed in every state and started again: same result, one charge.

use serde_json::json;

use crate::support::warmsheet::call;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_queued_held_or_waiting_everything_goes_on() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "2");
    let service = world.serve().await;
    let waiting = service.add(&["acme.com", "globex.com"]).await;
    service.until_count("waiting", 2).await;
    let held = service
        .add(&["a-one.com", "a-two.com", "a-three.com"])
        .await;
    assert_eq!(held[0]["status"], "held");
    service.post("/api/v1/pause", &json!({})).await;
    let queued = service.add(&["initech.com"]).await;
    service.kill().await;
    assert_eq!(world.ledger().await["total"], 80);

    let service = world.serve().await;
    let status = service.status().await;
    assert_eq!(status["leads"]["waiting"], 2, "{status}");
    assert_eq!(status["leads"]["held"], 3);
    assert_eq!(status["leads"]["queued"], 1, "a pause outlives the process");
    service.post("/api/v1/resume", &json!({})).await;
    let id = queued[0]["id"].as_str().expect("an id");
    service.until_status(id, "waiting").await;
    world.finish_all().await;
    for lead in &waiting {
        let id = lead["id"].as_str().expect("an id");
        service.until_status(id, "completed").await;
    }
    assert_eq!(world.ledger().await["total"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_start_was_answered_the_same_key_goes_out_and_charges_once() {
    for fault in ["hang", "lost", "500"] {
        let mut world = World::new().await;
        world.with_webhooks().await;
        let service = world.serve().await;
        world.faults(&[&format!("{fault}=1.0")]).await;
        let added = service.add(&["acme.com"]).await;
        let id = added[0]["id"].as_str().expect("an id");
        service.until_status(id, "starting").await;
        eventually("the call has arrived", || async {
            let ledger = world.ledger().await;
            match ledger["requests"]["POST /api/agent/citedy-warm-lead"].as_u64() {
                Some(1..) => Ok(()),
                _ => Err(ledger.to_string()),
            }
        })
        .await;
        service.kill().await;
        world.faults(&[]).await;
        let service = world.serve().await;
        let lead = service.until_status(id, "completed").await;
        assert_eq!(lead["attempt"], 1, "{fault}");
        assert_eq!(world.charged().await, ["acme.com"], "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_end_everything_is_still_as_it_was() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    service
        .add(&["acme.com", "blocked-acme.com", "failed-acme.com", "acme"])
        .await;
    service.until_count("failed", 1).await;
    service.until_count("blocked", 1).await;
    service.until_count("completed", 1).await;
    world.faults(&["409=1.0"]).await;
    service.add(&["parked-acme.com"]).await;
    service.until_count("parked", 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    let added = service.add(&["cancelled-acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service
        .post(&format!("/api/v1/leads/{id}/cancel"), &json!({}))
        .await;
    service.post("/api/v1/resume", &json!({})).await;
    let before = service.get("/api/v1/leads").await;
    let report = service.lead_of("blocked-acme.com").await;
    service.kill().await;
    let service = world.serve().await;
    assert_eq!(service.get("/api/v1/leads").await, before);
    assert_eq!(service.lead_of("blocked-acme.com").await, report);
    let leads = service.status().await["leads"].clone();
    for status in [
        "completed",
        "blocked",
        "failed",
        "rejected",
        "parked",
        "cancelled",
    ] {
        assert_eq!(leads[status], 1, "{status}: {leads}");
    }
    assert_eq!(world.ledger().await["total"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_ends_cleanly_and_sends_nothing_more() {
    let mut world = World::slow().await;
    // One request a second, so that the queue outlasts the test.
    world.set("CITEDY_REQUESTS_PER_MINUTE", "60");
    let service = world.serve().await;
    service
        .add(&[
            "a-one.com",
            "a-two.com",
            "a-three.com",
            "a-four.com",
            "a-five.com",
        ])
        .await;
    service.until_count("waiting", 1).await;
    assert_eq!(service.terminate().await, Some(0));
    let charged = world.ledger().await["total"].as_i64().expect("a total");
    assert!(
        charged < 200,
        "the queue is left for the next start: {charged}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_with_a_call_that_never_answers_it_still_ends_in_time() {
    let world = World::slow().await;
    let service = world.serve().await;
    world.faults(&["hang=1.0"]).await;
    let added = service.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, "starting").await;
    let started = std::time::Instant::now();
    assert_eq!(service.terminate().await, Some(0));
    // The call itself is given up after 25 seconds only.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_the_same_file_says_so_and_ends() {
    let mut world = World::new().await;
    // Several instances may share a server, whatever the other tests run on.
    world.set("DATABASE_URL", "sqlite://warmsheet.db");
    let service = world.serve().await;
    let second = call(&world, &["serve"]).await;
    let words = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{words}");
    assert!(words.contains("another warmsheet already works"), "{words}");
    assert_eq!(
        service.status().await["leads"]["queued"],
        0,
        "the first goes on"
    );
}
