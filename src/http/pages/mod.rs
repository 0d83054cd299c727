//! The pages that people use in a browser: dashboard, submit form and one lead's report.
//! Everything works without JavaScript; `live.js` only keeps what is shown fresh.

mod actions;
mod assets;
mod banners;
mod chart;
mod citedy_export;
mod dashboard;
mod error;
mod funnel;
mod lead_actions;
mod money;
mod paste;
mod report;
mod rows_table;
mod shared;
mod submit;
mod system;
mod view;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web;
use askama::Template;

use error::PageError;
pub use shared::SharedViews;

use super::AppState;
use super::problem::Problem;
use crate::lead::money::{CREDITS_PER_RUN, usd};

/// Nothing but our own files: no inline script or style, no frame around us, no form to
/// elsewhere. What a result smuggles in has nothing to run with.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";

/// Registers every page, the forms behind their buttons and the static files.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(dashboard::dashboard)
        .service(report::report)
        .service(system::system)
        .service(citedy_export::citedy_export)
        .service(actions::decide_lead)
        .service(actions::decide_batch)
        .service(actions::pause)
        .service(actions::resume)
        .service(assets::asset);
    submit::configure(config);
}

/// The frame around every page.
struct Frame {
    title: String,
    /// Which entry of the navigation is this page.
    here: &'static str,
    sandbox: bool,
    /// Something will change by itself: without JavaScript the page then reloads now and then.
    under_way: bool,
    /// What the page shows live: `all`, the id of the lead that it is about, or nothing.
    follows: String,
    /// Of one run.
    price: String,
    /// Goes along with every form of the page: a page of another site does not know it.
    form_token: String,
    links: &'static assets::Links,
}

impl Frame {
    fn new(title: impl Into<String>, here: &'static str, state: &AppState) -> Self {
        Self {
            title: title.into(),
            here,
            sandbox: state.sandbox,
            under_way: false,
            follows: String::new(),
            price: format!("{CREDITS_PER_RUN} credits ({})", usd(CREDITS_PER_RUN)),
            form_token: String::new(),
            links: assets::links(),
        }
    }

    fn follows(self, what: impl Into<String>) -> Self {
        Self {
            follows: what.into(),
            ..self
        }
    }

    fn under_way(self, under_way: bool) -> Self {
        Self { under_way, ..self }
    }
}

/// A rendered page with the headers that every page has. It may hold contacts, so nobody
/// keeps a copy.
fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::Internal
    })?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}

/// After a form: the browser fetches this page, and a reload posts nothing again.
fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}
