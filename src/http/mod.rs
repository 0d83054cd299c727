//! Pages, forms, webhook, API and exports over HTTP.

mod access;
mod api;
mod exports;
mod filter;
mod health;
mod pages;
mod problem;
mod server;
mod webhook;

use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use pages::SharedViews;
pub use server::{HttpServer, bind};

use crate::flow::Flow;
use crate::flow::live::Live;
use crate::flow::ports::Reports;
use crate::lead::webhook::WebhookSecrets;

/// What the handlers share; one for all of them, as `web::Data<AppState>`.
pub struct AppState {
    pub flow: Arc<Flow>,
    pub reports: Arc<dyn Reports>,
    pub webhook_secrets: WebhookSecrets,
    pub access: AccessConfig,
    /// Shown on every page and in every report while results are invented.
    pub sandbox: bool,
    /// Tells whenever something was written; one look serves all who listen.
    pub live: Arc<Live>,
    /// What live pages show, for all who follow them.
    pub views: SharedViews,
    pub stop: CancellationToken,
}

/// Who may come in.
pub struct AccessConfig {
    /// `None`: only loopback is served.
    pub admin_token: Option<SecretString>,
    pub public_url: Option<Url>,
}
