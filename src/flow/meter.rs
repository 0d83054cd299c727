//! What is counted while the process runs, for `/metrics`. The flow and the adapters count; only
//! `http::metrics` knows who reads it. Every label has few values: never an id, a domain or a name.

use std::time::Duration;

use chrono::TimeDelta;
use metrics::{counter, describe_counter, describe_histogram, histogram};

const CITEDY_REQUESTS: &str = "warmsheet_citedy_requests_total";
/// Seconds until the answer's headers.
pub const CITEDY_DURATION: &str = "warmsheet_citedy_request_duration_seconds";
const GOOGLE_REQUESTS: &str = "warmsheet_google_requests_total";
const WEBHOOKS: &str = "warmsheet_webhooks_total";
const HTTP_REQUESTS: &str = "warmsheet_http_requests_total";
/// Seconds from the news until its report stood in the folder.
pub const DELIVERY_DURATION: &str = "warmsheet_delivery_duration_seconds";

/// How a request outside ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// With this HTTP status.
    Status(u16),
    /// No connection: nothing was sent.
    Unreachable,
    /// Not in time.
    Late,
    /// The connection broke after something was sent.
    Lost,
}

impl Answered {
    fn label(self) -> String {
        match self {
            Answered::Status(status) => status.to_string(),
            Answered::Unreachable => "unreachable".to_owned(),
            Answered::Late => "timeout".to_owned(),
            Answered::Lost => "lost".to_owned(),
        }
    }
}

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOutcome {
    Stored,
    /// Stored before: acknowledged again.
    Repeated,
    /// Its signature does not fit.
    Refused,
    /// No secret is set, so that none can fit.
    NoSecret,
    TooLarge,
    /// Its body did not arrive.
    Unreadable,
    /// The database could not take it; Citedy sends it again.
    NotStored,
}

impl WebhookOutcome {
    const ALL: [WebhookOutcome; 7] = [
        WebhookOutcome::Stored,
        WebhookOutcome::Repeated,
        WebhookOutcome::Refused,
        WebhookOutcome::NoSecret,
        WebhookOutcome::TooLarge,
        WebhookOutcome::Unreadable,
        WebhookOutcome::NotStored,
    ];

    fn as_str(self) -> &'static str {
        match self {
            WebhookOutcome::Stored => "stored",
            WebhookOutcome::Repeated => "repeated",
            WebhookOutcome::Refused => "refused",
            WebhookOutcome::NoSecret => "no_secret",
            WebhookOutcome::TooLarge => "too_large",
            WebhookOutcome::Unreadable => "unreadable",
            WebhookOutcome::NotStored => "not_stored",
        }
    }
}

/// A request to Citedy; `route` is a template.
pub fn citedy_request(method: &'static str, route: &'static str, ended: Answered, took: Duration) {
    let status = ended.label();
    counter!(CITEDY_REQUESTS, "method" => method, "route" => route, "status" => status)
        .increment(1);
    histogram!(CITEDY_DURATION, "method" => method, "route" => route).record(took);
}

/// A request to Google; `call` is `describe`, `read`, `write` or `version`.
pub fn google_request(call: &'static str, ended: Answered) {
    counter!(GOOGLE_REQUESTS, "call" => call, "status" => ended.label()).increment(1);
}

pub fn webhook(outcome: WebhookOutcome) {
    counter!(WEBHOOKS, "outcome" => outcome.as_str()).increment(1);
}

/// A request that was answered here; `route` is a template.
pub fn http_request(method: &'static str, route: String, status: u16) {
    let status = status.to_string();
    counter!(HTTP_REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
}

/// A report stands where it should, so long after its news.
pub fn delivered(waited: TimeDelta) {
    histogram!(DELIVERY_DURATION).record(waited.to_std().unwrap_or_default());
}

/// Says what each is, and makes those that an alert looks at begin at nought: what appears with
/// its first count has never risen.
pub fn begin() {
    describe_counter!(
        CITEDY_REQUESTS,
        "Requests to Citedy, by route and by how they were answered."
    );
    describe_histogram!(
        CITEDY_DURATION,
        "Seconds until Citedy's answer began, by route."
    );
    describe_counter!(
        GOOGLE_REQUESTS,
        "Requests to Google Sheets and Drive, by kind and by how they were answered."
    );
    describe_counter!(WEBHOOKS, "Webhooks of Citedy, by what became of them.");
    describe_counter!(
        HTTP_REQUESTS,
        "Requests answered by this process, by route and status."
    );
    describe_histogram!(
        DELIVERY_DURATION,
        "Seconds from a lead's news until its report stood in the watched folder."
    );
    for outcome in WebhookOutcome::ALL {
        counter!(WEBHOOKS, "outcome" => outcome.as_str()).increment(0);
    }
}
