//! Those who are to be told hear of it: whatever fails, dies or is slow in between.

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

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_told_again_and_one_that_hangs_holds_up_nobody_else() {
    let (hanging, failing) = (Receiver::start().await, Receiver::start().await);
    let world = World::new().await;
    let tables = [
        hanging.table("webhook", "hanging"),
        failing.table("webhook", "failing"),
    ];
    configure(&world, &tables);
    hanging.will_hang(100);
    failing.will_answer(&[500, 302]);
    let service = serve(&world, 2).await;
    service.post("/api/v1/pause", &json!({})).await;
    hanging.until(1).await;
    let messages = failing.until(3).await;
    let first = &messages[0];
    for again in &messages[1..] {
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("webhook-signature"), signed_by_openssl(again));
    }
    let seen = until_targets(&service, |targets| targets[1]["waiting"] == 0).await;
    let error = seen["targets"][1]["lastError"].as_str().expect("an error");
    assert!(error.contains("302, a redirect"), "{error}");
    assert!(
        service.log().contains("it answered 500"),
        "{}",
        service.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_told_on_the_page_and_sent_again_on_demand() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_answer(&[410, 410]);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.post("/api/v1/pause", &json!({})).await;
    let dead = until_targets(&service, |targets| targets[0]["dead"] == 2).await;
    assert_eq!(
        service.get("/api/v1/notices?state=sent").await["notices"],
        json!([])
    );
    let notice = &dead["notices"][0];
    assert_eq!(notice["state"], "dead");
    assert_eq!(notice["type"], "paused");
    assert_eq!(notice["error"], "it answered 410: it wants to hear no more");
    let page = String::from_utf8(service.bytes("/system").await).expect("text");
    for told in [
        "crm",
        "it answered 410",
        "Send again to crm",
        "Sends notifications",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(page.contains(&receiver.url()), "its host");
    assert!(!page.contains(PLANTED) && !page.contains(KEY), "{page}");
    assert!(!dead.to_string().contains(PLANTED));

    let id = notice["id"].as_str().expect("an id");
    let (status, answer) = service
        .post(&format!("/api/v1/notices/{id}/resend"), &json!({}))
        .await;
    assert_eq!((status, answer), (StatusCode::OK, json!({"resent": 1})));
    let messages = receiver.until(3).await;
    assert_eq!(messages[2].header("webhook-id"), id);
    let sent = service
        .send_form("/system/notices/resend", &[("target", "crm")])
        .await;
    assert_eq!(sent, StatusCode::SEE_OTHER);
    receiver.until(4).await;
    until_targets(&service, |targets| {
        targets[0]["dead"] == 0 && targets[0]["waiting"] == 0
    })
    .await;

    for (path, body, status) in [
        ("/api/v1/notices/msg_none/resend", json!({}), 404),
        ("/api/v1/notices/resend", json!({}), 400),
        ("/api/v1/notices/resend", json!({"target": "nobody"}), 404),
        ("/api/v1/notices/resend", json!({"traget": "crm"}), 400),
    ] {
        assert_eq!(service.post(path, &body).await.0, status, "{path} {body}");
    }
    let odd = service
        .request(Method::GET, "/api/v1/notices?state=gone")
        .send()
        .await;
    assert_eq!(odd.expect("an answer").status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_was_sent_it_is_sent_by_the_next_process() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_hang(1);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    service.kill().await;
    let service = serve(&world, 1).await;
    let messages = receiver.until(2).await;
    assert_eq!(
        messages[0].header("webhook-id"),
        messages[1].header("webhook-id")
    );
    until_targets(&service, |targets| targets[0]["waiting"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_target_that_hangs_and_its_message_goes_out_again() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    receiver.will_hang(1);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    let begun = std::time::Instant::now();
    assert_eq!(service.terminate().await, Some(0));
    assert!(begun.elapsed().as_secs() < 7, "{:?}", begun.elapsed());
    let _service = serve(&world, 1).await;
    let messages = receiver.until(2).await;
    assert_eq!(
        messages[0].header("webhook-id"),
        messages[1].header("webhook-id")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nothing_of_a_report_is_in_the_log() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("RUST_LOG", "debug");
    configure(
        &world,
        &[
            receiver.table("webhook", "crm"),
            receiver.table("slack", "team"),
        ],
    );
    receiver.will_answer(&[500, 404, 302, 410]);
    let service = serve(&world, 2).await;
    completed(&service, "acme.com").await;
    service.post("/api/v1/pause", &json!({})).await;
    until_targets(&service, |targets| {
        targets
            .iter()
            .all(|target| target["lastSentAt"].is_string())
    })
    .await;
    let log = service.log();
    assert!(log.contains("a notice was not taken"), "{log}");
    for secret in [PLANTED, KEY] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_within_is_not_told_unless_that_is_allowed() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let port = receiver
        .url()
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let slack = |url: &str| format!("[[notify]]\nkind = \"slack\"\nurl = \"{url}\"\n");
    // As a number it is a fault of the configuration; behind a name it shows when it is looked up.
    configure(
        &world,
        &[slack(&format!("https://127.0.0.1:{port}/{PLANTED}"))],
    );
    let refused = call(&world, &["notify", "test"]).await;
    assert!(!refused.status.success());
    let told = words(&refused);
    assert!(
        told.contains("[[notify]]: number 1: url leads to a private"),
        "{told}"
    );
    configure(
        &world,
        &[slack(&format!("https://localhost:{port}/{PLANTED}"))],
    );
    for command in [&["notify", "test"][..], &["check"]] {
        let refused = call(&world, command).await;
        assert!(!refused.status.success());
        let told = words(&refused);
        assert!(
            told.contains("nothing is sent to a private or loopback address"),
            "{told}"
        );
        assert!(
            told.contains("allow_private = true") && !told.contains(PLANTED),
            "{told}"
        );
    }
    assert!(receiver.messages().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_tried_out_from_the_command_line() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let none = call(&world, &["notify", "test"]).await;
    assert!(words(&none).contains("no target is configured"));
    configure(
        &world,
        &[
            receiver.table("webhook", "crm"),
            receiver.table("slack", "team"),
        ],
    );
    receiver.will_answer(&[204, 404]);
    let tried = call(&world, &["notify", "test"]).await;
    let told = words(&tried);
    assert!(!tried.status.success(), "{told}");
    assert!(
        told.contains(&format!("ok    crm ({})", receiver.url())),
        "{told}"
    );
    assert!(
        told.contains("FAULT team") && told.contains("it answered 404"),
        "{told}"
    );
    let one = call(&world, &["notify", "test", "crm"]).await;
    assert!(one.status.success());
    let messages = receiver.until(3).await;
    assert_eq!(messages[2].kind(), "test");
    assert_eq!(
        messages[2].header("webhook-signature"),
        signed_by_openssl(&messages[2])
    );
    assert!(messages[1].json()["text"].is_string());
    let nobody = call(&world, &["notify", "test", "nobody"]).await;
    assert!(words(&nobody).contains("there are crm, team"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_of_the_configuration_hears_no_more() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    configure(&world, &[receiver.table("webhook", "crm")]);
    let service = serve(&world, 1).await;
    service.post("/api/v1/pause", &json!({})).await;
    receiver.until(1).await;
    service.terminate().await;
    configure(&world, &[]);
    let service = serve(&world, 0).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.post("/api/v1/pause", &json!({})).await;
    let seen = service.get("/api/v1/notices").await;
    assert_eq!(
        seen["notices"].as_array().expect("notices").len(),
        1,
        "{seen}"
    );
}
