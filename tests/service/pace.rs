//! When runs are looked at, against a sandbox with limits of its own.

use warmsheet::sandbox::SandboxConfig;

use crate::support::World;
use crate::support::warmsheet::Warmsheet;

const SPEED: f64 = 60.0;

async fn world(config: SandboxConfig) -> World {
    let mut world = World::with(SandboxConfig {
        speed: SPEED,
        ..config
    })
    .await;
    world.set("CITEDY_SANDBOX_SPEED", SPEED.to_string());
    world
}

async fn finish(service: &Warmsheet, name: &str, leads: u64) {
    let before = service.status().await["leads"]["completed"].clone();
    let before = before.as_u64().expect("a count");
    let domains: Vec<String> = (0..leads).map(|n| format!("{name}-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains).await;
    service.until_count("completed", before + leads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_runs_under_way_is_found_out_and_every_lead_is_bought_once() {
    let mut world = world(SandboxConfig {
        live_runs: Some(3),
        ..World::calm()
    })
    .await;
    world.with_webhooks().await;
    let service = world.serve().await;
    finish(&service, "acme", 15).await;
    let ledger = world.ledger().await;
    assert_eq!(ledger["total"], 600, "{ledger}");
    let refused = ledger["refused_429"].as_u64().expect("a count");
    assert!((1..=15).contains(&refused), "{ledger}");
    // What was refused said nothing about requests: the budget is what it was.
    let log = service.log();
    assert!(
        !log.contains("\"message\":\"Citedy asked to slow down\""),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_took_is_known_after_a_restart() {
    let world = world(World::calm()).await;
    let service = world.serve().await;
    finish(&service, "acme", 12).await;
    service.kill().await;
    let service = world.serve().await;
    finish(&service, "globex", 12).await;
    let log = service.log();
    let told = log
        .lines()
        .find(|line| line.contains("knows how long runs take"));
    let told: serde_json::Value = serde_json::from_str(told.expect("a line")).expect("JSON");
    assert_eq!(told["runs"], 12, "{told}");
    let ledger = world.ledger().await;
    assert_eq!(ledger["total"], 24 * 40, "{ledger}");
    assert_eq!(ledger["refused_429"], 0, "{ledger}");
}
