//! Citedy's callbacks: verified over the raw bytes, stored, then answered.

use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, guard};

use super::problem::Problem;
use super::{AppState, body};
use crate::flow::meter::{self, WebhookOutcome};
use crate::flow::ports::Recorded;
use crate::lead::LeadId;
use crate::lead::webhook::{PATH, SignatureError};

const LARGEST_BODY: usize = 1024 * 1024;
const SIGNATURE: &str = "X-Citedy-Signature-256";
/// The webhooks' name among the parts whose health is told.
const PART: &str = "webhooks";

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).guard(guard::Post()).to(receive));
}

/// Takes one of Citedy's events. It is only a hint: the run is fetched, and what it says is true.
#[utoipa::path(
    post,
    path = PATH,
    params(("X-Citedy-Signature-256" = String, Header,
        description = "`v1=` and the HMAC-SHA-256 of the raw body under the webhook's secret, in hex")),
    request_body(content = serde_json::Value, content_type = "application/json",
        description = "An event; at most 1 MiB"),
    responses(
        (status = 200, description = "Stored, or stored before"),
        (status = 400, description = "The body did not arrive"),
        (status = 401, description = "The signature does not fit"),
        (status = 403, description = "From a foreign place"),
        (status = 413, description = "Larger than 1 MiB"),
        (status = 503, description = "Not stored, or no secret is set: send it again later"),
    ),
    security(()),
)]
pub(super) async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let taken = take(&request, payload, &state).await;
    meter::webhook(match &taken {
        Ok(Recorded::New { .. }) => WebhookOutcome::Stored,
        Ok(Recorded::Repeat) => WebhookOutcome::Repeated,
        Err(Problem::BadSignature) => WebhookOutcome::Refused,
        Err(Problem::NoWebhookSecret) => WebhookOutcome::NoSecret,
        Err(Problem::TooLarge(_)) => WebhookOutcome::TooLarge,
        Err(Problem::BadRequest(_)) => WebhookOutcome::Unreadable,
        Err(_) => WebhookOutcome::NotStored,
    });
    taken.map(|_| HttpResponse::Ok().finish())
}

/// 200 stored, 401 bad signature, 413 too large, 503 not stored (so that Citedy sends again).
async fn take(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
) -> Result<Recorded, Problem> {
    let body = body::read(payload, LARGEST_BODY, "a webhook is at most 1 MiB").await?;
    let now = state.flow.clock.now();
    let event = match state
        .webhook_secrets
        .verify(signature(request.headers()), body)
    {
        Ok(event) => event,
        Err(SignatureError::NoSecretsConfigured) => {
            state
                .flow
                .health
                .fault(PART, &Problem::NoWebhookSecret.to_string(), now);
            state.flow.health.webhook_refused(now);
            return Err(Problem::NoWebhookSecret);
        }
        Err(error) => {
            tracing::warn!(%error, "a webhook was refused");
            state.flow.health.webhook_refused(now);
            state.flow.health.fault(PART, &error.to_string(), now);
            return Err(Problem::BadSignature);
        }
    };
    let recorded = state
        .flow
        .store
        .record_event(&event, now)
        .await
        .map_err(|error| {
            tracing::error!(%error, "a webhook could not be stored");
            Problem::StoreUnavailable
        })?;
    state.flow.health.ok(PART, now);
    if let Recorded::New { made_due } = recorded {
        // What was stored is acknowledged, whatever this says.
        let lead = match event.run_id() {
            Some(run) if made_due => state.flow.store.lead_of_run(run).await.ok().flatten(),
            _ => None,
        };
        let lead = lead.as_ref().map(LeadId::as_str);
        tracing::info!(
            lead,
            run = event.run_id(),
            event = event.event_id(),
            made_due,
            "webhook stored"
        );
        if made_due || event.is_about_billing() {
            state.flow.wake.notify_waiters();
        }
    }
    Ok(recorded)
}

fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get(SIGNATURE)?.to_str().ok()
}
