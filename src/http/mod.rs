//! Pages, forms, webhook, API and exports over HTTP.

mod access;
mod api;
mod body;
mod document;
mod exports;
mod filter;
mod forms;
mod health;
mod metrics;
mod pages;
mod problem;
mod server;
mod webhook;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use access::{Access, AccessConfig, FormSecret};
pub use forms::Forms;
pub use health::Readiness;
pub use metrics::{Metrics, upkeep};
pub use pages::SharedViews;
pub use server::{HttpServer, bind};

use crate::flow::Flow;
use crate::flow::live::Live;
use crate::flow::ports::{ListReader, Reports};
use crate::lead::webhook::WebhookSecrets;

/// What the handlers share; one for all of them, as `web::Data<AppState>`.
pub struct AppState {
    pub flow: Arc<Flow>,
    pub reports: Arc<dyn Reports>,
    /// Reads lists that are handed in at the form.
    pub lists: Arc<dyn ListReader>,
    /// What may be asked of Citedy.
    pub requests_per_minute: u32,
    pub webhook_secrets: WebhookSecrets,
    pub access: Access,
    pub metrics: Metrics,
    /// Whether the database can be written to, for all who ask.
    pub readiness: Readiness,
    /// Other people's forms that may post here.
    pub forms: Forms,
    /// Shown on every page and in every report while results are invented.
    pub sandbox: bool,
    /// Tells whenever something was written; one look serves all who listen.
    pub live: Arc<Live>,
    /// What live pages show, for all who follow them.
    pub views: SharedViews,
    pub stop: CancellationToken,
}
