use serde_json::json;

use crate::support::World;
use crate::support::warmsheet::{call, words};

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_set_up_is_told_with_agent_and_balance() {
    let mut world = World::new().await;
    world.lists();
    world.control("credits", json!({"credits": 4000})).await;
    let output = call(&world, &["check"]).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(
        words.contains("4,000 credits (40.00 USD), enough for 100 reports"),
        "{words}"
    );
    assert!(words.contains("All is well"));
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_are_few_are_noted_and_no_fault() {
    let world = World::new().await;
    world.control("credits", json!({"credits": 160})).await;
    let output = call(&world, &["check"]).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(
        words.contains("160 credits (1.60 USD) are left, enough for 4 reports"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_named_with_its_remedy_and_one_does_not_hide_the_next() {
    let mut world = World::new().await;
    world.set("CITEDY_API_KEY", "citedy_agent_revoked_one");
    world.set("WARMSHEET_WATCH_DIR", "/nowhere/at/all");
    world.set("DATABASE_URL", "sqlite:///nowhere/at/all/warmsheet.db");
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.acme.com");
    let output = call(&world, &["check"]).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    for (fault, remedy) in [
        ("403", "Citedy account"),
        ("/nowhere/at/all is not a folder", "mkdir"),
        ("database", "DATABASE_URL"),
    ] {
        assert!(
            words.contains(fault) && words.contains(remedy),
            "{fault}: {words}"
        );
    }
    assert!(!words.contains("revoked_one"), "no key is ever shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_configuration_are_all_told_at_once() {
    let mut world = World::new().await;
    world.set("CITEDY_BASE_URL", "http://example.com");
    world.set("WARMSHEET_DAILY_CREDITS", "lots");
    world.set("WARMSHEET_BIND", "0.0.0.0:80");
    let output = call(&world, &["check"]).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(1));
    for name in [
        "CITEDY_BASE_URL",
        "WARMSHEET_DAILY_CREDITS",
        "WARMSHEET_BIND",
        "3 faults",
    ] {
        assert!(words.contains(name), "{name}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_nobody_registered_is_a_fault_until_it_is() {
    let mut world = World::new().await;
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.acme.com");
    let output = call(&world, &["check"]).await;
    assert!(
        words(&output).contains("warmsheet webhook register"),
        "{}",
        words(&output)
    );
    call(&world, &["webhook", "register"]).await;
    let output = call(&world, &["check"]).await;
    assert!(
        words(&output).contains("no secret is set"),
        "{}",
        words(&output)
    );
    world.set("CITEDY_WEBHOOK_SECRETS", "whsec_any");
    let output = call(&world, &["check"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
}
