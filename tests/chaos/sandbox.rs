//! Citedy's stand-in as a process of its own: the other side of every comparison.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::support::world::KEY;
use crate::support::{eventually, lasting_port};

/// Runs take a second and a half instead of ninety: faults are what should take the time.
const SPEED: &str = "60";

/// A running `warmsheet sandbox`. Killed when dropped.
pub struct SandboxProcess {
    pub port: u16,
    http: reqwest::Client,
    #[expect(dead_code, reason = "held for its drop")]
    child: Child,
}

impl SandboxProcess {
    pub async fn start(dir: &Path, seed: u64, http: reqwest::Client) -> Self {
        let port = lasting_port();
        let log = std::fs::File::create(dir.join("sandbox.log")).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_warmsheet"))
            .env_clear()
            .current_dir(dir)
            .args(["sandbox", "--speed", SPEED, "--rate-limit", "1000000"])
            .args(["--credits", "1000000000", "--seed", &seed.to_string()])
            .args(["--bind", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the binary");
        let sandbox = Self { port, http, child };
        eventually("the sandbox answers", || async {
            let health = sandbox.try_get("/api/agent/health").await;
            health.map(drop).map_err(|error| error.to_string())
        })
        .await;
        sandbox
    }

    /// Registers a webhook endpoint; answers its secret.
    pub async fn register(&self, url: &str) -> String {
        let answer = self
            .http
            .post(self.url("/api/agent/webhooks"))
            .bearer_auth(KEY)
            .json(&json!({"url": url}))
            .send()
            .await
            .expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["secret"].as_str().expect("a secret").to_owned()
    }

    pub async fn faults(&self, faults: &[String]) {
        self.control("faults", json!({"faults": faults})).await;
    }

    pub async fn webhooks(&self, drop: f64, duplicate: f64, delay: Duration) {
        let body = json!({
            "drop": drop, "duplicate": duplicate, "delay_ms": delay.as_millis() as u64,
        });
        self.control("chaos", body).await;
    }

    /// Everything that was charged: `charges` and their `total`.
    pub async fn ledger(&self) -> Value {
        self.get("/sandbox/ledger").await
    }

    /// A run as Citedy tells it, `result` included.
    pub async fn run(&self, run_id: &str) -> Value {
        let path = format!("/api/agent/citedy-warm-lead/{run_id}");
        self.get(&path).await["run"].clone()
    }

    async fn control(&self, what: &str, body: Value) {
        let url = self.url(&format!("/sandbox/{what}"));
        let answer = self.http.post(url).json(&body).send().await;
        let answer = answer.expect("the sandbox's answer");
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.try_get(path).await;
        answer.unwrap_or_else(|error| panic!("the sandbox, {path}: {error}"))
    }

    async fn try_get(&self, path: &str) -> reqwest::Result<Value> {
        let request = self.http.get(self.url(path)).bearer_auth(KEY);
        let answer = request.send().await?.error_for_status()?;
        answer.json().await
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
