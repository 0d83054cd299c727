//! Everything that a run needs: instances, database, sandbox, and the lines between them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::engine::{Engine, Kind};
use super::evidence::Evidence;
use super::fleet::Fleet;
use super::forger::Forger;
use super::instance::Instance;
use super::intake::{self, Orders};
use super::lists;
use super::plan::Plan;
use super::proxy::Proxy;
use super::recovery::Recovery;
use super::relay::Relay;
use super::sandbox::SandboxProcess;
use crate::support::{eventually, lasting_port};

/// Instances may be stopped: whoever asks one does not wait for long.
const PATIENCE: Duration = Duration::from_secs(3);

pub struct Stage {
    pub plan: Plan,
    pub evidence: Arc<Evidence>,
    pub engine: Arc<Engine>,
    pub sandbox: Arc<SandboxProcess>,
    /// Between the instances and the sandbox.
    pub citedy: Arc<Proxy>,
    pub fleet: Fleet,
    pub recovery: Recovery,
    /// The watched folder.
    pub lists: PathBuf,
    pub daily_credits: i64,
    relay: Arc<Relay>,
    secret: String,
    /// Ends with the stage.
    background: JoinSet<()>,
    #[expect(dead_code, reason = "held for its drop")]
    dir: TempDir,
}

impl Stage {
    /// Prints what a repetition needs, starts everything, and waits until the folder has been looked at: what is saved there
    /// from now on is new.
    pub async fn open(plan: Plan, kind: Kind, daily_credits: i64) -> Self {
        println!("{plan}");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let instances = match kind {
            Kind::Sqlite => 1,
            Kind::Postgres => plan.instances,
        };
        let dir = TempDir::new().expect("a folder");
        let lists = dir.path().join("lists");
        std::fs::create_dir(&lists).expect("a folder");
        let http = client();
        let sandbox = SandboxProcess::start(dir.path(), plan.seed, http.clone()).await;
        let relay_port = lasting_port();
        let endpoint = format!("http://127.0.0.1:{relay_port}/webhooks/citedy");
        let secret = sandbox.register(&endpoint).await;
        let citedy = Proxy::start(sandbox.port);
        let engine = Engine::start(kind, dir.path(), instances).await;
        let settings = |instance| {
            vec![
                ("DATABASE_URL", engine.url_of(instance)),
                (
                    "CITEDY_BASE_URL",
                    format!("http://127.0.0.1:{}", citedy.port),
                ),
                ("CITEDY_WEBHOOK_SECRETS", secret.clone()),
                ("WARMSHEET_WATCH_DIR", lists.display().to_string()),
                ("WARMSHEET_DAILY_CREDITS", daily_credits.to_string()),
                ("WARMSHEET_LEASE_SECONDS", plan.lease.as_secs().to_string()),
            ]
        };
        let instances = (0..instances)
            .map(|place| Instance::new(place + 1, dir.path(), settings(place)))
            .collect();
        let evidence = Arc::new(Evidence::new());
        let fleet = Fleet::new(instances, http, plan.random("whom to ask"));
        let lost_answers = plan.random("lost acknowledgements");
        let relay = Relay::start(relay_port, fleet.clone(), evidence.clone(), lost_answers);
        let mut stage = Self {
            evidence,
            recovery: Recovery::new(citedy.answers()),
            engine: Arc::new(engine),
            sandbox: Arc::new(sandbox),
            citedy: Arc::new(citedy),
            fleet,
            lists,
            daily_credits,
            relay: Arc::new(relay),
            secret,
            background: JoinSet::new(),
            plan,
            dir,
        };
        stage.start_fleet().await;
        stage
    }

    /// The first instance has every lease before the others come.
    async fn start_fleet(&mut self) {
        self.fleet[0].start().await;
        let may_end = self.engine.is_postgres();
        let supervising = self.fleet.clone().supervise(self.evidence.clone(), may_end);
        self.background.spawn(supervising);
        eventually("the folder was looked at", || async {
            let status = self.fleet.get("/api/v1/status").await;
            match status["parts"]["folder"]["lastOk"].as_str() {
                Some(_) => Ok(()),
                None => Err(status.to_string()),
            }
        })
        .await;
        self.fleet.start_all().await;
    }

    /// Leads go in from now on, over so long; the answer ends when all are in.
    pub fn feed(&self, orders: &Orders, span: Duration) -> JoinSet<()> {
        let mut feeding = JoinSet::new();
        feeding.spawn(intake::post_all(
            self.fleet.clone(),
            self.evidence.clone(),
            orders.by_api.clone(),
            span,
            self.plan.random("posts"),
        ));
        feeding.spawn(lists::save_all(
            self.lists.clone(),
            orders.by_list.clone(),
            span,
            self.plan.random("lists"),
        ));
        feeding
    }

    /// Somebody posts forged webhooks from now on.
    pub fn let_forgers_in(&mut self) {
        let forger = Forger {
            fleet: self.fleet.clone(),
            evidence: self.evidence.clone(),
            relay: self.relay.clone(),
            secret: self.secret.clone(),
            lots: self.plan.random("forger"),
        };
        self.background.spawn(forger.run());
    }

    /// From now on nothing goes wrong any more.
    pub async fn heal(&self) {
        self.evidence.tell("healed");
        self.sandbox.faults(&[]).await;
        self.sandbox.webhooks(0.0, 0.0, Duration::ZERO).await;
        self.fleet.resume_all().await;
        self.fleet.start_all().await;
    }
}

impl Drop for Stage {
    /// The relay's threads know the fleet as well, and are not waited for at the end.
    fn drop(&mut self) {
        self.background.abort_all();
        self.fleet.abandon();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        // What died took its connections along.
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client")
}
