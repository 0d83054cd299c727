//! One cap for all.

use serde_json::json;

use crate::Shared;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_of_two_keys_share_the_cap() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_DAILY_CREDITS", "400");
    world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    let shared = Shared::of(world).await;
    let one = shared.serve().await;
    let two = shared
        .serve_as(&[("CITEDY_API_KEY", "citedy_agent_other")])
        .await;
    crate::until_owner(&one).await;
    crate::until_owner(&two).await;
    let domains: Vec<String> = (0..40).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    one.add(&domains).await;
    let status = one.until_count("waiting", 10).await;
    assert_eq!(status["leads"]["queued"], 30);
    assert_eq!(status["capReached"], true);
    eventually("both say so", || async {
        let status = two.status().await;
        match status["credits"]["today"].as_i64() {
            Some(400) => Ok(()),
            _ => Err(status.to_string()),
        }
    })
    .await;
    assert_eq!(shared.world.ledger().await["total"], 400);
    two.post("/api/v1/pause", &json!({})).await;
}
