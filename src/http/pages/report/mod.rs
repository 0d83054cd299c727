//! One lead: where it is, its report, what happened to it and what can be done.

mod account;
mod contacts;
mod drafts;
mod facts;
mod fields;
mod result;
mod score;
mod shown;
mod signals;
mod timeline;
mod words;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;

use self::facts::{Raw, facts};
use self::result::ResultParts;
use self::timeline::AttemptStory;
use super::banners::{self, Banner};
use super::lead_actions::Actions;
use super::rows_table::RowsTable;
use super::view::{Told, query, shown_domain, web_link};
use super::{AppState, Frame, PageError, Problem, Visitor, page};
use crate::flow::guard::Guard;
use crate::flow::ports::{LeadFilter, LeadView, ResultView, Timeline};
use crate::http::filter::lead_id;
use crate::lead::{LeadId, Status};

/// Rows that a page shows; downloads have all of them.
const MOST_ROWS: u32 = 200;

#[get("/leads/{id}")]
pub async fn report(
    request: HttpRequest,
    id: Path<String>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let id = lead_id(&id)?;
    let name = request.uri().to_string();
    let view = state
        .views
        .get(&request, &state, &name, read(&state, &id))
        .await?;
    let (lead, guard, result) = (&view.lead, &view.guard, view.result.as_ref());
    let sheets = state.flow.health.sheets();
    let moving = !lead.status.is_end() && lead.status != Status::Held;
    let domain = shown_domain(lead);
    let stored = result.map(|r| (r.run_id.as_str(), r.stored_at));
    let shown = ReportPage {
        frame: Frame::new(domain.clone(), "lead", &state, &visitor)
            .follows(lead.id.as_str())
            .under_way(moving),
        banners: &view.banners,
        told: Told::new(lead, guard),
        site: lead
            .domain
            .as_ref()
            .and_then(|d| web_link(&format!("https://{d}/"))),
        domain,
        facts: facts(lead, &sheets),
        timeline: timeline::tell(lead, &view.timeline, stored, &sheets),
        actions: Actions::new(lead),
        rows: &view.rows,
        earlier_result: lead.has_result && !lead.status.is_end(),
        parts: result
            .map(|result| ResultParts::read(&result.run))
            .unwrap_or_default(),
        citedy_export: has_export(lead, guard, result),
        raw: result.cloned().map(Raw::new),
        exports: query(&[("q", lead.id.as_str())]),
        batch: lead.batch.to_string(),
        has_result: lead.has_result,
        id: lead.id.to_string(),
    };
    Ok(page(StatusCode::OK, &shown)?)
}

/// What the page is made of; the same for everybody who looks at it.
struct View {
    lead: LeadView,
    guard: Guard,
    banners: Vec<Banner>,
    result: Option<ResultView>,
    timeline: Timeline,
    rows: RowsTable,
}

async fn read(state: &AppState, id: &LeadId) -> Result<View, PageError> {
    let flow = &state.flow;
    let lead = flow.store.lead(id).await?;
    let lead = lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))?;
    let guard = Guard::read(flow).await?;
    Ok(View {
        banners: banners::read(flow, &guard).await?,
        result: flow.store.result(lead.seq).await?,
        timeline: flow.store.timeline(lead.seq).await?,
        rows: rows(&lead, state).await?,
        lead,
        guard,
    })
}

#[derive(Template)]
#[template(path = "lead.html")]
struct ReportPage<'a> {
    frame: Frame,
    banners: &'a [Banner],
    id: String,
    domain: String,
    /// The company's own site.
    site: Option<String>,
    told: Told,
    parts: ResultParts,
    facts: Vec<(&'static str, String)>,
    timeline: Vec<AttemptStory>,
    actions: Actions,
    rows: &'a RowsTable,
    has_result: bool,
    /// What is shown comes from the attempt before the present one.
    earlier_result: bool,
    /// Citedy can be asked for its own export of this run.
    citedy_export: bool,
    raw: Option<Raw>,
    exports: String,
    batch: String,
}

/// Whether the stored result is of a run that this key can ask for.
fn has_export(lead: &LeadView, guard: &Guard, result: Option<&ResultView>) -> bool {
    let of_its_run = lead.run_id.is_some() && result.map(|r| &r.run_id) == lead.run_id.as_ref();
    of_its_run && lead.payer.is_some() && lead.payer == guard.payer
}

async fn rows(lead: &LeadView, state: &AppState) -> Result<RowsTable, PageError> {
    let filter = LeadFilter {
        seqs: Some(vec![lead.seq]),
        ..LeadFilter::default()
    };
    let store = &state.flow.store;
    let shapes = store.shapes(&filter).await?;
    let mut rows = store.result_rows(&filter, (0, 0), MOST_ROWS + 1).await?;
    let more = rows.len() > MOST_ROWS as usize;
    rows.truncate(MOST_ROWS as usize);
    Ok(RowsTable::new(&shapes, rows, more))
}

#[cfg(test)]
mod tests;
