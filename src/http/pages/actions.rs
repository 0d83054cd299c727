//! The forms behind the buttons: a decision, then back to where the button was.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;

use super::own_path::own_page;
use super::page_form::{NoFields, PageForm};
use super::{AppState, PageError, Problem, see_other};
use crate::flow::ports::Decided;
use crate::flow::{decide, pause as stop};
use crate::http::filter::lead_id;
use crate::lead::{BatchId, Decision};

#[derive(Default, Deserialize)]
#[serde(default)]
struct DecisionForm {
    /// The attempt that was shown with the button. A retry from an old page must not buy
    /// again what has been retried since.
    attempt: Option<i64>,
    /// Ticked: another charge is fine.
    accept_possible_charge: Option<String>,
}

/// A person's decision about one lead.
#[post("/leads/{id}/{decision:approve|cancel|retry}")]
pub async fn decide_lead(
    request: HttpRequest,
    path: Path<(String, Decision)>,
    form: PageForm<DecisionForm>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let (id, decision) = path.into_inner();
    let PageForm(form) = form;
    let id = lead_id(&id)?;
    let flow = &state.flow;
    if let Some(shown) = form.attempt {
        let lead = flow.store.lead(&id).await?;
        let lead = lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))?;
        if lead.attempt != shown {
            return Err(not_now(lead.status, decision));
        }
    }
    let accepted = form.accept_possible_charge.is_some();
    match decide::lead(flow, &id, decision, accepted).await? {
        Decided::Done { .. } => Ok(see_other(&back(&request, &format!("/leads/{id}")))),
        Decided::NotNow { status } => Err(not_now(status, decision)),
        Decided::Forgotten { since } => Err(Problem::Forgotten(since).into()),
        Decided::ChargeMayExist => Err(Problem::ChargeMayExist.into()),
    }
}

fn not_now(status: crate::lead::Status, decision: Decision) -> PageError {
    Problem::NotNow { status, decision }.into()
}

#[derive(Deserialize)]
struct BatchForm {
    /// The batch may pass the day's cap.
    lift_cap: Option<String>,
}

/// A person's decision about a whole batch.
#[post("/batches/{id}/{decision:approve|cancel}")]
pub async fn decide_batch(
    request: HttpRequest,
    path: Path<(String, Decision)>,
    form: PageForm<BatchForm>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let (id, decision) = path.into_inner();
    let id = BatchId::try_from(id.clone()).map_err(|_| Problem::NotFound(format!("batch {id}")))?;
    decide::batch(&state.flow, &id, decision, form.0.lift_cap.is_some()).await?;
    Ok(see_other(&back(&request, &format!("/batches/{id}"))))
}

/// The stop that stops: the next page is shown when no paid call is on its way any more.
#[post("/pause")]
pub async fn pause(
    request: HttpRequest,
    _form: PageForm<NoFields>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    stop::by_person(&state.flow).await?;
    Ok(see_other(&back(&request, "/")))
}

/// Lifts the pauses that a person lifts.
#[post("/resume")]
pub async fn resume(
    request: HttpRequest,
    _form: PageForm<NoFields>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    stop::resume(&state.flow).await?;
    Ok(see_other(&back(&request, "/")))
}

/// The page with the button, if the browser tells; always a page of our own.
fn back(request: &HttpRequest, otherwise: &str) -> String {
    request
        .headers()
        .get(header::REFERER)
        .and_then(|referer| own_page(referer.to_str().ok()?))
        .unwrap_or_else(|| otherwise.to_owned())
}
