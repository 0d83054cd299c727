//! Refusals, with the bodies and headers that the contract gives them.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::clock::{self, Moment};

/// What an accepted run costs.
pub(super) const RUN_CREDITS: i64 = 40;

/// Every way in which the sandbox says no.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    BadRequest(String),
    Unauthorized,
    PaymentRequired,
    Forbidden,
    NotFound(&'static str),
    Conflict(String),
    /// A request fits again from this moment on.
    TooManyRequests(Moment),
    Internal,
}

impl Refusal {
    /// The refusal that an injected fault with this HTTP status amounts to.
    pub(super) fn injected(status: u16) -> Self {
        match status {
            400 => Refusal::BadRequest("injected by the sandbox".to_owned()),
            401 => Refusal::Unauthorized,
            402 => Refusal::PaymentRequired,
            403 => Refusal::Forbidden,
            409 => Refusal::Conflict("injected by the sandbox".to_owned()),
            429 => Refusal::TooManyRequests(clock::now() + TimeDelta::seconds(1)),
            _ => Refusal::Internal,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Refusal::BadRequest(_) => "bad_request",
            Refusal::Unauthorized => "unauthorized",
            Refusal::PaymentRequired => "insufficient_credits",
            Refusal::Forbidden => "forbidden",
            Refusal::NotFound(_) => "not_found",
            Refusal::Conflict(_) => "conflict",
            Refusal::TooManyRequests(_) => "rate_limit_exceeded",
            Refusal::Internal => "internal_error",
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({"error": self.name(), "message": self.to_string()});
        match self {
            Refusal::PaymentRequired => {
                body["credits_required"] = json!(RUN_CREDITS);
                body["breakdown"] = json!({"warm_lead_run": RUN_CREDITS});
                body["topup"] = json!({
                    "recommended_package_credits": 1000,
                    "recommended_package_price_usd": 10.0,
                    "topup_url": "https://example.com/billing?package=1000",
                });
            }
            Refusal::TooManyRequests(free) => body["retry_after"] = json!(seconds_until(*free)),
            _ => {}
        }
        body
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::BadRequest(why) | Refusal::Conflict(why) => f.write_str(why),
            Refusal::Unauthorized => f.write_str("the API key is missing or unknown"),
            Refusal::PaymentRequired => {
                write!(f, "a warm-lead report costs {RUN_CREDITS} credits; top up")
            }
            Refusal::Forbidden => f.write_str("the agent is paused or revoked"),
            Refusal::NotFound(what) => write!(f, "no such {what}"),
            Refusal::TooManyRequests(free) => {
                write!(f, "too many requests; retry in {} s", seconds_until(*free))
            }
            Refusal::Internal => f.write_str("something went wrong; retry"),
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Refusal::BadRequest(_) => StatusCode::BAD_REQUEST,
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            Refusal::Conflict(_) => StatusCode::CONFLICT,
            Refusal::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Refusal::TooManyRequests(free) = self {
            response.insert_header((RETRY_AFTER, seconds_until(*free)));
            response.insert_header(("X-RateLimit-Reset", rounded_up(*free).to_string()));
        }
        response.json(self.body())
    }
}

/// Whole seconds from now to `moment`, rounded up, so that whoever waits them is let in.
fn seconds_until(moment: Moment) -> u64 {
    let wait = (moment - clock::now()).num_milliseconds().max(1);
    wait.unsigned_abs().div_ceil(1000)
}

fn rounded_up(moment: Moment) -> i64 {
    (moment + TimeDelta::milliseconds(999)).timestamp()
}
