//! One instance drives the key; when it is gone another one does.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{World, eventually};
use crate::{Shared, until_owner};

const SECRET: &str = "whsec_test";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_accepts_another_one_starts() {
    let shared = Shared::of(World::new().await).await;
    let (owner, other) = shared.two().await;
    let added = other.add(&["acme.com", "globex.com"]).await;
    for lead in &added {
        let id = lead["id"].as_str().expect("an id");
        other.until_status(id, "completed").await;
    }
    assert_eq!(owner.status().await["leads"], other.status().await["leads"]);
    assert!(!other.log().contains("\"started\""), "{}", other.log());
    assert_eq!(shared.world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_another_instance_receives_is_acted_on_by_the_owner() {
    let mut world = World::slow().await;
    world.set("CITEDY_WEBHOOK_SECRETS", SECRET);
    let shared = Shared::of(world).await;
    let (_owner, other) = shared.two().await;
    let added = other.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    let lead = other.until_status(id, "waiting").await;
    let body = json!({
        "event_id": "evt_1", "event_type": "warm_lead.completed", "api_version": "2026-02-25",
        "timestamp": "2026-02-25T10:00:00.000Z", "tenant_id": "t", "agent_id": "a",
        "data": {"run_id": lead["runId"]},
    });
    shared.world.finish_all().await;
    let (signature, body) = crate::support::signed(SECRET, &body);
    let request = other.request(Method::POST, "/webhooks/citedy").body(body);
    let request = request.header("X-Citedy-Signature-256", signature);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    other.until_status(id, "completed").await;
    // The first look of its own would have come later: this one was the hint's.
    let ledger = shared.world.ledger().await;
    assert_eq!(
        ledger["requests"]["GET /api/agent/citedy-warm-lead/{id}"],
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_is_killed_another_one_goes_on_with_its_runs() {
    let shared = Shared::of(World::slow().await).await;
    let (owner, other) = shared.two().await;
    other.add(&["acme.com", "globex.com"]).await;
    other.until_count("waiting", 2).await;
    owner.kill().await;
    shared.world.finish_all().await;
    until_owner(&other).await;
    other.until_count("completed", 2).await;
    other.add(&["initech.com"]).await;
    other.until_count("waiting", 1).await;
    assert_eq!(shared.world.charged().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_told_to_stop_hands_over_at_once() {
    let shared = Shared::of(World::new().await).await;
    let (owner, other) = shared.two().await;
    assert_eq!(owner.terminate().await, Some(0));
    until_owner(&other).await;
    other.add(&["acme.com"]).await;
    other.until_count("completed", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_slept_through_its_lease_starts_nothing_and_stands_by() {
    let shared = Shared::of(World::new().await).await;
    let (sleeper, other) = shared.two().await;
    sleeper.signal("STOP");
    until_owner(&other).await;
    other.add(&["acme.com"]).await;
    other.until_count("completed", 1).await;
    sleeper.signal("CONT");
    eventually("the sleeper knows that it is not the owner", || async {
        match sleeper.log() {
            log if log.contains("another instance may work now") => Ok(()),
            log => Err(log),
        }
    })
    .await;
    other.add(&["globex.com"]).await;
    other.until_count("completed", 2).await;
    assert_eq!(shared.world.ledger().await["total"], 80);
}
