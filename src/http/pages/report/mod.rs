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
use actix_web::{HttpResponse, get};
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
use crate::flow::ports::{LeadFilter, LeadView, ResultView};
use crate::http::filter::lead_id;
use crate::lead::Status;

/// Rows that a page shows; downloads have all of them.
const MOST_ROWS: u32 = 200;

#[get("/leads/{id}")]
pub async fn report(
    id: Path<String>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let id = lead_id(&id)?;
    let flow = &state.flow;
    let lead = flow.store.lead(&id).await?;
    let lead = lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))?;
    let guard = Guard::read(flow).await?;
    let result = flow.store.result(lead.seq).await?;
    let known = flow.store.timeline(lead.seq).await?;
    let sheets = flow.health.sheets();
    let moving = !lead.status.is_end() && lead.status != Status::Held;
    let domain = shown_domain(&lead);
    let stored = result.as_ref().map(|r| (r.run_id.as_str(), r.stored_at));
    let shown = ReportPage {
        frame: Frame::new(domain.clone(), "lead", &state, &visitor)
            .follows(lead.id.as_str())
            .under_way(moving),
        banners: banners::read(flow, &guard).await?,
        told: Told::new(&lead, &guard),
        site: lead
            .domain
            .as_ref()
            .and_then(|d| web_link(&format!("https://{d}/"))),
        domain,
        facts: facts(&lead, &sheets),
        timeline: timeline::tell(&lead, &known, stored, &sheets),
        actions: Actions::new(&lead),
        rows: rows(&lead, &state).await?,
        earlier_result: lead.has_result && !lead.status.is_end(),
        parts: result
            .as_ref()
            .map(|result| ResultParts::read(&result.run))
            .unwrap_or_default(),
        citedy_export: has_export(&lead, &guard, result.as_ref()),
        raw: result.map(Raw::new),
        exports: query(&[("q", lead.id.as_str())]),
        batch: lead.batch.to_string(),
        has_result: lead.has_result,
        id: lead.id.to_string(),
    };
    Ok(page(StatusCode::OK, &shown)?)
}

#[derive(Template)]
#[template(path = "lead.html")]
struct ReportPage {
    frame: Frame,
    banners: Vec<Banner>,
    id: String,
    domain: String,
    /// The company's own site.
    site: Option<String>,
    told: Told,
    parts: ResultParts,
    facts: Vec<(&'static str, String)>,
    timeline: Vec<AttemptStory>,
    actions: Actions,
    rows: RowsTable,
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
