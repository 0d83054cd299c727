use reqwest::Method;
use serde_json::json;
use warmsheet::sandbox::{Keys, SandboxConfig};

use crate::support::{KEY, Lab, answer, paused};

#[tokio::test]
async fn health_needs_no_key_and_everything_else_does() {
    let lab = Lab::start(paused()).await;
    let health = lab.keyless(Method::GET, "/health").send().await.unwrap();
    assert_eq!(answer(health, 200).await, json!({"status": "ok"}));
    for route in ["/me", "/webhooks", "/webhooks/deliveries", "/nowhere"] {
        let response = lab.keyless(Method::GET, route).send().await.unwrap();
        assert_eq!(
            answer(response, 401).await["error"],
            "unauthorized",
            "{route}"
        );
    }
}

#[tokio::test]
async fn unknown_keys_are_401_and_revoked_ones_403() {
    let lab = Lab::start(paused()).await;
    for (key, expected) in [("sk_other", 401), ("citedy_agent_revoked", 403), (KEY, 200)] {
        let request = lab.keyless(Method::GET, "/me").bearer_auth(key);
        answer(request.send().await.unwrap(), expected).await;
    }
    lab.control("keys", json!({"key": KEY, "revoked": true}))
        .await;
    lab.get("/me", 403).await;
    lab.control("keys", json!({"key": KEY, "revoked": false}))
        .await;
    lab.get("/me", 200).await;
}

#[tokio::test]
async fn a_list_of_keys_lets_nobody_else_in() {
    let config = SandboxConfig {
        keys: Keys::Only(vec!["citedy_agent_mine".into()]),
        ..paused()
    };
    let lab = Lab::start(config).await;
    lab.get("/me", 401).await;
    let mine = lab
        .keyless(Method::GET, "/me")
        .bearer_auth("citedy_agent_mine");
    answer(mine.send().await.unwrap(), 200).await;
}

#[tokio::test]
async fn me_names_the_same_agent_each_time_and_another_for_another_key() {
    let lab = Lab::start(paused()).await;
    let me = lab.get("/me", 200).await;
    assert_eq!(me["agent"]["status"], "active");
    assert_eq!(me["tenant_balance"]["credits"], 10_000);
    assert_eq!(lab.get("/me", 200).await, me);
    let other = lab
        .keyless(Method::GET, "/me")
        .bearer_auth("citedy_agent_other");
    let other = answer(other.send().await.unwrap(), 200).await;
    assert_ne!(other["agent"]["id"], me["agent"]["id"]);
}

#[tokio::test]
async fn a_request_over_the_limit_is_told_when_to_come_back() {
    let config = SandboxConfig {
        rate_limit: 2,
        ..paused()
    };
    let lab = Lab::start(config).await;
    lab.get("/me", 200).await;
    lab.get("/citedy-warm-lead/none", 404).await;

    let refused = lab.request(Method::GET, "/me").send().await.unwrap();
    let header = |name: &str| -> i64 { refused.headers()[name].to_str().unwrap().parse().unwrap() };
    let (retry_after, reset) = (header("retry-after"), header("x-ratelimit-reset"));
    let body = answer(refused, 429).await;
    assert!((1..=60).contains(&retry_after));
    assert_eq!(body["retry_after"], retry_after);
    let now = chrono::Utc::now().timestamp();
    assert!((now..=now + 61).contains(&reset), "{reset} at {now}");

    // Another key has a limit of its own.
    let other = lab
        .keyless(Method::GET, "/me")
        .bearer_auth("citedy_agent_other");
    answer(other.send().await.unwrap(), 200).await;
    let ledger = lab.ledger().await;
    assert_eq!(ledger["refused_429"], 1);
    assert_eq!(ledger["requests"]["GET /api/agent/me"], 3);
}
