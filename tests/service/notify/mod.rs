//! Those who are to be told hear of it: whatever fails, dies or is slow in between.

mod faults;
mod limits;

use std::process::{Command, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::webhooks::{SECRET, send_signed};
use crate::support::receiver::{KEY, Message, PLANTED, Receiver, configure};
use crate::support::warmsheet::{Warmsheet, call, words};
use crate::support::{World, eventually};

/// A service that knows its targets already.
async fn serve(world: &World, targets: usize) -> Warmsheet {
    let service = world.serve().await;
    until_targets(&service, |known| known.len() == targets).await;
    service
}

/// Waits until the targets are as wanted.
async fn until_targets(service: &Warmsheet, fit: impl Fn(&[Value]) -> bool) -> Value {
    eventually("the targets are as wanted", || async {
        let seen = service.get("/api/v1/notices").await;
        match fit(seen["targets"].as_array().expect("targets")) {
            true => Ok(seen),
            false => Err(seen.to_string()),
        }
    })
    .await
}

async fn completed(service: &Warmsheet, domain: &str) -> String {
    let added = service.add(&[domain]).await;
    let id = added[0]["id"].as_str().expect("an id").to_owned();
    service.until_status(&id, "completed").await;
    id
}

/// The signature as openssl makes it.
fn signed_by_openssl(message: &Message) -> String {
    let script = format!(
        "set -e; key=$(printf {KEY} | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n'); \
         openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | openssl base64 -A"
    );
    let mut openssl = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let (id, at) = (
        message.header("webhook-id"),
        message.header("webhook-timestamp"),
    );
    let mut content = format!("{id}.{at}.").into_bytes();
    content.extend_from_slice(&message.body);
    let mut input = openssl.stdin.take().expect("its input");
    std::io::Write::write_all(&mut input, &content).expect("written");
    drop(input);
    let output = openssl.wait_with_output().expect("openssl");
    assert!(output.status.success());
    format!("v1,{}", String::from_utf8_lossy(&output.stdout).trim())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_once_signed_and_without_anything_of_a_report() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let own = world.with_webhooks().await.to_owned();
    world.set("CITEDY_WEBHOOK_SECRETS", format!("{own},{SECRET}"));
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.example.com");
    configure(&world, &[receiver.table("webhook", "crm")]);
    let service = serve(&world, 1).await;
    let id = completed(&service, "acme.com").await;
    let added = service.add(&["failed-globex.com"]).await;
    let failed = added[0]["id"].as_str().expect("an id").to_owned();
    service.until_status(&failed, "failed").await;
    service.post("/api/v1/pause", &json!({})).await;
    world.control("credits", json!({"credits": 100})).await;
    let billing = json!({"event_id": "evt_1", "event_type": "billing.credits_low", "data": {}});
    send_signed(&service, billing.to_string().into_bytes()).await;

    let messages = receiver.until(6).await;
    let mut types: Vec<String> = messages.iter().map(Message::kind).collect();
    types.sort();
    let expected = [
        "balance.low",
        "batch.finished",
        "batch.finished",
        "lead.delivered",
        "lead.failed",
        "paused",
    ];
    assert_eq!(types, expected);
    for message in &messages {
        assert_eq!(message.header("content-type"), "application/json");
        assert_eq!(
            message.header("webhook-signature"),
            signed_by_openssl(message)
        );
        let now = chrono::Utc::now().timestamp();
        let at: i64 = message
            .header("webhook-timestamp")
            .parse()
            .expect("seconds");
        assert!((now - at).abs() < 120);
        let text = String::from_utf8_lossy(&message.body);
        assert!(!text.contains('@') && !text.contains("contact"), "{text}");
    }
    let of = |kind: &str| {
        let found = messages.iter().find(|message| message.kind() == kind);
        found.expect(kind).json()["data"].clone()
    };
    let delivered = of("lead.delivered");
    assert_eq!(delivered["id"], *id);
    assert_eq!(delivered["domain"], "acme.com");
    assert_eq!(delivered["status"], "completed");
    assert_eq!(delivered["credits"], 40);
    assert!(delivered["rows"].as_u64().expect("rows") > 0);
    let link = format!("https://leads.example.com/leads/{id}");
    assert_eq!(delivered["link"], *link);
    assert_eq!(of("lead.failed")["id"], *failed);
    assert_eq!(of("paused")["kind"], "person");
    assert_eq!(of("balance.low")["credits"], 100);

    // A restart tells nothing again.
    service.terminate().await;
    let service = serve(&world, 1).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.post("/api/v1/pause", &json!({})).await;
    let messages = receiver.until(7).await;
    assert_eq!(messages[6].kind(), "paused");
    let ids = messages.iter().map(|message| message.header("webhook-id"));
    let ids: std::collections::BTreeSet<_> = ids.collect();
    assert_eq!(ids.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_is_told_in_words_and_of_many_leads_in_one_message() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.example.com");
    let slack =
        receiver.table("slack", "team") + "events = [\"lead.delivered\", \"batch.finished\"]\n";
    configure(&world, &[slack]);
    let service = serve(&world, 1).await;
    let added = service
        .add(&["acme.com", "globex.com", "initech.com"])
        .await;
    let messages = receiver.until(1).await;
    assert_eq!(messages[0].header("webhook-signature"), "");
    let body = messages[0].json();
    let text = body["text"].as_str().expect("a text");
    assert_eq!(body, json!({"text": text}));
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.contains("has finished: 3 completed; 120 credits"),
        "{text}"
    );
    for lead in &added {
        let (id, domain) = (lead["id"].as_str(), lead["domain"].as_str());
        let (id, domain) = (id.expect("an id"), domain.expect("a domain"));
        let link = format!("Done: <https://leads.example.com/leads/{id}|{domain}>");
        assert!(text.contains(&link), "{link}: {text}");
    }
}
