//! Every error of the API as an RFC 9457 problem: one exhaustive match gives each a stable
//! type and a status.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::flow::ports::{ReportFault, StoreError};
use crate::lead::{Decision, Status};

/// What went wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    BadRequest(String),
    #[error("sign in with the admin token: Authorization: Bearer … (or Basic with any user name)")]
    Unauthorized,
    /// So many seconds until the next token is looked at.
    #[error("too many wrong tokens came from your address; wait {0} s, then try again")]
    TooManyTries(u64),
    #[error("the form was shown before you signed in or out; nothing was done")]
    PageTooOld,
    #[error("the signature of this webhook does not fit its body")]
    BadSignature,
    /// Of somebody's form; why it is not believed.
    #[error("{0}")]
    FormRefused(String),
    /// So many seconds until the next post of a form is taken.
    #[error("too many posts came; wait {0} s, then send this one again")]
    TooManyPosts(u64),
    #[error("only POST is answered here")]
    OnlyPost,
    #[error("requests from {0} are not answered here")]
    ForeignOrigin(String),
    #[error("there is no {0}")]
    NotFound(String),
    #[error("a lead that is {status} cannot be {verb}", verb = past(*.decision))]
    NotNow { status: Status, decision: Decision },
    #[error(
        "a charge for this lead may exist at Citedy that nobody can see from here; look at your \
         account first, then send {{\"acceptPossibleCharge\": true}} to buy another report"
    )]
    ChargeMayExist,
    #[error("{}", crate::lead::forgotten::nothing_left(*.0))]
    Forgotten(chrono::DateTime<chrono::Utc>),
    #[error("externalId {0} was used before with other contents; use another one")]
    ExternalIdReused(String),
    #[error("{0}")]
    TooLarge(String),
    #[error("no webhook secret is set; set CITEDY_WEBHOOK_SECRETS and restart")]
    NoWebhookSecret,
    #[error(
        "this report was bought with another Citedy account than the one whose key is set now; \
         only that account's key can ask Citedy for it"
    )]
    OtherAccount,
    #[error("Citedy has not answered yet; try again in a moment")]
    CitedySilent,
    #[error("{0}")]
    CitedyRefused(String),
    #[error("the database cannot be used at the moment; nothing was stored, try again")]
    StoreUnavailable,
    #[error(
        "storing takes too long at the moment; send the same again, within ten minutes: it is not stored twice"
    )]
    StillStoring,
    #[error("something is wrong inside; the log says more")]
    Internal,
}

fn past(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "approved",
        Decision::Cancel => "cancelled",
        Decision::Retry => "retried",
    }
}

/// An RFC 9457 problem.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemJson {
    /// `urn:warmsheet:problem:` and a word that stays the same.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
}

impl Problem {
    /// Of a form whose body is not what a page sends.
    pub fn unreadable_form(error: impl std::fmt::Display) -> Self {
        Self::BadRequest(format!("the form cannot be read: {error}"))
    }

    /// After how many seconds the same request may well succeed.
    pub fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Problem::StoreUnavailable | Problem::StillStoring | Problem::CitedySilent => {
                Some(HeaderValue::from_static("5"))
            }
            Problem::TooManyTries(seconds) | Problem::TooManyPosts(seconds) => {
                Some(HeaderValue::from(*seconds))
            }
            _ => None,
        }
    }

    /// The stable id at the end of the problem's type, and its title.
    fn id_and_title(&self) -> (&'static str, &'static str) {
        match self {
            Problem::BadRequest(_) => ("bad-request", "The request cannot be understood"),
            Problem::Unauthorized => ("unauthorized", "Sign in first"),
            Problem::TooManyTries(_) => ("too-many-tries", "Too many wrong tokens"),
            Problem::PageTooOld => ("page-too-old", "This page is too old"),
            Problem::BadSignature => ("bad-signature", "The signature does not fit"),
            Problem::FormRefused(_) => ("form-refused", "The sender is not known"),
            Problem::TooManyPosts(_) => ("too-many-posts", "Too many posts"),
            Problem::OnlyPost => ("only-post", "Only POST"),
            Problem::ForeignOrigin(_) => ("foreign-origin", "From a foreign place"),
            Problem::NotFound(_) => ("not-found", "Not found"),
            Problem::NotNow { .. } => ("not-now", "Not possible in this state"),
            Problem::ChargeMayExist => ("charge-may-exist", "A charge may exist"),
            Problem::Forgotten(_) => ("forgotten", "This company was forgotten"),
            Problem::ExternalIdReused(_) => ("external-id-reused", "externalId used before"),
            Problem::TooLarge(_) => ("too-large", "Too large"),
            Problem::NoWebhookSecret => ("no-webhook-secret", "No webhook secret is set"),
            Problem::OtherAccount => ("other-account", "Another account's report"),
            Problem::CitedySilent => ("citedy-silent", "No answer from Citedy yet"),
            Problem::CitedyRefused(_) => ("citedy-refused", "Nothing from Citedy"),
            Problem::StoreUnavailable => ("store-unavailable", "Not stored"),
            Problem::StillStoring => ("still-storing", "Not stored yet"),
            Problem::Internal => ("internal", "Internal error"),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Problem::BadRequest(_) => StatusCode::BAD_REQUEST,
            Problem::Unauthorized | Problem::BadSignature | Problem::FormRefused(_) => {
                StatusCode::UNAUTHORIZED
            }
            Problem::OnlyPost => StatusCode::METHOD_NOT_ALLOWED,
            Problem::TooManyTries(_) | Problem::TooManyPosts(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::ForeignOrigin(_) | Problem::PageTooOld => StatusCode::FORBIDDEN,
            Problem::NotFound(_) => StatusCode::NOT_FOUND,
            Problem::NotNow { .. }
            | Problem::ChargeMayExist
            | Problem::Forgotten(_)
            | Problem::ExternalIdReused(_)
            | Problem::OtherAccount => StatusCode::CONFLICT,
            Problem::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::NoWebhookSecret
            | Problem::StoreUnavailable
            | Problem::StillStoring
            | Problem::CitedySilent => StatusCode::SERVICE_UNAVAILABLE,
            Problem::CitedyRefused(_) => StatusCode::BAD_GATEWAY,
            Problem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (id, title) = self.id_and_title();
        let status = self.status_code();
        let body = ProblemJson {
            kind: format!("urn:warmsheet:problem:{id}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
        };
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json");
        if matches!(self, Problem::Unauthorized) {
            response.insert_header((
                header::WWW_AUTHENTICATE,
                // Basic is taken as well, but a browser would ask for it in a window of its own.
                HeaderValue::from_static("Bearer realm=\"warmsheet\""),
            ));
        }
        if matches!(self, Problem::OnlyPost) {
            response.insert_header((header::ALLOW, HeaderValue::from_static("POST")));
        }
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        // Written by hand: the builder's json() would set its own content type.
        match serde_json::to_string(&body) {
            Ok(text) => response.body(text),
            Err(_) => response.finish(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Problem::NotFound(what),
            StoreError::ExternalIdReused(id) => Problem::ExternalIdReused(id),
            StoreError::Unavailable(error) => {
                tracing::error!(%error, "the database is unavailable");
                Problem::StoreUnavailable
            }
            other => {
                tracing::error!(error = %other, "unexpected store error");
                Problem::Internal
            }
        }
    }
}

impl From<ReportFault> for Problem {
    fn from(fault: ReportFault) -> Self {
        match fault {
            ReportFault::Store(error) => error.into(),
            ReportFault::Write(error) => {
                tracing::error!(error, "a report could not be written");
                Problem::Internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_an_id_of_its_own() {
        let all = [
            Problem::BadRequest("x".into()),
            Problem::Unauthorized,
            Problem::TooManyTries(1),
            Problem::PageTooOld,
            Problem::BadSignature,
            Problem::FormRefused("x".into()),
            Problem::TooManyPosts(1),
            Problem::OnlyPost,
            Problem::ForeignOrigin("x".into()),
            Problem::NotFound("x".into()),
            Problem::NotNow {
                status: Status::Waiting,
                decision: Decision::Cancel,
            },
            Problem::ChargeMayExist,
            Problem::Forgotten(chrono::DateTime::UNIX_EPOCH),
            Problem::ExternalIdReused("x".into()),
            Problem::TooLarge("x".into()),
            Problem::NoWebhookSecret,
            Problem::OtherAccount,
            Problem::CitedySilent,
            Problem::CitedyRefused("x".into()),
            Problem::StoreUnavailable,
            Problem::StillStoring,
            Problem::Internal,
        ];
        let ids: std::collections::HashSet<_> = all.iter().map(|p| p.id_and_title().0).collect();
        assert_eq!(ids.len(), all.len());
        assert!(
            all.iter()
                .all(|problem| problem.status_code().as_u16() >= 400)
        );
    }
}
