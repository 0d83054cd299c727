//! What a person asks Citedy for, on whichever instance.

use crate::Shared;
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_does_not_drive_the_key_serves_citedys_export_too() {
    let world = World::new().await;
    let shared = Shared::of(world).await;
    let (owner, other) = shared.two().await;
    let added = other.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    let lead = other.until_status(id, "completed").await;
    let run = lead["runId"].as_str().expect("a run");
    let told = other.get(&format!("/leads/{id}/citedy.json")).await;
    let path = format!("/api/agent/citedy-warm-lead/{run}/export?format=json");
    let theirs = shared.world.sandbox.try_get(&path).await;
    assert_eq!(told, theirs.expect("the sandbox's answer"));
    // The owner finds the same answer where it was stored.
    assert_eq!(owner.get(&format!("/leads/{id}/citedy.json")).await, told);
    let requests = &shared.world.ledger().await["requests"];
    assert_eq!(requests["GET /api/agent/citedy-warm-lead/{id}/export"], 2);
}
