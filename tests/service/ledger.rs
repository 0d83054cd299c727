//! The ledger agrees with Citedy's own books to the credit.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::warmsheet::{Warmsheet, call};
use crate::support::{World, eventually};

/// Sends one domain into a fault and waits for what becomes of it.
async fn meets(world: &World, service: &Warmsheet, fault: &str, domain: &str, status: &str) {
    world.faults(&[&format!("{fault}=1.0")]).await;
    let added = service.add(&[domain]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, status).await;
    world.faults(&[]).await;
}

/// Every page of the ledger, two attempts at a time.
async fn attempts(service: &Warmsheet) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = service
            .get(&format!("/api/v1/ledger?limit=2&cursor={cursor}"))
            .await;
        all.extend(page["attempts"].as_array().expect("attempts").clone());
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return all,
        }
    }
}

/// Credits by idempotency key, as the sandbox has charged them.
async fn charges(world: &World) -> BTreeMap<String, i64> {
    let ledger = world.ledger().await;
    let charges = ledger["charges"].as_array().expect("charges").clone();
    charges
        .iter()
        .map(|charge| {
            let key = charge["idempotency_key"].as_str().expect("a key");
            (key.to_owned(), charge["credits"].as_i64().expect("credits"))
        })
        .collect()
}

fn of<'a>(attempts: &'a [Value], domain: &str) -> &'a Value {
    let found = attempts.iter().find(|attempt| attempt["domain"] == domain);
    found.unwrap_or_else(|| panic!("no attempt for {domain}: {attempts:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn its_sum_is_what_citedy_charged_whatever_became_of_the_answers() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    meets(&world, &service, "400", "invalid.com", "rejected").await;
    meets(&world, &service, "409", "in-use.com", "parked").await;
    // Processed and charged, but the answers are lost or nonsense.
    world.faults(&["lost=0.5", "malformed=0.5"]).await;
    service
        .add(&["a-one.com", "a-two.com", "failed-a-three.com"])
        .await;
    eventually("answers were lost", || async {
        let status = service.status().await;
        match status["credits"]["reserved"].as_i64() {
            Some(80..) => Ok(()),
            _ => Err(status.to_string()),
        }
    })
    .await;
    let open = service.get("/api/v1/ledger").await;
    assert!(open["totals"]["open"].as_i64() >= Some(1), "{open}");
    assert_eq!(
        of(open["attempts"].as_array().expect("attempts"), "a-one.com")["charged"],
        Value::Null
    );
    // Refused this time, and told later by the same key.
    world.faults(&["429=1.0"]).await;
    service.add(&["later.com"]).await;
    world.faults(&[]).await;
    service.until_count("completed", 3).await;
    service.until_count("failed", 1).await;

    let attempts = attempts(&service).await;
    assert_eq!(attempts.len(), 6);
    let charged = charges(&world).await;
    assert_eq!(charged.len(), 4);
    for attempt in &attempts {
        let key = attempt["key"].as_str().expect("a key");
        let told = attempt["charged"].as_i64().unwrap_or(0);
        assert_eq!(told, charged.get(key).copied().unwrap_or(0), "{attempt}");
        assert_ne!(attempt["settledAt"], Value::Null, "{attempt}");
    }
    let unknown = of(&attempts, "in-use.com");
    assert_eq!(unknown["outcome"], "unknown");
    assert_eq!(
        (&unknown["charged"], &unknown["reserved"]),
        (&Value::Null, &json!(40))
    );
    assert_eq!(of(&attempts, "invalid.com")["outcome"], "rejected");
    assert!(of(&attempts, "a-one.com")["sent"].as_i64() >= Some(1));

    let totals = service.get("/api/v1/ledger").await;
    let expected = json!({"attempts": 6, "charged": 160, "reserved": 40, "open": 0, "unknown": 1});
    assert_eq!(totals["totals"], expected);
    assert_eq!(totals["unknown"][0]["key"], unknown["key"]);
    assert_eq!(world.ledger().await["total"], 160);

    let csv = String::from_utf8(service.bytes("/api/v1/ledger.csv").await).expect("UTF-8");
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().expect("headers").clone();
    let column = headers
        .iter()
        .position(|h| h == "charged")
        .expect("charges");
    let sum: i64 = reader
        .records()
        .filter_map(|record| record.expect("a record")[column].parse::<i64>().ok())
        .sum();
    assert_eq!(sum, 160);
    let page = String::from_utf8(service.bytes("/").await).expect("text");
    assert!(page.contains("href=\"/api/v1/ledger.csv\""), "{page}");

    // The command reads the same beside the running service.
    let output = call(&world, &["ledger", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&told["totals"], &told["attempts"]),
        (&expected, &json!(attempts))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_cannot_be_understood_is_asked_for_in_vain() {
    let world = World::new().await;
    let service = world.serve().await;
    for query in ["from=yesterday", "to=2026-13-01", "cursor=7", "limit=all"] {
        let answer = service
            .request(reqwest::Method::GET, &format!("/api/v1/ledger?{query}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 400, "{query}");
    }
    let empty = service
        .get("/api/v1/ledger?from=2026-01-01&to=2026-01-31")
        .await;
    assert_eq!(empty["totals"]["attempts"], 0);
}
