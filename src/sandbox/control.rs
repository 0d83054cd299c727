//! Routes under `/sandbox/` that only a sandbox has: a test looks behind the scenes and pulls
//! the strings. They answer to loopback only and count towards no limit.
//!
//! | route | body |
//! | --- | --- |
//! | `GET /sandbox/ledger` | answers `{charges, total, requests, refused_429, faults}` |
//! | `POST /sandbox/faults` | `{"faults": ["500=0.1", "lost=0.05"]}` |
//! | `POST /sandbox/credits` | `{"credits": 400}` |
//! | `POST /sandbox/finish` | `{"run_id": "…"}` or `{"all": true}` |
//! | `POST /sandbox/limits` | `{"requests": 30, "live_runs": 5}`; what is left out is not limited |
//! | `POST /sandbox/keys` | `{"key": "citedy_agent_…", "revoked": true}` |
//! | `POST /sandbox/chaos` | `{"drop": 0.1, "duplicate": 0.1, "delay_ms": 500}`, each optional |

use std::time::Duration;

use actix_web::guard::{GuardContext, fn_guard};
use actix_web::web::{self, Data, Json, ServiceConfig};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{RUN_CREDITS, Refusal};
use super::clock;
use super::config::WebhookChaos;
use super::faults::Faults;
use super::run::Run;
use super::state::{Limits, Shared};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/sandbox")
            .guard(fn_guard(comes_from_loopback))
            .route("/ledger", web::get().to(ledger))
            .route("/faults", web::post().to(faults))
            .route("/credits", web::post().to(credits))
            .route("/finish", web::post().to(finish))
            .route("/limits", web::post().to(limits))
            .route("/keys", web::post().to(keys))
            .route("/chaos", web::post().to(chaos)),
    );
}

fn comes_from_loopback(context: &GuardContext<'_>) -> bool {
    context
        .head()
        .peer_addr
        .is_some_and(|peer| peer.ip().is_loopback())
}

/// Every charge ever made, and counts of requests, 429s and faults since the start.
async fn ledger(shared: Data<Shared>) -> Json<Value> {
    let state = shared.state();
    let charges: Vec<Value> = state.runs.all().iter().map(charge).collect();
    let mut ledger = json!(state.traffic);
    ledger["total"] = json!(RUN_CREDITS * state.runs.all().len() as i64);
    ledger["charges"] = Value::Array(charges);
    Json(ledger)
}

fn charge(run: &Run) -> Value {
    json!({
        "run_id": run.id,
        "idempotency_key": run.request.idempotency_key,
        "domain": run.request.normalized_domain,
        "credits": RUN_CREDITS,
        "at": clock::text(run.created_at),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsBody {
    /// Replace all faults; empty means none.
    faults: Vec<String>,
}

async fn faults(shared: Data<Shared>, body: Json<FaultsBody>) -> Result<Json<Value>, Refusal> {
    let faults =
        Faults::parse(&body.faults).map_err(|error| Refusal::BadRequest(error.to_string()))?;
    shared.state().faults = faults;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditsBody {
    /// The new balance of every key.
    credits: i64,
}

async fn credits(shared: Data<Shared>, body: Json<CreditsBody>) -> Json<Value> {
    shared.state().accounts.set_all(body.credits);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishBody {
    run_id: Option<Uuid>,
    #[serde(default)]
    all: bool,
}

async fn finish(shared: Data<Shared>, body: Json<FinishBody>) -> Result<Json<Value>, Refusal> {
    if body.all == body.run_id.is_some() {
        return Err(Refusal::BadRequest(
            "give either run_id or \"all\": true".to_owned(),
        ));
    }
    let finished = shared.state().finish(body.run_id)?;
    shared.agenda_changed.notify_one();
    Ok(Json(json!({"finished": finished})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysBody {
    key: SecretString,
    revoked: bool,
}

async fn keys(shared: Data<Shared>, body: Json<KeysBody>) -> Json<Value> {
    let mut state = shared.state();
    state
        .doorman
        .set_revoked(body.key.expose_secret(), body.revoked);
    done()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ChaosBody {
    drop: f64,
    duplicate: f64,
    delay_ms: u64,
}

async fn chaos(shared: Data<Shared>, body: Json<ChaosBody>) -> Result<Json<Value>, Refusal> {
    let chaos = WebhookChaos {
        drop: body.drop,
        duplicate: body.duplicate,
        delay: Duration::from_millis(body.delay_ms),
    };
    chaos.check().map_err(Refusal::BadRequest)?;
    shared.state().webhook_chaos = chaos;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsBody {
    requests: Option<u32>,
    live_runs: Option<usize>,
}

async fn limits(shared: Data<Shared>, body: Json<LimitsBody>) -> Json<Value> {
    shared.state().limits = Limits {
        requests: body.requests.unwrap_or(u32::MAX),
        live_runs: body.live_runs,
    };
    done()
}

fn done() -> Json<Value> {
    Json(json!({"done": true}))
}
