use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use warmsheet::sandbox::SandboxConfig;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{KEY, Lab, answer, paused, until};

fn journalled(path: &Path) -> SandboxConfig {
    SandboxConfig {
        journal: Some(path.to_owned()),
        ..paused()
    }
}

#[tokio::test]
async fn a_restarted_sandbox_knows_its_runs_charges_and_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let body = json!({"domain": "acme.com", "drafts": 1, "idempotencyKey": "ws-lead-1"});

    let lab = Lab::start(journalled(&path)).await;
    let started = lab.start_run(body.clone(), 202).await;
    let ended = lab.finished_run("blocked-acme.com").await;
    let hook = json!({"url": "https://example.com/hook"});
    let request = lab.request(Method::POST, "/webhooks").json(&hook);
    answer(request.send().await.unwrap(), 201).await;
    let (webhooks, charges) = (lab.get("/webhooks", 200).await, lab.ledger().await);
    lab.sandbox.stop().await;

    let lab = Lab::start(journalled(&path)).await;
    let again = lab.start_run(body, 200).await;
    assert_eq!(again["run"]["id"], started["run"]["id"]);
    assert_eq!(lab.run(ended["id"].as_str().unwrap()).await, ended);
    assert_eq!(lab.get("/webhooks", 200).await, webhooks);
    assert_eq!(lab.ledger().await["charges"], charges["charges"]);
    assert_eq!(lab.balance().await, 10_000 - 80);

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(KEY) && !text.contains("whsec_"));
}

#[tokio::test]
async fn a_run_that_ends_while_the_sandbox_is_down_is_announced_afterwards_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let server = MockServer::start().await;
    let up = Mock::given(any()).respond_with(ResponseTemplate::new(200));
    up.mount(&server).await;

    let lab = Lab::start(journalled(&path)).await;
    let request = lab
        .request(Method::POST, "/webhooks")
        .json(&json!({"url": server.uri()}));
    answer(request.send().await.unwrap(), 201).await;
    lab.new_run("acme.com").await;
    lab.sandbox.stop().await;

    let fast = SandboxConfig {
        speed: 1e9,
        ..journalled(&path)
    };
    let arrived = async |number: usize| {
        until("webhooks", async || {
            let requests = server.received_requests().await.unwrap();
            (requests.len() >= number).then_some(requests)
        })
        .await
    };
    let lab = Lab::start(fast.clone()).await;
    arrived(1).await;
    lab.sandbox.stop().await;

    let lab = Lab::start(fast).await;
    lab.new_run("later.com").await;
    let requests = arrived(2).await;
    assert_eq!(requests.len(), 2);
    let last: Value = requests[1].body_json().unwrap();
    assert_eq!(last["data"]["domain"], "later.com");
}
