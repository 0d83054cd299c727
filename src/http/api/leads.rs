use actix_web::web::{Data, Json, Path, Payload, Query};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::view::LeadJson;
use crate::flow::decide;
use crate::flow::guard::Guard;
use crate::flow::ports::{BatchDecided, Decided, LeadFilter, LeadView, RetryNote};
use crate::http::filter::{FilterQuery, lead_id};
use crate::http::problem::Problem;
use crate::http::{AppState, body};
use crate::lead::rows::row_object;
use crate::lead::{BatchId, Decision, LeadId, Status};

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;
/// What comes with a decision, bytes.
const LARGEST_TERMS: usize = 64 * 1024;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Paging {
    /// `nextCursor` of the page before.
    cursor: Option<i64>,
    /// Leads on this page; at most 1000, and 100 if not given.
    limit: Option<u32>,
}

/// A part of the list.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadsJson {
    leads: Vec<LeadJson>,
    /// Where the next page begins; `null` on the last one.
    next_cursor: Option<i64>,
}

/// A lead with what its run brought.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OneLeadJson {
    #[serde(flatten)]
    lead: LeadJson,
    /// Citedy's result, whatever it holds; absent until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// The whole run as Citedy answered it; absent until it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    run: Option<Value>,
    /// Each begins with `lead_id`, `run_id`, `domain` and `row`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

/// Leads, newest first; `nextCursor` goes on where this page ends.
#[utoipa::path(
    params(FilterQuery, Paging),
    responses(
        (status = 200, description = "A page of leads", body = LeadsJson),
        (status = 400, description = "A filter or the paging cannot be understood"),
    ),
)]
#[get("/api/v1/leads")]
pub async fn list(
    filter: Query<FilterQuery>,
    paging: Query<Paging>,
    state: Data<AppState>,
) -> Result<Json<LeadsJson>, Problem> {
    let filter = filter.into_inner().parse()?;
    let most = paging.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let store = &state.flow.store;
    let page = store.newest_leads(&filter, paging.cursor, most).await?;
    let guard = guard(&state).await?;
    let leads: Vec<LeadJson> = page
        .leads
        .into_iter()
        .map(|lead| LeadJson::new(lead, &guard))
        .collect();
    Ok(Json(LeadsJson {
        leads,
        next_cursor: page.next,
    }))
}

/// One lead with its run, result and rows.
#[utoipa::path(
    params(("id" = LeadId, Path)),
    responses(
        (status = 200, description = "The lead", body = OneLeadJson),
        (status = 404, description = "There is no such lead"),
    ),
)]
#[get("/api/v1/leads/{id}")]
pub async fn one(id: Path<String>, state: Data<AppState>) -> Result<Json<OneLeadJson>, Problem> {
    let lead = find(&lead_id(&id)?, &state).await?;
    let seq = lead.seq;
    let result = state.flow.store.result(seq).await?;
    let rows = rows(seq, &state).await?;
    let lead = LeadJson::new(lead, &guard(&state).await?);
    let run = result.map(|stored| stored.run);
    Ok(Json(OneLeadJson {
        lead,
        result: run
            .as_ref()
            .map(|run| run.get("result").cloned().unwrap_or(Value::Null)),
        run,
        rows,
    }))
}

/// What a person accepts with a decision about a lead.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Acceptance {
    /// A retry may buy another report although a charge for this one may exist.
    accept_possible_charge: bool,
}

/// What came of a decision about a lead.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DecidedJson {
    id: LeadId,
    status: Status,
    /// What happens first; `null` if nothing is to be said.
    note: Option<&'static str>,
}

/// A person's decision about one lead.
#[utoipa::path(
    path = "/api/v1/leads/{id}/{decision}",
    params(
        ("id" = LeadId, Path),
        ("decision" = inline(Decision), Path,
            description = "A retry is a new attempt and a new charge"),
    ),
    request_body(content = Option<Acceptance>, description = "May be left out"),
    responses(
        (status = 200, description = "Decided", body = DecidedJson),
        (status = 400, description = "The body cannot be understood"),
        (status = 404, description = "There is no such lead or decision"),
        (status = 409, description = "Its state does not allow this, or a charge may exist"),
        (status = 413, description = "The body is too large"),
    ),
)]
#[post("/api/v1/leads/{id}/{decision:retry|approve|cancel}")]
pub async fn decide_lead(
    path: Path<(String, Decision)>,
    payload: Payload,
    state: Data<AppState>,
) -> Result<Json<DecidedJson>, Problem> {
    let (id, decision) = path.into_inner();
    let id = lead_id(&id)?;
    let acceptance: Acceptance = terms(payload).await?;
    let accepted = acceptance.accept_possible_charge;
    match decide::lead(&state.flow, &id, decision, accepted).await? {
        Decided::Done { status, note } => {
            let note = (note == RetryNote::LooksFirst).then_some(
                "the known run is looked at first; only if it is gone another is bought",
            );
            Ok(Json(DecidedJson { id, status, note }))
        }
        Decided::NotNow { status } => Err(Problem::NotNow { status, decision }),
        Decided::Forgotten { since } => Err(Problem::Forgotten(since)),
        Decided::ChargeMayExist => Err(Problem::ChargeMayExist),
    }
}

/// On what terms a batch is approved.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BatchTerms {
    /// It starts without regard to the day's cap.
    lift_cap: bool,
}

/// What can be decided about a whole batch.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchDecision {
    Approve,
    Cancel,
}

/// A person's decision about a whole batch; `{"liftCap": true}` lets it pass the day's cap.
#[utoipa::path(
    path = "/api/v1/batches/{id}/{decision}",
    params(("id" = BatchId, Path), ("decision" = inline(BatchDecision), Path)),
    request_body(content = Option<BatchTerms>, description = "May be left out"),
    responses(
        (status = 200, description = "Decided for every lead that waits", body = BatchDecided),
        (status = 400, description = "The body cannot be understood"),
        (status = 404, description = "There is no such batch or decision"),
        (status = 413, description = "The body is too large"),
    ),
)]
#[post("/api/v1/batches/{id}/{decision:approve|cancel}")]
pub async fn decide_batch(
    path: Path<(String, BatchDecision)>,
    payload: Payload,
    state: Data<AppState>,
) -> Result<Json<BatchDecided>, Problem> {
    let (id, decision) = path.into_inner();
    let decision = match decision {
        BatchDecision::Approve => Decision::Approve,
        BatchDecision::Cancel => Decision::Cancel,
    };
    let id = BatchId::try_from(id.clone()).map_err(|_| Problem::NotFound(format!("batch {id}")))?;
    let terms: BatchTerms = terms(payload).await?;
    let decided = decide::batch(&state.flow, &id, decision, terms.lift_cap).await?;
    Ok(Json(decided))
}

/// What comes with a decision; an empty body says nothing more.
async fn terms<T: serde::de::DeserializeOwned + Default>(payload: Payload) -> Result<T, Problem> {
    let body = body::read(payload, LARGEST_TERMS, "a decision has a small body").await?;
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(&body).map_err(|error| Problem::BadRequest(error.to_string()))
}

async fn find(id: &LeadId, state: &AppState) -> Result<LeadView, Problem> {
    let lead = state.flow.store.lead(id).await?;
    lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))
}

pub(super) async fn guard(state: &AppState) -> Result<Guard, Problem> {
    let flow = &state.flow;
    Ok(Guard::read(flow).await?)
}

async fn rows(seq: i64, state: &AppState) -> Result<Vec<Value>, Problem> {
    let filter = LeadFilter {
        seqs: Some(vec![seq]),
        ..LeadFilter::default()
    };
    let store = &state.flow.store;
    let shapes = store.shapes(&filter).await?;
    let rows = store
        .result_rows(&filter, (0, 0), u32::from(u16::MAX))
        .await?;
    let mut answer = Vec::with_capacity(rows.len());
    for row in rows {
        let cells = row.cells.read().map_err(|_| Problem::Internal)?;
        let shape = shapes.iter().find(|shape| shape.id == row.shape);
        let keys = shape.into_iter().flat_map(|shape| &shape.keys);
        let leading = (row.lead_id, row.run_id, row.domain, row.row);
        answer.push(row_object(leading, keys.zip(cells)).into());
    }
    Ok(answer)
}
