use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;
use warmsheet::sandbox::{self, Sandbox, SandboxConfig};

use super::postgres;
use super::sandbox::SandboxClient;
use super::warmsheet::Warmsheet;

/// The URL of a PostgreSQL server: with it, the same tests run on that engine.
pub const SERVER: &str = "WARMSHEET_TEST_POSTGRES";

/// A sandbox and a folder: what outlives a killed service.
pub struct World {
    pub dir: TempDir,
    server: Option<Sandbox>,
    pub sandbox: SandboxClient,
    pub http: reqwest::Client,
    /// Extra settings of every service started here.
    pub settings: Vec<(&'static str, String)>,
    secret: Option<(String, String)>,
}

impl World {
    /// Quick runs, no limit in the way, every outcome `completed` unless its domain says more.
    pub async fn new() -> Self {
        Self::with(SandboxConfig {
            speed: 300.0,
            ..Self::calm()
        })
        .await
    }

    /// Runs that end only when the test says so.
    pub async fn slow() -> Self {
        Self::with(SandboxConfig {
            speed: 0.001,
            ..Self::calm()
        })
        .await
    }

    pub fn calm() -> SandboxConfig {
        SandboxConfig {
            rate_limit: 100_000,
            outcomes: sandbox::Outcomes {
                blocked: 0.0,
                failed: 0.0,
            },
            ..SandboxConfig::default()
        }
    }

    pub async fn with(config: SandboxConfig) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = sandbox::start(config).await.expect("a sandbox");
        let http = reqwest::Client::builder()
            .no_proxy()
            // Sooner than a service closes it: a request must not meet a closing connection.
            .pool_idle_timeout(std::time::Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            dir: TempDir::new().expect("a folder"),
            sandbox: SandboxClient::new(server.url.clone(), http.clone()),
            server: Some(server),
            http,
            settings: settings().await,
            secret: None,
        }
    }

    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.settings.push((name, value.into()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A watched folder.
    pub fn lists(&mut self) -> PathBuf {
        let lists = self.path("lists");
        std::fs::create_dir_all(&lists).expect("a folder");
        self.set("WARMSHEET_WATCH_DIR", lists.display().to_string());
        lists
    }

    /// Registers a webhook endpoint at the sandbox; services started from now on listen there.
    pub async fn with_webhooks(&mut self) -> &str {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let bind = format!("127.0.0.1:{port}");
        let endpoint = format!("http://{bind}/webhooks/citedy");
        let secret = self.sandbox.register(&endpoint).await;
        self.set("WARMSHEET_BIND", bind.clone());
        self.set("CITEDY_WEBHOOK_SECRETS", secret.clone());
        &self.secret.insert((bind, secret)).1
    }

    pub async fn serve(&self) -> Warmsheet {
        Warmsheet::serve(self).await
    }

    /// The sandbox's own view: `charges`, `total`, `requests`, `refused_429`.
    pub async fn ledger(&self) -> Value {
        self.sandbox.ledger().await
    }

    /// Domains charged, in order of charge.
    pub async fn charged(&self) -> Vec<String> {
        let ledger = self.ledger().await;
        let charges = ledger["charges"].as_array().expect("charges").clone();
        charges
            .iter()
            .map(|charge| charge["domain"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub async fn faults(&self, faults: &[&str]) {
        self.sandbox.faults(faults).await;
    }

    pub async fn control(&self, what: &str, body: Value) {
        self.sandbox.control(what, body).await;
    }

    pub async fn finish_all(&self) {
        self.sandbox.finish_all().await;
    }

    /// From now on nobody answers where Citedy was.
    pub async fn stop_sandbox(mut self) -> Self {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        self
    }
}

/// What every service is started with; its database is a file, or a fresh one on the server that
/// [`SERVER`] names.
async fn settings() -> Vec<(&'static str, String)> {
    let mut settings = vec![("WARMSHEET_SYNC_SECONDS", "1".to_owned())];
    if let Ok(server) = std::env::var(SERVER) {
        settings.push(("DATABASE_URL", postgres::fresh_database(&server).await));
    }
    settings
}
