//! The pages that people use in a browser: dashboard, submit form with its preview, one batch, one
//! lead's report, the state of the system, signing in.
//! Everything works without JavaScript; `live.js` keeps what is shown fresh, takes dropped files
//! and copies texts.

mod actions;
pub mod assets;
mod banners;
mod batch;
mod chart;
mod citedy_export;
mod counts;
mod dashboard;
mod error;
mod funnel;
mod held_batch;
mod money;
mod options;
mod own_path;
mod page_form;
mod paste;
mod report;
mod shared;
pub mod sign_in;
mod submit;
mod system;
mod view;

pub use view::sentence;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web;
use askama::Template;

pub use error::PageError;
use page_form::PageForm;
pub use shared::{FOLLOWS, SharedViews};

use super::AppState;
use super::access::Visitor;
use super::problem::Problem;
use crate::lead::money::{CREDITS_PER_RUN, credits_with_usd};

/// Registers every page, the forms behind their buttons and the static files.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(dashboard::show)
        .service(report::show)
        .service(system::show)
        .service(system::resend_notices)
        .service(citedy_export::citedy_export)
        .service(batch::show)
        .service(actions::decide_lead)
        .service(actions::decide_batch)
        .service(actions::pause)
        .service(actions::resume)
        .service(sign_in::show)
        .service(sign_in::sign_in)
        .service(sign_in::sign_out)
        .service(sign_in::sign_out_everywhere)
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
    csrf_token: String,
    /// By a cookie, which can be given back.
    signed_in: bool,
    links: &'static assets::Links,
}

impl Frame {
    fn new(
        title: impl Into<String>,
        here: &'static str,
        state: &AppState,
        visitor: &Visitor,
    ) -> Self {
        Self {
            title: title.into(),
            here,
            sandbox: state.sandbox,
            under_way: false,
            follows: String::new(),
            price: credits_with_usd(CREDITS_PER_RUN),
            csrf_token: visitor.csrf_token.clone(),
            signed_in: visitor.signed_in.id().is_some(),
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

/// A rendered page. It may hold contacts, so nobody keeps a copy.
fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::Internal
    })?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}

/// After a form: the browser fetches this page, and a reload posts nothing again.
fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

#[cfg(test)]
mod tests;
