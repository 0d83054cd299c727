//! Starting, fetching and exporting runs.

use actix_web::web::{self, Bytes, Data, Path, Query, ReqData, ServiceConfig};
use actix_web::{HttpResponse, ResponseError};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::spoil::spoil;
use crate::sandbox::answers::{RUN_CREDITS, Refusal};
use crate::sandbox::clock;
use crate::sandbox::export::{self, Format};
use crate::sandbox::faults::{Fault, Target};
use crate::sandbox::keys::KeyHash;
use crate::sandbox::request::StartRequest;
use crate::sandbox::results;
use crate::sandbox::run::Run;
use crate::sandbox::state::{Shared, Started};
use crate::sandbox::wire::{RunAnswer, StartAnswer};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/citedy-warm-lead", web::post().to(start))
        .route("/citedy-warm-lead/{id}", web::get().to(fetch))
        .route("/citedy-warm-lead/{id}/export", web::get().to(export));
}

async fn start(
    shared: Data<Shared>,
    agent: ReqData<KeyHash>,
    body: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    let fault = shared.state().strike(Target::Start);
    if let Some(Fault::Refuse(status)) = fault {
        return Refusal::injected(status).error_response();
    }
    let answer = match process_start(&shared, &agent, body) {
        Ok(answer) if answer.idempotent => HttpResponse::Ok().json(answer),
        Ok(answer) => HttpResponse::Accepted().json(answer),
        Err(refusal) => refusal.error_response(),
    };
    spoil(fault, answer).await
}

fn process_start(
    shared: &Shared,
    agent: &KeyHash,
    body: Result<Bytes, actix_web::Error>,
) -> Result<StartAnswer, Refusal> {
    let body = body.map_err(|error| Refusal::BadRequest(error.to_string()))?;
    let request = StartRequest::parse(&body).map_err(Refusal::BadRequest)?;
    let Started { run, idempotent } = shared.start_run(agent, request)?;
    Ok(StartAnswer {
        run: run.view(clock::now(), |run| result_of(shared, run)),
        credits_charged: if idempotent { 0 } else { RUN_CREDITS },
        idempotent,
    })
}

async fn fetch(shared: Data<Shared>, agent: ReqData<KeyHash>, id: Path<String>) -> HttpResponse {
    let fault = shared.state().strike(Target::Get);
    if let Some(Fault::Refuse(status)) = fault {
        return Refusal::injected(status).error_response();
    }
    let answer = match find(&shared, &agent, &id) {
        Ok(run) => HttpResponse::Ok().json(RunAnswer {
            run: run.view(clock::now(), |run| result_of(&shared, run)),
        }),
        Err(refusal) => refusal.error_response(),
    };
    spoil(fault, answer).await
}

#[derive(Deserialize)]
struct ExportQuery {
    format: Option<String>,
}

async fn export(
    shared: Data<Shared>,
    agent: ReqData<KeyHash>,
    id: Path<String>,
    query: Query<ExportQuery>,
) -> HttpResponse {
    let fault = shared.state().strike(Target::Export);
    if let Some(Fault::Refuse(status)) = fault {
        return Refusal::injected(status).error_response();
    }
    let answer = render_export(&shared, &agent, &id, &query)
        .unwrap_or_else(|refusal| refusal.error_response());
    spoil(fault, answer).await
}

fn render_export(
    shared: &Shared,
    agent: &KeyHash,
    id: &str,
    query: &ExportQuery,
) -> Result<HttpResponse, Refusal> {
    let format: Format = query.format.as_deref().unwrap_or("json").parse()?;
    let run = find(shared, agent, id)?;
    if !run.has_ended(clock::now()) {
        return Err(Refusal::Conflict("the run has not ended yet".to_owned()));
    }
    let result = result_of(shared, &run);
    if result.is_null() {
        return Err(Refusal::Conflict("the run has no result".to_owned()));
    }
    let body = export::render(&result, format)?;
    Ok(HttpResponse::Ok()
        .content_type(format.content_type())
        .body(body))
}

fn find(shared: &Shared, agent: &KeyHash, id: &str) -> Result<Run, Refusal> {
    Uuid::parse_str(id)
        .ok()
        .and_then(|id| shared.state().runs.owned(id, agent).cloned())
        .ok_or(Refusal::NotFound("run"))
}

fn result_of(shared: &Shared, run: &Run) -> Value {
    results::of(run, shared.config.seed, &shared.url)
}
