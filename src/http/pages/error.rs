//! Errors as a page: what is wrong and what to do about it.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::{Problem, assets, page};

/// A [`Problem`] that is told to a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PageError(Problem);

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    heading: &'static str,
    text: String,
    advice: &'static str,
    links: &'static assets::Links,
}

impl PageError {
    fn heading_and_advice(&self) -> (&'static str, &'static str) {
        match &self.0 {
            Problem::NotFound(_) => (
                "Not found",
                "Look for it on the dashboard: the search there knows domains and lead ids.",
            ),
            Problem::NotNow { .. } => (
                "Not possible any more",
                "It has moved on since the page was shown. Go back and look at where it is now.",
            ),
            Problem::ChargeMayExist => (
                "A charge may exist",
                "Look at your Citedy account first. If there is no report, go back, tick the box \
                 and retry.",
            ),
            Problem::Forgotten(_) => (
                "Forgotten",
                "Whoever runs warmsheet can lift that: warmsheet forget --undo DOMAIN. Then send \
                 its row again.",
            ),
            Problem::OtherAccount => (
                "Another account\u{2019}s report",
                "What Citedy told when it ended is stored here: the lead\u{2019}s own downloads have it.",
            ),
            Problem::CitedySilent => (
                "No answer yet",
                "Go back and ask again. Nothing is charged for it, however often you ask.",
            ),
            Problem::CitedyRefused(_) => (
                "Nothing from Citedy",
                "The lead\u{2019}s own downloads do not need Citedy. For its export, try again later.",
            ),
            Problem::StoreUnavailable | Problem::StillStoring => (
                "Not stored",
                "Is the disk full, or the database in use elsewhere? Try again in a moment.",
            ),
            Problem::BadRequest(_) | Problem::TooLarge(_) => (
                "That did not work",
                "Go back, correct it and send it again. Nothing was stored or charged.",
            ),
            Problem::PageTooOld => (
                "This page is too old",
                "Go back, reload the page, then send it again.",
            ),
            Problem::ForeignOrigin(_) => (
                "Not served under this name",
                "Open it under its own address; if this is its address, set WARMSHEET_PUBLIC_URL to it.",
            ),
            Problem::TooManyTries(_)
            | Problem::Unauthorized
            | Problem::BadSignature
            | Problem::FormRefused(_)
            | Problem::TooManyPosts(_)
            | Problem::OnlyPost
            | Problem::ExternalIdReused(_)
            | Problem::NoWebhookSecret
            | Problem::Internal => ("Something went wrong", "Go back and try again."),
        }
    }

    fn text(&self) -> String {
        match &self.0 {
            Problem::ChargeMayExist => {
                "A charge for this lead may exist at Citedy that cannot be seen from here."
                    .to_owned()
            }
            other => super::view::sentence(&other.to_string()),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let (heading, advice) = self.heading_and_advice();
        let shown = ErrorPage {
            heading,
            text: self.text(),
            advice,
            links: assets::links(),
        };
        let mut response =
            page(self.status_code(), &shown).unwrap_or_else(|problem| problem.error_response());
        if let Some(seconds) = self.0.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
