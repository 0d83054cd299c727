use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use warmsheet::sandbox::{SandboxConfig, WebhookChaos};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{Lab, answer, paused, until};

/// Retries come after 10 ms to 160 ms, and runs end after a tenth of a second.
fn fast() -> SandboxConfig {
    SandboxConfig {
        speed: 1000.0,
        rate_limit: 100_000,
        ..SandboxConfig::default()
    }
}

async fn receiver(status: u16) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status))
        .mount(&server)
        .await;
    server
}

async fn register(lab: &Lab, body: Value, expected: u16) -> Value {
    let request = lab.request(Method::POST, "/webhooks").json(&body);
    answer(request.send().await.unwrap(), expected).await
}

async fn received(server: &MockServer, least: usize) -> Vec<Request> {
    until("webhooks", async || {
        let requests = server.received_requests().await.unwrap();
        (requests.len() >= least).then_some(requests)
    })
    .await
}

/// Waits until as many deliveries have the status, and gives them.
async fn deliveries(lab: &Lab, status: &str, total: usize) -> Value {
    until("deliveries", async || {
        let page = lab
            .get(&format!("/webhooks/deliveries?status={status}"), 200)
            .await;
        (page["total"] == total).then(|| page["deliveries"].clone())
    })
    .await
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_deleted_webhook_is_gone() {
    let lab = Lab::start(paused()).await;
    let hook = register(&lab, json!({"url": "https://example.com/hook"}), 201).await;
    assert!(hook["secret"].as_str().unwrap().starts_with("whsec_"));
    let list = lab.get("/webhooks", 200).await;
    assert_eq!(list["webhooks"][0]["id"], hook["id"]);
    assert!(list["webhooks"][0].get("secret").is_none());

    let route = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let delete = lab.request(Method::DELETE, &route).send().await.unwrap();
    answer(delete, 200).await;
    assert_eq!(lab.get("/webhooks", 200).await["webhooks"], json!([]));
    let again = lab.request(Method::DELETE, &route).send().await.unwrap();
    answer(again, 404).await;
}

#[tokio::test]
async fn wrong_registrations_and_an_eleventh_webhook_are_refused() {
    let lab = Lab::start(paused()).await;
    for wrong in [
        json!({"url": "http://example.com/hook"}),
        json!({"url": "https://example.com", "event_types": ["unheard.of"]}),
        json!({"event_types": []}),
    ] {
        register(&lab, wrong, 400).await;
    }
    let right = json!({"url": "https://example.com/hook"});
    for _ in 0..10 {
        register(&lab, right.clone(), 201).await;
    }
    register(&lab, right, 400).await;
}

#[tokio::test]
async fn the_end_of_a_run_is_delivered_with_a_valid_signature() {
    let lab = Lab::start(fast()).await;
    let server = receiver(200).await;
    let hook = register(&lab, json!({"url": server.uri()}), 201).await;
    let id = lab.new_run("blocked-acme.com").await;

    let request = received(&server, 1).await.remove(0);
    let secret = hook["secret"].as_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&request.body);
    let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(request.headers["x-citedy-signature-256"], signature);

    let event: Value = request.body_json().unwrap();
    assert!(event["event_id"].as_str().unwrap().starts_with("evt_"));
    assert_eq!(event["event_type"], "warm_lead.blocked");
    assert_eq!(event["agent_id"], lab.get("/me", 200).await["agent"]["id"]);
    let data = json!({"run_id": id, "status": "blocked", "domain": "blocked-acme.com"});
    assert_eq!(event["data"], data);
    assert_eq!(lab.run(&id).await["completed_at"], event["timestamp"]);

    let delivered = deliveries(&lab, "delivered", 1).await;
    assert_eq!(delivered[0]["attempts"], 1);
    assert_eq!(delivered[0]["last_response_status"], 200);
}

#[tokio::test]
async fn a_delivery_is_retried_five_times_and_then_given_up() {
    let lab = Lab::start(fast()).await;
    let server = receiver(503).await;
    register(&lab, json!({"url": server.uri()}), 201).await;
    lab.new_run("slow-acme.com").await;
    lab.control("finish", json!({"all": true})).await;
    let dead = deliveries(&lab, "dead_lettered", 1).await;
    assert_eq!(dead[0]["attempts"], 6);
    assert_eq!(received(&server, 6).await.len(), 6);
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_its_delivery() {
    let lab = Lab::start(fast()).await;
    let server = MockServer::start().await;
    let down = Mock::given(any()).respond_with(ResponseTemplate::new(500));
    down.up_to_n_times(2).mount(&server).await;
    let up = Mock::given(any()).respond_with(ResponseTemplate::new(204));
    up.mount(&server).await;
    register(&lab, json!({"url": server.uri()}), 201).await;
    lab.new_run("acme.com").await;
    assert_eq!(deliveries(&lab, "delivered", 1).await[0]["attempts"], 3);
}

#[tokio::test]
async fn who_subscribed_to_other_events_hears_nothing() {
    let lab = Lab::start(paused()).await;
    let deaf = receiver(200).await;
    let all = receiver(200).await;
    let types = json!(["billing.credits_low"]);
    register(&lab, json!({"url": deaf.uri(), "event_types": types}), 201).await;
    register(&lab, json!({"url": all.uri()}), 201).await;
    lab.finished_run("acme.com").await;
    received(&all, 1).await;
    assert!(deaf.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn webhooks_can_be_dropped_and_duplicated_on_purpose() {
    let chaos = WebhookChaos {
        duplicate: 1.0,
        ..WebhookChaos::default()
    };
    let config = SandboxConfig {
        webhook_chaos: chaos,
        ..paused()
    };
    let lab = Lab::start(config).await;
    let server = receiver(200).await;
    register(&lab, json!({"url": server.uri()}), 201).await;
    lab.finished_run("acme.com").await;
    let twice = received(&server, 2).await;
    assert_eq!(twice[0].body, twice[1].body);

    lab.control("chaos", json!({"drop": 1.0})).await;
    lab.finished_run("dropped.com").await;
    lab.control("chaos", json!({})).await;
    lab.finished_run("arrives.com").await;
    let bodies = received(&server, 3).await;
    assert_eq!(bodies.len(), 3);
    assert!(bodies[2].body_json::<Value>().unwrap()["data"]["domain"] == "arrives.com");
}
