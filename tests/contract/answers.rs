use serde_json::{Value, json};
use warmsheet::sandbox::{self, Faults, Sandbox, SandboxConfig};

use super::assert_is;

const RUNS: &str = "/api/agent/citedy-warm-lead";

async fn sandbox(config: SandboxConfig) -> Sandbox {
    let _ = rustls::crypto::ring::default_provider().install_default();
    sandbox::start(config).await.expect("a sandbox")
}

async fn post(sandbox: &Sandbox, path: &str, body: Value) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .post(format!("{}{path}", sandbox.url))
        .bearer_auth("citedy_agent_contract")
        .json(&body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let answer = reqwest::Client::new()
        .get(format!("{}{path}", sandbox.url))
        .bearer_auth("citedy_agent_contract")
        .send()
        .await
        .expect("an answer");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn a_run_is_as_published_at_its_start_on_its_way_and_at_each_end() {
    let sandbox = sandbox(SandboxConfig {
        speed: 0.001,
        rate_limit: 10_000,
        ..SandboxConfig::default()
    })
    .await;
    let mut ids = Vec::new();
    for domain in [
        "acme.com",
        "blocked-acme.com",
        "failed-acme.com",
        "norows-acme.com",
        "hostile-acme.com",
    ] {
        let body = json!({"domain": domain, "idempotencyKey": format!("key-{domain}")});
        let (status, answer) = post(&sandbox, RUNS, body.clone()).await;
        assert_eq!(status, 202);
        assert_is("createResponse", &answer);
        assert_eq!(answer["credits_charged"], 40);
        let (status, again) = post(&sandbox, RUNS, body).await;
        assert_eq!(
            (status, &again["credits_charged"], &again["idempotent"]),
            (200, &json!(0), &json!(true))
        );
        assert_is("createResponse", &again);
        let id = answer["run"]["id"].as_str().expect("an id").to_owned();
        assert_is("runAnswer", &get(&sandbox, &format!("{RUNS}/{id}")).await);
        ids.push(id);
    }
    post(&sandbox, "/sandbox/finish", json!({"all": true})).await;
    for id in ids {
        let ended = get(&sandbox, &format!("{RUNS}/{id}")).await;
        assert_is("runAnswer", &ended);
        let status = ended["run"]["status"].as_str().expect("a status");
        assert!(
            ["completed", "blocked", "failed"].contains(&status),
            "{status}"
        );
    }
}

#[tokio::test]
async fn every_refusal_has_its_published_body() {
    for (fault, status, definition) in [
        ("400", 400, "error"),
        ("401", 401, "error"),
        ("402", 402, "paymentRequired"),
        ("403", 403, "error"),
        ("409", 409, "error"),
        ("429", 429, "rateLimited"),
        ("500", 500, "error"),
    ] {
        let sandbox = sandbox(SandboxConfig {
            faults: Faults::parse(&[format!("{fault}=1.0")]).expect("a fault"),
            ..SandboxConfig::default()
        })
        .await;
        let body = json!({"domain": "acme.com", "idempotencyKey": "key-00001"});
        let (seen, answer) = post(&sandbox, RUNS, body).await;
        assert_eq!(seen, status);
        assert_is(definition, &answer);
    }
}

#[tokio::test]
async fn what_the_contract_forbids_is_refused() {
    let sandbox = sandbox(SandboxConfig {
        rate_limit: 10_000,
        ..SandboxConfig::default()
    })
    .await;
    for body in [
        json!({}),
        json!({"domain": ""}),
        json!({"domain": "acme.com/about"}),
        json!({"domain": "https://www.linkedin.com/company/acme"}),
        json!({"domain": "acme.com", "icp": "saas"}),
        json!({"domain": "acme.com", "maxContacts": 4}),
        json!({"domain": "acme.com", "drafts": 0}),
        json!({"domain": "acme.com", "freshnessDays": 6}),
        json!({"domain": "acme.com", "buyerRoles": ["1", "2", "3", "4", "5", "6", "7"]}),
        json!({"domain": "acme.com", "buyerRoles": [""]}),
        json!({"domain": "acme.com", "idempotencyKey": "short"}),
        json!({"domain": "acme.com", "force": true}),
    ] {
        let (status, answer) = post(&sandbox, RUNS, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert_is("error", &answer);
    }
}
