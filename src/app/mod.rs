//! The only place that picks adapters. Tests, `serve`, `run` and `demo` share it.

mod custody;
mod notify;
mod parts;
mod service;
mod sheets;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use crate::http::bind;
pub use custody::Custody;
pub use notify::notice_sender;
pub use parts::{PartDied, Parts};
pub use service::{Service, ServiceOptions};
pub use sheets::google_sheets;

use crate::adapters::citedy::{CitedyClient, ClientConfig};
use crate::adapters::files::StoreReports;
use crate::adapters::store::{PostgresStore, SqliteStore};
use crate::config::{Config, DatabaseConfig};
use crate::flow::gate::StartGate;
use crate::flow::health::Health;
use crate::flow::lease::{self, Lease};
use crate::flow::pace::Pace;
use crate::flow::ports::{Clock as _, LeaseView, Reports, Store, StoreError, SystemClock};
use crate::flow::{Flow, Limits, restore};
use crate::worker::under_lease::under_lease;
use crate::worker::{dispatch::Dispatcher, stops, sweep};

/// What every way of running shares: the flow over its adapters.
pub struct App {
    pub flow: Arc<Flow>,
    pub reports: Arc<dyn Reports>,
    requests_per_minute: u32,
    /// Every result is invented.
    pub sandbox: bool,
}

/// How long a key must have been nobody's before `run`, which has waited for its owner, drives it.
const GIVE_WAY: Duration = Duration::from_secs(15);

/// How real the API is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    Real,
    /// Runs take this many times less than real ones.
    Sandbox {
        speed: f64,
    },
}

/// What to do when the database cannot be opened or written.
pub const DATABASE_REMEDY: &str =
    "see that the folder exists and may be written to, or change DATABASE_URL";

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(
        "CITEDY_API_KEY is not set; it looks like citedy_agent_… and comes from your Citedy account"
    )]
    NoKey,
    #[error("the Citedy client cannot be made: {0}")]
    Client(String),
    #[error("the database cannot be opened: {0}; {remedy}", remedy = DATABASE_REMEDY)]
    Store(#[from] StoreError),
    #[error(
        "another warmsheet already works on this database ({0}); one at a time may. Stop that \
         one, or give this one its own DATABASE_URL, or use DATABASE_URL=postgres://\u{2026} for \
         several"
    )]
    AlreadyRunning(String),
    #[error("there is no database {0}; see whether DATABASE_URL is right")]
    NoDatabase(String),
    #[error(
        "this database ({0}) was exported on {1}, and another one takes its place: give warmsheet \
         that one as DATABASE_URL. To go on with this one after all: warmsheet db restored"
    )]
    Moved(String, String),
    #[error(
        "{0} cannot be bound: {1}; stop what listens there, or choose another address with --bind"
    )]
    Bind(String, std::io::Error),
    #[error("the watched folder cannot be used: {0}")]
    Folder(String),
    #[error("Google Sheets cannot be used: {0}")]
    Sheets(String),
    #[error("the HTTP server cannot start: {0}")]
    Http(std::io::Error),
}

/// The configured database, its schema up to date.
pub async fn open_store(config: &DatabaseConfig) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match config {
        DatabaseConfig::Sqlite { url } => Arc::new(SqliteStore::open(url).await?),
        DatabaseConfig::Postgres { url, schema } => {
            Arc::new(PostgresStore::open(url, schema.as_deref()).await?)
        }
    })
}

/// The client for the configured account.
pub fn citedy_client(config: &Config) -> Result<CitedyClient, AppError> {
    let key: SecretString = config.citedy.api_key.clone().ok_or(AppError::NoKey)?;
    let mut client = ClientConfig::new(config.citedy.base_url.clone(), key);
    if let Some(origin) = &config.citedy.origin {
        client.origin.clone_from(origin);
    }
    CitedyClient::new(client).map_err(|error| AppError::Client(error.to_string()))
}

/// The configured spending guard.
pub fn limits(config: &Config) -> Limits {
    Limits {
        daily_credits: config.spending.daily_credits,
        approve_above: config.spending.approve_above,
        reuse_for: reuse_for(config),
    }
}

/// No report serves others for longer than it is kept.
fn reuse_for(config: &Config) -> Option<TimeDelta> {
    let reuse_for = config.spending.reuse_for?;
    Some(
        config
            .retention
            .kept_for
            .map_or(reuse_for, |kept| kept.min(reuse_for)),
    )
}

impl App {
    /// Opens the database and the client; sends nothing yet.
    pub async fn open(config: &Config, mode: Mode) -> Result<Self, AppError> {
        let citedy = citedy_client(config)?;
        let store = open_store(&config.database).await?;
        if let Some(at) = store.past(SystemClock.now()).await?.moved_at() {
            let at = at.format("%Y-%m-%d %H:%M UTC").to_string();
            return Err(AppError::Moved(config.database.shown(), at));
        }
        let (speed, sandbox) = match mode {
            Mode::Real => (config.citedy.speed, false),
            Mode::Sandbox { speed } => (speed, true),
        };
        let flow = Arc::new(Flow {
            store: store.clone(),
            citedy: Arc::new(citedy),
            clock: Arc::new(SystemClock),
            limits: limits(config),
            kept_for: config.retention.kept_for,
            pace: Mutex::new(Pace::new(speed)),
            gate: StartGate::default(),
            health: Health::default(),
            instance: instance_name(),
            started_at: SystemClock.now(),
            lease_lasts: config.instances.lease,
            wake: tokio::sync::Notify::new(),
            look_now: Default::default(),
            held_batches: Default::default(),
        });
        Ok(Self {
            reports: Arc::new(StoreReports::new(flow.clone(), sandbox)),
            flow,
            requests_per_minute: config.citedy.requests_per_minute,
            sandbox,
        })
    }

    /// The name of the lease that says who drives this key.
    pub fn agent_lease(&self) -> String {
        lease::of_agent(&self.flow.citedy.key_fingerprint())
    }

    /// Another instance drives this key.
    pub async fn somebody_works(&self) -> Result<bool, StoreError> {
        let name = self.agent_lease();
        let leases = self.flow.store.leases().await?;
        Ok(leases.iter().any(|lease| {
            lease.name == name && lease.is_held() && lease.holder != self.flow.instance
        }))
    }

    /// Starts the parts that talk to Citedy, which work while this instance drives the key;
    /// `only`: no other leads are started.
    pub fn start_workers(&self, only: Option<Vec<i64>>, parts: &mut Parts) {
        // A command gives way to a service that is only being restarted.
        let patience = only.as_ref().map_or(Duration::ZERO, |_| GIVE_WAY);
        let (flow, stop) = (self.flow.clone(), parts.stop.clone());
        let requests_per_minute = self.requests_per_minute;
        let work = move |lease| {
            drive(
                flow.clone(),
                lease,
                requests_per_minute,
                only.clone(),
                stop.clone(),
            )
        };
        let stop = parts.stop.clone();
        let working = under_lease(self.flow.clone(), self.agent_lease(), stop, patience, work);
        parts.add("dispatch", working);
    }
}

/// Drives the key until told to stop or the lease is lost.
async fn drive(
    flow: Arc<Flow>,
    lease: Arc<Lease>,
    requests_per_minute: u32,
    only: Option<Vec<i64>>,
    stop: CancellationToken,
) -> Result<(), String> {
    let begun = async {
        // A database can be put back under a process that lives on.
        if let Some(at) = restore::before_work(&*flow.store, flow.clock.now()).await? {
            let why = format!("the database was moved away at {at}");
            return Err(StoreError::Unavailable(why.into()));
        }
        forget_unread(&flow).await?;
        Dispatcher::new(flow.clone(), lease.clone(), requests_per_minute, only).await
    };
    let dispatcher = match begun.await {
        Ok(dispatcher) => dispatcher,
        Err(error) => {
            tracing::error!(%error, "work cannot begin; will try again");
            return Ok(());
        }
    };
    let stops = async {
        if flow.store.is_shared() {
            stops::run(&flow, &lease, stop.clone()).await;
        }
    };
    let (ended, (), ()) = tokio::join!(
        dispatcher.run(stop.clone()),
        sweep::run(&flow, &lease, stop.clone()),
        stops
    );
    ended.map_err(|error| error.to_string())
}

/// What a process that is gone had read of sheets allows no start any more; sheets that some
/// instance is reading stay as they are.
async fn forget_unread(flow: &Flow) -> Result<(), StoreError> {
    let leases = flow.store.leases().await?;
    let kept: Vec<String> = leases
        .into_iter()
        .filter(LeaseView::is_held)
        .filter(|lease| flow.store.is_shared() || lease.holder == flow.instance)
        .filter_map(|lease| lease.name.strip_prefix(lease::SHEET).map(str::to_owned))
        .collect();
    flow.store.forget_readings(&kept).await
}

/// A name for this process: the machine's, where it has one, and a few random digits, because a
/// restarted process is another one.
fn instance_name() -> String {
    let machine = ["FLY_MACHINE_ID", "HOSTNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let random = rand::random::<u32>();
    format!("{}-{random:08x}", machine.as_deref().unwrap_or("warmsheet"))
}
