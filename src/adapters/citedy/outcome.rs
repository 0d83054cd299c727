use chrono::Utc;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::answer::Answer;
use super::client::run_path;
use crate::lead::run::{RunSnapshot, StartOutcome};

/// What an answer to the paid call comes to. What is not published as a refusal proves nothing:
/// a 413 or 404 of some proxy may well stand before a run that was made.
pub fn start_outcome(answer: Answer) -> StartOutcome {
    match answer.status {
        StatusCode::OK | StatusCode::ACCEPTED => started(answer),
        StatusCode::BAD_REQUEST => StartOutcome::Invalid {
            message: answer.message(),
        },
        StatusCode::UNAUTHORIZED => StartOutcome::KeyRefused {
            message: answer.message(),
        },
        StatusCode::PAYMENT_REQUIRED => StartOutcome::OutOfCredits {
            message: answer.message(),
            topup_url: topup_url(&answer.body),
        },
        StatusCode::FORBIDDEN => StartOutcome::AgentRefused {
            message: answer.message(),
        },
        StatusCode::CONFLICT => StartOutcome::Conflict {
            message: answer.message(),
        },
        StatusCode::TOO_MANY_REQUESTS => StartOutcome::RateLimited {
            retry_after: answer.retry_after(Utc::now()),
        },
        _ => StartOutcome::Unknown {
            why: answer.message(),
        },
    }
}

fn started(answer: Answer) -> StartOutcome {
    let idempotent = answer.status == StatusCode::OK
        || answer.body.get("idempotent").and_then(Value::as_bool) == Some(true);
    match RunSnapshot::from_json(answer.body) {
        Some(run) if run_path(&run.id).is_some() => StartOutcome::Started {
            run: Box::new(run),
            idempotent,
        },
        _ => StartOutcome::Unknown {
            why: "Citedy's answer names no run".to_owned(),
        },
    }
}

/// Only a web address is passed on to a person.
fn topup_url(body: &Value) -> Option<String> {
    let text = body.get("topup")?.get("topup_url")?.as_str()?;
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| url.to_string())
}
