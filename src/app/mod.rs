//! The only place that picks adapters. Tests, `serve`, `run` and `demo` share it.

mod parts;
mod service;
mod sheets;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use secrecy::SecretString;

pub use crate::http::bind;
pub use parts::{PartDied, Parts};
pub use service::{Service, ServiceOptions};
pub use sheets::google_sheets;

use crate::adapters::citedy::{CitedyClient, ClientConfig};
use crate::adapters::files::StoreReports;
use crate::adapters::store::SqliteStore;
use crate::config::{Config, DatabaseConfig};
use crate::flow::gate::StartGate;
use crate::flow::health::Health;
use crate::flow::look_schedule::LookSchedule;
use crate::flow::ports::{LeaseGuard, Reports, Store, StoreError, SystemClock, WorkerLease};
use crate::flow::{Flow, Limits};
use crate::worker::{dispatch::Dispatcher, sweep};

/// What every way of running shares: the flow over its adapters.
pub struct App {
    pub flow: Arc<Flow>,
    pub reports: Arc<dyn Reports>,
    lease: Box<dyn WorkerLease>,
    requests_per_minute: u32,
    /// Every result is invented.
    pub sandbox: bool,
}

/// How real the API is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    Real,
    /// Runs take this many times less than real ones.
    Sandbox {
        speed: f64,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(
        "CITEDY_API_KEY is not set; it looks like citedy_agent_… and comes from your Citedy account"
    )]
    NoKey,
    #[error("the Citedy client cannot be made: {0}")]
    Client(String),
    #[error("the database cannot be opened: {0}")]
    Store(#[from] StoreError),
    #[error(
        "another warmsheet already works on this database ({0}); one at a time may. Stop that \
         one, or give this one its own DATABASE_URL"
    )]
    AlreadyRunning(String),
    #[error("{0} cannot be bound: {1}")]
    Bind(String, std::io::Error),
    #[error("the watched folder cannot be used: {0}")]
    Folder(String),
    #[error("Google Sheets cannot be used: {0}")]
    Sheets(String),
    #[error("the HTTP server cannot start: {0}")]
    Http(std::io::Error),
}

/// The configured database, its schema up to date, and the right to work on it.
pub async fn open_store(
    config: &DatabaseConfig,
) -> Result<(Arc<dyn Store>, Box<dyn WorkerLease>), StoreError> {
    match config {
        DatabaseConfig::Sqlite { url } => {
            let store = SqliteStore::open(url).await?;
            let lease = store.worker_lease();
            Ok((Arc::new(store), Box::new(lease)))
        }
        DatabaseConfig::Postgres { .. } => Err(StoreError::Unavailable(
            "postgres: is not supported yet".into(),
        )),
    }
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

impl App {
    /// Opens the database and the client; sends nothing yet.
    pub async fn open(config: &Config, mode: Mode) -> Result<Self, AppError> {
        let citedy = citedy_client(config)?;
        let (store, lease) = open_store(&config.database).await?;
        let looks = LookSchedule::default();
        let (looks, sandbox) = match mode {
            Mode::Real => (looks, false),
            Mode::Sandbox { speed } => (looks.faster(speed), true),
        };
        let flow = Arc::new(Flow {
            store: store.clone(),
            citedy: Arc::new(citedy),
            clock: Arc::new(SystemClock),
            limits: Limits {
                daily_credits: config.spending.daily_credits,
                approve_above: config.spending.approve_above,
            },
            looks,
            gate: StartGate::default(),
            health: Health::default(),
            account_news: AtomicBool::new(false),
            wake: tokio::sync::Notify::new(),
        });
        Ok(Self {
            reports: Arc::new(StoreReports::new(flow.clone(), sandbox)),
            flow,
            lease,
            requests_per_minute: config.citedy.requests_per_minute,
            sandbox,
        })
    }

    /// The right to drive the key, if no other process on this database has it.
    pub fn try_lead(&self) -> Result<Option<LeaseGuard>, StoreError> {
        self.lease.try_take()
    }

    /// Starts the parts that talk to Citedy; `only`: no other leads are started. The lease ends with the dispatcher, after its last
    /// answer is recorded.
    pub async fn start_workers(
        &self,
        lease: LeaseGuard,
        only: Option<Vec<i64>>,
        parts: &mut Parts,
    ) -> Result<(), StoreError> {
        let dispatcher = Dispatcher::new(self.flow.clone(), self.requests_per_minute, only).await?;
        let stop = parts.stop.clone();
        parts.add("dispatch", async move {
            let result = dispatcher.run(stop).await;
            drop(lease);
            result.map_err(|error| error.to_string())
        });
        let (flow, stop) = (self.flow.clone(), parts.stop.clone());
        parts.add("sweep", async move {
            sweep::run(&flow, stop).await;
            Ok(())
        });
        Ok(())
    }
}
