//! A sandbox with a client that speaks to it.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use warmsheet::sandbox::{self, Sandbox, SandboxConfig};

pub const KEY: &str = "citedy_agent_test";
const DEADLINE: Duration = Duration::from_secs(60);

pub struct Lab {
    pub sandbox: Sandbox,
    pub client: Client,
}

/// A sandbox in which runs end only when told to.
pub fn paused() -> SandboxConfig {
    SandboxConfig {
        speed: 0.001,
        ..SandboxConfig::default()
    }
}

impl Lab {
    pub async fn start(config: SandboxConfig) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            sandbox: sandbox::start(config).await.unwrap(),
            client: Client::builder()
                .no_proxy()
                .timeout(DEADLINE)
                .build()
                .unwrap(),
        }
    }

    /// A request to a route under `/api/agent`, with the usual key.
    pub fn request(&self, method: Method, route: &str) -> RequestBuilder {
        self.keyless(method, route).bearer_auth(KEY)
    }

    pub fn keyless(&self, method: Method, route: &str) -> RequestBuilder {
        let url = format!("{}/api/agent{route}", self.sandbox.url);
        self.client.request(method, url)
    }

    pub fn post_run(&self, body: &Value) -> RequestBuilder {
        self.request(Method::POST, "/citedy-warm-lead").json(body)
    }

    /// Starts a run that must be answered with this status, and gives the answer's body.
    pub async fn start_run(&self, body: Value, expected: u16) -> Value {
        answer(self.post_run(&body).send().await.unwrap(), expected).await
    }

    /// Starts a run for the domain and gives its id.
    pub async fn new_run(&self, domain: &str) -> String {
        let answer = self.start_run(json!({"domain": domain}), 202).await;
        answer["run"]["id"].as_str().unwrap().to_owned()
    }

    pub async fn get(&self, route: &str, expected: u16) -> Value {
        let response = self.request(Method::GET, route).send().await.unwrap();
        answer(response, expected).await
    }

    pub async fn run(&self, id: &str) -> Value {
        self.get(&format!("/citedy-warm-lead/{id}"), 200).await["run"].clone()
    }

    pub async fn finished_run(&self, domain: &str) -> Value {
        let id = self.new_run(domain).await;
        self.control("finish", json!({"run_id": id})).await;
        self.run(&id).await
    }

    pub async fn ledger(&self) -> Value {
        let url = format!("{}/sandbox/ledger", self.sandbox.url);
        self.client
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub async fn control(&self, string: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{string}", self.sandbox.url);
        answer(self.client.post(url).json(&body).send().await.unwrap(), 200).await
    }

    pub async fn balance(&self) -> i64 {
        self.get("/me", 200).await["tenant_balance"]["credits"]
            .as_i64()
            .unwrap()
    }
}

pub async fn answer(response: Response, expected: u16) -> Value {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::from_u16(expected).unwrap(), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Looks again and again until something is there, for ten seconds at most.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
