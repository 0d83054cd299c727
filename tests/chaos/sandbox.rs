//! Citedy's stand-in as a process of its own: the other side of every comparison.

use std::ops::Deref;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::support::sandbox::SandboxClient;
use crate::support::{eventually, lasting_port};

/// Runs take a second and a half instead of ninety: faults are what should take the time.
pub const SPEED: &str = "60";

/// A running `warmsheet sandbox`. Killed when dropped.
pub struct SandboxProcess {
    pub port: u16,
    client: SandboxClient,
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
        let client = SandboxClient::new(format!("http://127.0.0.1:{port}"), http);
        eventually("the sandbox answers", || async {
            let health = client.try_get("/api/agent/health").await;
            health.map(drop).map_err(|error| error.to_string())
        })
        .await;
        Self {
            port,
            client,
            child,
        }
    }
}

impl Deref for SandboxProcess {
    type Target = SandboxClient;

    fn deref(&self) -> &SandboxClient {
        &self.client
    }
}
