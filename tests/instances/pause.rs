//! The stop that stops, on whichever instance it was said.

use serde_json::json;

use crate::Shared;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_pause_on_one_instance_no_other_sends_a_paid_call() {
    let mut world = World::slow().await;
    world.set("CITEDY_REQUESTS_PER_MINUTE", "240");
    let shared = Shared::of(world).await;
    let (owner, other) = shared.two().await;
    let domains: Vec<String> = (0..60).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    other.add(&domains[..20]).await;
    eventually("starts are under way", || async {
        match shared.paid_calls().await {
            1.. => Ok(()),
            none => Err(none.to_string()),
        }
    })
    .await;
    other.post("/api/v1/pause", &json!({})).await;
    let before = shared.paid_calls().await;
    other.add(&domains[20..]).await;
    // The owner works meanwhile: it looks at the runs that are under way.
    shared.world.finish_all().await;
    let done = owner.status().await["leads"]["waiting"].as_u64();
    owner.until_count("completed", done.expect("a count")).await;
    assert_eq!(shared.paid_calls().await, before);
    assert!(before < 20, "the pause came too late to show anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_waits_for_an_owner_that_hangs_in_a_paid_call() {
    let shared = Shared::of(World::new().await).await;
    let (_owner, other) = shared.two().await;
    shared.world.faults(&["hang:start=1.0"]).await;
    let added = other.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    eventually("the call has arrived", || async {
        match shared.paid_calls().await {
            1.. => Ok(()),
            none => Err(none.to_string()),
        }
    })
    .await;
    other.post("/api/v1/pause", &json!({})).await;
    // The call had to time out first: its outcome is known to be unknown by now.
    let lead = other.lead(id).await;
    assert_eq!(lead["status"], "starting", "{lead}");
    assert_ne!(lead["message"], "", "{lead}");
    shared.world.faults(&[]).await;
    let before = shared.paid_calls().await;
    other.post("/api/v1/pause", &json!({})).await;
    assert_eq!(shared.paid_calls().await, before, "no resend while paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_sleeps_holds_a_pause_up_until_its_lease_ends_and_then_sends_nothing() {
    let shared = Shared::of(World::slow().await).await;
    let (owner, other) = shared.two().await;
    owner.signal("STOP");
    other.add(&["acme.com"]).await;
    other.post("/api/v1/pause", &json!({})).await;
    owner.signal("CONT");
    eventually("the sleeper has stood back", || async {
        match owner.log() {
            log if log.contains("another instance may work now") => Ok(()),
            log => Err(log),
        }
    })
    .await;
    assert_eq!(shared.paid_calls().await, 0);
    other.post("/api/v1/resume", &json!({})).await;
    other.until_count("waiting", 1).await;
}
