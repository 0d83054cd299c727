use serde_json::Value;

use crate::support::World;
use crate::support::warmsheet::{Warmsheet, call, words};

/// A service that has bought two reports.
async fn after_two_reports() -> (World, Warmsheet) {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    service.add(&["acme.com", "globex.com"]).await;
    service.until_count("completed", 2).await;
    (world, service)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_tells_each_attempt_and_what_all_come_to() {
    let (world, _service) = after_two_reports().await;
    let output = call(&world, &["ledger"]).await;
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    let line = text.lines().find(|line| line.contains("acme.com"));
    let line = line.expect("the attempt");
    assert!(line.contains("ws-L") && line.contains("started"), "{line}");
    assert!(line.contains("  api  "), "{line}");
    assert!(
        text.contains("2 attempts: 80 credits (0.80 USD) charged"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_by_its_ending_and_its_totals_are_told() {
    let (world, _service) = after_two_reports().await;
    for name in ["ledger.csv", "ledger.json"] {
        let output = call(&world, &["ledger", "-o", name]).await;
        let text = words(&output);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("2 attempts: 80 credits"), "{text}");
    }
    let json = std::fs::read_to_string(world.path("ledger.json")).expect("the file");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["totals"]["charged"], 80);
    let csv = std::fs::read_to_string(world.path("ledger.csv")).expect("the file");
    assert_eq!(csv.lines().count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_narrow_it_and_what_makes_no_sense_is_told() {
    let (world, _service) = after_two_reports().await;
    let output = call(
        &world,
        &["ledger", "--to", "2001-01-01", "--format", "json"],
    )
    .await;
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["totals"]["attempts"], 0);
    for (arguments, code, word) in [
        (
            vec!["--from", "2026-02-01", "--to", "2026-01-01"],
            1,
            "is after",
        ),
        (vec!["-o", "ledger.pdf"], 1, "--format"),
        (vec!["--from", "yesterday"], 2, "yesterday"),
    ] {
        let output = call(&world, &[vec!["ledger"], arguments.clone()].concat()).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(words(&output).contains(word), "{}", words(&output));
    }
}
