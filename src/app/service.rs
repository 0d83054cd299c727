use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio_util::sync::CancellationToken;

use super::{App, AppError, Mode, PartDied, Parts};
use crate::adapters::files::{Lists, WatchedFolder};
use crate::config::Config;
use crate::flow::live::Live;
use crate::flow::ports::{ListFolder, OwnSecret};
use crate::http::{
    self, Access, AccessConfig, AppState, FormSecret, Forms, HttpServer, Metrics, Readiness,
    SharedViews,
};
use crate::lead::form::PostNames;
use crate::lead::webhook::WebhookSecrets;
use crate::worker::deliver::Deliverer;
use crate::worker::watch::FolderWatch;
use crate::worker::{changes, share};

const CLAIMS: u32 = 20;
const CLAIM_AGAIN: Duration = Duration::from_millis(100);

/// What differs between `serve` and `demo`.
#[derive(Debug, Clone, Copy)]
pub struct ServiceOptions {
    pub mode: Mode,
    /// Whether lists found at the first look at the folder wait for a person.
    pub hold_first: bool,
}

/// A service that has its port, its database and the right to work.
pub struct Service {
    pub address: SocketAddr,
    parts: Parts,
}

impl Service {
    /// Binds, opens, takes the lease and starts every part.
    pub async fn start(
        config: &Config,
        options: ServiceOptions,
        stop: CancellationToken,
    ) -> Result<Self, AppError> {
        let bind = &config.server.bind;
        let listener = http::bind(bind).map_err(|e| AppError::Bind(bind.clone(), e))?;
        Self::start_on(listener, config, options, stop).await
    }

    /// The same on a port that is bound already.
    pub async fn start_on(
        listener: TcpListener,
        config: &Config,
        options: ServiceOptions,
        stop: CancellationToken,
    ) -> Result<Self, AppError> {
        let app = App::open(config, options.mode).await?;
        claim(&app, config).await?;
        let folder = watched_folder(config, &app)?;
        let mut parts = Parts::new(stop.clone());
        app.start_workers(None, &mut parts);
        start_files(&app, config, folder, options, &mut parts);
        super::sheets::start(&app, config, &mut parts).await?;
        super::notify::start(&app, config, &mut parts)?;
        if app.flow.store.is_shared() {
            let (flow, stop) = (app.flow.clone(), stop.clone());
            parts.add("share", async move {
                share::run(flow, stop).await;
                Ok(())
            });
        }
        let access = access(config, &app).await?;
        let names = app.flow.store.own_secret(OwnSecret::PostNames).await?;
        let forms = Forms::new(config.forms.clone(), PostNames::new(names));
        let address = start_http(listener, config, app, access, forms, &mut parts)?;
        Ok(Self { address, parts })
    }

    /// Runs until the stop is asked for or a part dies.
    pub async fn run(self) -> Result<(), PartDied> {
        self.parts.run().await
    }
}

/// Makes this process the one that works on a database for one. Another one may only have looked
/// whether somebody does, which takes the lock for a moment.
async fn claim(app: &App, config: &Config) -> Result<(), AppError> {
    for _ in 0..CLAIMS {
        if app.flow.store.claim()? {
            return Ok(());
        }
        tokio::time::sleep(CLAIM_AGAIN).await;
    }
    Err(AppError::AlreadyRunning(config.database.shown()))
}

fn watched_folder(config: &Config, app: &App) -> Result<Option<Arc<dyn ListFolder>>, AppError> {
    let Some(dir) = &config.watch.dir else {
        return Ok(None);
    };
    let folder = WatchedFolder::open(dir, app.reports.clone())
        .map_err(|error| AppError::Folder(format!("{}: {error}", dir.display())))?;
    Ok(Some(Arc::new(folder)))
}

/// Reads lists and writes their reports, while no other process does in the same folder.
fn start_files(
    app: &App,
    config: &Config,
    folder: Option<Arc<dyn ListFolder>>,
    options: ServiceOptions,
    parts: &mut Parts,
) {
    let Some(folder) = folder else {
        return;
    };
    let deliverer = Deliverer::new(app.flow.clone(), folder.clone());
    let flow = app.flow.clone();
    let every = config.watch.every;
    let watch = FolderWatch::new(flow, folder.clone(), every, options.hold_first);
    let stop = parts.stop.clone();
    parts.add("folder", async move {
        if let Some(_own) = watch.own(&stop).await {
            tokio::join!(deliverer.run(stop.clone()), watch.run(stop.clone()));
        }
        Ok(())
    });
}

async fn access(config: &Config, app: &App) -> Result<Access, AppError> {
    let access = AccessConfig {
        admin_token: config.server.admin_token.clone(),
        public_url: config.server.public_url.clone(),
        on_fly: std::env::var_os("FLY_APP_NAME").is_some(),
    };
    let form_secret = FormSecret::load(&*app.flow.store).await?;
    Ok(Access::new(access, form_secret))
}

fn start_http(
    listener: TcpListener,
    config: &Config,
    app: App,
    access: Access,
    forms: Forms,
    parts: &mut Parts,
) -> Result<SocketAddr, AppError> {
    let live = Arc::new(Live::default());
    let state = Data::new(AppState {
        flow: app.flow.clone(),
        reports: app.reports,
        lists: Arc::new(Lists),
        requests_per_minute: app.requests_per_minute,
        webhook_secrets: WebhookSecrets::new(config.citedy.webhook_secrets.clone()),
        access,
        metrics: Metrics::begin(),
        readiness: Readiness::default(),
        forms,
        sandbox: app.sandbox,
        live: live.clone(),
        views: SharedViews::default(),
        stop: parts.stop.clone(),
    });
    let server = HttpServer::new(listener, state).map_err(AppError::Http)?;
    let address = server.address;
    let stop = parts.stop.clone();
    let flow = app.flow;
    parts.add("changes", async move {
        changes::run(flow, live, stop).await;
        Ok(())
    });
    let stop = parts.stop.clone();
    parts.add("metrics", async move {
        http::upkeep(stop).await;
        Ok(())
    });
    let stop = parts.stop.clone();
    parts.add("http", async move {
        let handle = server.handle();
        let serving = server.run();
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = stop.cancelled() => {
                let (ended, ()) = tokio::join!(serving, handle.stop(true));
                ended
            }
        };
        ended.map_err(|error| error.to_string())
    });
    Ok(address)
}
