use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use serde_json::Value;

use super::view::LeadJson;
use crate::flow::decide;
use crate::flow::guard::Guard;
use crate::flow::ports::{Decided, LeadFilter, LeadView, RetryNote};
use crate::http::AppState;
use crate::http::filter::{FilterQuery, lead_id};
use crate::http::problem::Problem;
use crate::lead::rows::row_object;
use crate::lead::{BatchId, Decision, LeadId};

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

#[derive(Deserialize)]
struct Paging {
    cursor: Option<i64>,
    limit: Option<u32>,
}

/// Leads, newest first; `nextCursor` goes on where this page ends.
#[get("/api/v1/leads")]
pub async fn list(
    filter: Query<FilterQuery>,
    paging: Query<Paging>,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
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
    Ok(HttpResponse::Ok().json(serde_json::json!({"leads": leads, "nextCursor": page.next})))
}

/// One lead with its run, result and rows.
#[get("/api/v1/leads/{id}")]
pub async fn one(id: Path<String>, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let lead = find(&lead_id(&id)?, &state).await?;
    let seq = lead.seq;
    let result = state.flow.store.result(seq).await?;
    let rows = rows(seq, &state).await?;
    let lead = LeadJson::new(lead, &guard(&state).await?);
    let mut answer = serde_json::to_value(lead).map_err(|_| Problem::Internal)?;
    if let Some(stored) = result {
        answer["result"] = stored.run.get("result").cloned().unwrap_or(Value::Null);
        answer["run"] = stored.run;
    }
    answer["rows"] = rows.into();
    Ok(HttpResponse::Ok().json(answer))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Acceptance {
    accept_possible_charge: bool,
}

/// A person's decision about one lead.
#[post("/api/v1/leads/{id}/{decision:retry|approve|cancel}")]
pub async fn decide_lead(
    path: Path<(String, Decision)>,
    body: Bytes,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (id, decision) = path.into_inner();
    let id = lead_id(&id)?;
    let acceptance: Acceptance = terms(&body)?;
    let accepted = acceptance.accept_possible_charge;
    match decide::lead(&state.flow, &id, decision, accepted).await? {
        Decided::Done { status, note } => {
            let note = (note == RetryNote::LooksFirst).then_some(
                "the known run is looked at first; only if it is gone another is bought",
            );
            Ok(HttpResponse::Ok()
                .json(serde_json::json!({"id": id, "status": status, "note": note})))
        }
        Decided::NotNow { status } => Err(Problem::NotNow { status, decision }),
        Decided::Forgotten { since } => Err(Problem::Forgotten(since)),
        Decided::ChargeMayExist => Err(Problem::ChargeMayExist),
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct BatchTerms {
    lift_cap: bool,
}

/// A person's decision about a whole batch; `{"liftCap": true}` lets it pass the day's cap.
#[post("/api/v1/batches/{id}/{decision:approve|cancel}")]
pub async fn decide_batch(
    path: Path<(String, Decision)>,
    body: Bytes,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (id, decision) = path.into_inner();
    let id = BatchId::try_from(id.clone()).map_err(|_| Problem::NotFound(format!("batch {id}")))?;
    let terms: BatchTerms = terms(&body)?;
    let decided = decide::batch(&state.flow, &id, decision, terms.lift_cap).await?;
    Ok(HttpResponse::Ok().json(decided))
}

/// What comes with a decision; an empty body says nothing more.
fn terms<T: serde::de::DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Problem::BadRequest(error.to_string()))
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
