//! Speaks to a running sandbox: as an agent does, and through the routes that only a sandbox has.

use std::time::Duration;

use serde_json::{Value, json};

/// The key of every agent here.
pub const KEY: &str = "citedy_agent_test";

pub struct SandboxClient {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    http: reqwest::Client,
}

impl SandboxClient {
    pub fn new(url: String, http: reqwest::Client) -> Self {
        Self { url, http }
    }

    /// What was charged and asked: `charges`, `total`, `requests`, `refused_429`.
    pub async fn ledger(&self) -> Value {
        self.get("/sandbox/ledger").await
    }

    /// A run as Citedy tells it, `result` included.
    pub async fn run(&self, run_id: &str) -> Value {
        let path = format!("/api/agent/citedy-warm-lead/{run_id}");
        self.get(&path).await["run"].clone()
    }

    /// Registers a webhook endpoint; answers its secret.
    pub async fn register(&self, url: &str) -> String {
        let path = format!("{}/api/agent/webhooks", self.url);
        let request = self.http.post(path).bearer_auth(KEY);
        let answer = request.json(&json!({"url": url})).send().await;
        let answer: Value = answer
            .expect("the sandbox's answer")
            .json()
            .await
            .expect("JSON");
        answer["secret"].as_str().expect("a secret").to_owned()
    }

    /// From now on it fails so, and in no other way.
    pub async fn faults(&self, faults: &[&str]) {
        self.control("faults", json!({"faults": faults})).await;
    }

    /// How webhooks fare from now on: shares that are lost or sent twice, and how late all are.
    pub async fn webhooks(&self, drop: f64, duplicate: f64, delay: Duration) {
        let body = json!({
            "drop": drop, "duplicate": duplicate, "delay_ms": delay.as_millis() as u64,
        });
        self.control("chaos", body).await;
    }

    /// Ends every run that is under way.
    pub async fn finish_all(&self) {
        self.control("finish", json!({"all": true})).await;
    }

    pub async fn control(&self, what: &str, body: Value) {
        let url = format!("{}/sandbox/{what}", self.url);
        let answer = self.http.post(url).json(&body).send().await;
        let answer = answer.expect("the sandbox's answer");
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
    }

    pub async fn try_get(&self, path: &str) -> reqwest::Result<Value> {
        let request = self.http.get(format!("{}{path}", self.url));
        let answer = request.bearer_auth(KEY).send().await?;
        answer.error_for_status()?.json().await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.try_get(path).await;
        answer.unwrap_or_else(|error| panic!("the sandbox, {path}: {error}"))
    }
}
