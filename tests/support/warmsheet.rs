use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::eventually;
use super::sandbox::KEY;
use super::world::World;

/// A running `warmsheet serve`. Killed when dropped.
pub struct Warmsheet {
    pub address: String,
    child: Child,
    http: reqwest::Client,
    log: Arc<Mutex<Vec<String>>>,
}

/// The binary with a clean environment and the settings of a world.
pub fn command(world: &World) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmsheet"));
    command
        .env_clear()
        .current_dir(world.dir.path())
        .env("CITEDY_API_KEY", KEY)
        .env("CITEDY_BASE_URL", &world.sandbox.url)
        .env("CITEDY_REQUESTS_PER_MINUTE", "60000")
        .env("WARMSHEET_BIND", "127.0.0.1:0")
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in &world.settings {
        command.env(name, value);
    }
    command
}

/// Calls the binary and waits for its end.
pub async fn call(world: &World, arguments: &[&str]) -> Output {
    call_as(world, &[], arguments).await
}

/// With settings that only this call has.
pub async fn call_as(
    world: &World,
    settings: &[(&'static str, &str)],
    arguments: &[&str],
) -> Output {
    let mut command = command(world);
    command.envs(settings.iter().copied()).args(arguments);
    command.output().await.expect("the binary")
}

/// All that it said, wherever it said it.
pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Whether the instance with this status holds a lease whose name begins so.
pub fn holds_lease(status: &Value, name: &str) -> bool {
    let leases = status["leases"].as_array().into_iter().flatten();
    leases
        .filter(|lease| lease["holder"] == status["instance"] && lease["held"] == true)
        .any(|lease| lease["name"].as_str().expect("a name").starts_with(name))
}

impl Warmsheet {
    pub async fn serve(world: &World) -> Self {
        Self::serve_as(world, &[]).await
    }

    /// With settings that only this instance has.
    pub async fn serve_as(world: &World, settings: &[(&'static str, &str)]) -> Self {
        let mut command = command(world);
        command.envs(settings.iter().copied()).arg("serve");
        let mut child = command.spawn().expect("the binary");
        let stderr = child.stderr.take().expect("its standard error");
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut lines = BufReader::new(stderr).lines();
        let kept = log.clone();
        let (ready, address) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let mut ready = Some(ready);
            while let Ok(Some(line)) = lines.next_line().await {
                let event: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
                if event["message"] == "warmsheet is ready"
                    && let Some(ready) = ready.take()
                {
                    let address = event["address"].as_str().unwrap_or_default();
                    let _ = ready.send(address.to_owned());
                }
                kept.lock().expect("the log").push(line);
            }
        });
        let address = match tokio::time::timeout(super::DEADLINE, address).await {
            Ok(Ok(address)) => address,
            _ => panic!("not ready: {:#?}", log.lock().expect("the log")),
        };
        Self {
            address,
            child,
            http: world.http.clone(),
            log,
        }
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("the log").join("\n")
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert!(
            answer.status().is_success(),
            "GET {path}: {}",
            answer.status()
        );
        answer.bytes().await.expect("a body").to_vec()
    }

    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.request(Method::POST, path).json(body).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status();
        let body = answer.json().await.unwrap_or(Value::Null);
        (status, body)
    }

    /// Sends a form as a browser does.
    pub async fn send_form(&self, path: &str, fields: &[(&str, &str)]) -> StatusCode {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        let request = self
            .request(Method::POST, path)
            .header("content-type", kind);
        request.body(body).send().await.expect("an answer").status()
    }

    /// Posts domains; answers the entries, one a domain.
    pub async fn add(&self, domains: &[&str]) -> Vec<Value> {
        let leads: Vec<Value> = domains.iter().map(|d| json!({"domain": d})).collect();
        let (status, body) = self.post("/api/v1/leads", &json!({"leads": leads})).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        body["leads"].as_array().expect("entries").clone()
    }

    pub async fn status(&self) -> Value {
        self.get("/api/v1/status").await
    }

    pub async fn lead(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/leads/{id}")).await
    }

    /// The lead of a domain, the newest if there are several.
    pub async fn lead_of(&self, domain: &str) -> Value {
        let found = self.get(&format!("/api/v1/leads?q={domain}")).await;
        let id = found["leads"][0]["id"].as_str().expect("a lead").to_owned();
        self.lead(&id).await
    }

    pub async fn until_status(&self, id: &str, status: &str) -> Value {
        eventually(&format!("{id} is {status}"), || async {
            let lead = self.lead(id).await;
            if lead["status"] == status {
                return Ok(lead);
            }
            Err(lead.to_string())
        })
        .await
    }

    /// Waits until so many leads are in a state.
    pub async fn until_count(&self, status: &str, count: u64) -> Value {
        eventually(&format!("{count} leads are {status}"), || async {
            let seen = self.status().await;
            if seen["leads"][status] == count {
                return Ok(seen);
            }
            Err(seen.to_string())
        })
        .await
    }

    /// SIGKILL: no goodbye.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Sends a signal by its name, `STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().expect("a running process").to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// SIGTERM; answers the exit code.
    pub async fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        let ended = tokio::time::timeout(super::DEADLINE, self.child.wait()).await;
        ended.expect("ends in time").expect("an exit").code()
    }

    /// Waits for the process to end by itself.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let ended = tokio::time::timeout(super::DEADLINE, self.child.wait()).await;
        (
            ended.expect("ends in time").expect("an exit").code(),
            self.log(),
        )
    }
}
