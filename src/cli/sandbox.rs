//! `warmsheet sandbox`, and the built-in one behind `demo` and `run --sandbox`.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use super::exit::Exit;
use super::settings::SettingsArgs;
use super::signals::stop_on_signal;
use crate::adapters::citedy::CitedyClient;
use crate::app::citedy_client;
use crate::config::Config;
use crate::lead::webhook::endpoint;
use crate::sandbox::{self, Faults, Sandbox, SandboxConfig};

/// The key that the built-in sandbox is asked with; it opens nothing else.
pub const KEY: &str = "citedy_agent_sandbox";
/// Requests a minute at the built-in sandbox: nobody should wait for a limit while trying.
const REQUESTS_PER_MINUTE: u32 = 6000;
const CREDITS: i64 = 1_000_000;

#[derive(Args)]
#[command(after_help = sandbox::HELP)]
pub struct SandboxArgs {
    /// How many times faster than the real thing runs are
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Requests a minute for one key
    #[arg(long, default_value_t = 60)]
    rate_limit: u32,
    /// Runs of one key that may be under way at once
    #[arg(long, value_name = "RUNS")]
    live_runs: Option<usize>,
    /// Opening balance of each key
    #[arg(long, default_value_t = 10_000)]
    credits: i64,
    /// A fault and its probability, 500=0.1; may be repeated
    #[arg(long, value_name = "CODE=P")]
    fail: Vec<String>,
    /// Remember runs here, so that a restarted sandbox still knows them
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Decides results and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Serves the contract until it is stopped; `--bind` says where (127.0.0.1:8090).
pub async fn sandbox(settings: &SettingsArgs, args: SandboxArgs) -> anyhow::Result<Exit> {
    let stop = stop_on_signal()?;
    let bind = settings.bind.as_deref().unwrap_or("127.0.0.1:8090");
    let mut running = sandbox::start(SandboxConfig {
        bind: bind.to_owned(),
        speed: args.speed,
        rate_limit: args.rate_limit,
        live_runs: args.live_runs,
        credits: args.credits,
        faults: Faults::parse(&args.fail)?,
        journal: args.journal,
        seed: args.seed,
        ..SandboxConfig::default()
    })
    .await?;
    println!("The sandbox is ready. All it answers is invented and costs nothing.");
    println!();
    println!("    CITEDY_BASE_URL={}", running.url);
    println!("    CITEDY_API_KEY={KEY}");
    tokio::select! {
        died = running.wait() => died?,
        () = stop.cancelled() => {}
    }
    running.stop().await;
    Ok(Exit::Done)
}

/// A sandbox inside this process.
pub struct BuiltIn {
    sandbox: Sandbox,
}

impl BuiltIn {
    pub async fn start(speed: f64, journal: &Path) -> anyhow::Result<Self> {
        let sandbox = sandbox::start(SandboxConfig {
            speed,
            rate_limit: REQUESTS_PER_MINUTE,
            credits: CREDITS,
            journal: Some(journal.to_owned()),
            ..SandboxConfig::default()
        })
        .await?;
        Ok(Self { sandbox })
    }

    /// Points the configuration at this sandbox, whatever account it named.
    pub fn configure(&self, config: &mut Config) -> anyhow::Result<()> {
        config.citedy.base_url = self.sandbox.url.parse()?;
        config.citedy.origin = Some("built-in sandbox".to_owned());
        config.citedy.api_key = Some(SecretString::from(KEY));
        config.citedy.requests_per_minute = REQUESTS_PER_MINUTE;
        Ok(())
    }

    /// Makes the sandbox call a service's webhook endpoint, and that one alone.
    pub async fn call_back(&self, config: &mut Config, address: &str) -> anyhow::Result<()> {
        let client: CitedyClient = citedy_client(config)?;
        for old in client.list_webhooks().await? {
            client.delete_webhook(&old.id).await?;
        }
        let url = endpoint(&address.parse()?);
        let made = client.register_webhook(&url, None, Some("demo")).await?;
        config.citedy.webhook_secrets = vec![made.secret];
        Ok(())
    }

    pub async fn wait(&mut self) -> anyhow::Result<()> {
        Ok(self.sandbox.wait().await?)
    }

    pub async fn stop(self) {
        self.sandbox.stop().await;
    }
}
