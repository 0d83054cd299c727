//! One lead: where it is, its report, what happened to it and what can be done.

mod account;
mod actions;
mod contacts;
mod drafts;
mod facts;
mod fields;
mod result;
mod rows;
mod score;
mod shown;
mod signals;
mod timeline;
mod words;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;

use self::actions::Actions;
use self::facts::{Raw, facts};
use self::result::ResultParts;
use self::rows::RowsTable;
use self::timeline::AttemptStory;
use super::banners::{self, Banner};
use super::citedy_export::run_of;
use super::view::{StatusLine, shown_domain, web_link};
use super::{AppState, Frame, PageError, Problem, Visitor, page};
use crate::flow::guard::Guard;
use crate::flow::ports::{LeadFilter, LeadView, ResultView};
use crate::http::filter::{lead_id, query};
use crate::lead::LeadId;

/// Rows that a page shows; downloads have all of them.
const MOST_ROWS: u32 = 200;

/// One lead's page.
#[get("/leads/{id}")]
pub async fn show(
    request: HttpRequest,
    id: Path<String>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let id = lead_id(&id)?;
    let name = format!("/leads/{id}");
    let view = state
        .views
        .get(&request, &state, &name, read(&state, &id))
        .await?;
    let shown = ReportPage {
        frame: Frame::new(view.domain.clone(), "lead", &state, &visitor)
            .follows(view.id.as_str())
            .under_way(view.moving),
        banners: &view.banners,
        told: &view.told,
        site: &view.site,
        domain: &view.domain,
        facts: &view.facts,
        timeline: &view.timeline,
        actions: &view.actions,
        rows: &view.rows,
        earlier_result: view.earlier_result,
        parts: &view.parts,
        citedy_export: view.citedy_export,
        raw: &view.raw,
        exports: &view.exports,
        batch: &view.batch,
        gone: &view.gone,
        has_result: view.has_result,
        id: &view.id,
    };
    Ok(page(StatusCode::OK, &shown)?)
}

async fn read(state: &AppState, id: &LeadId) -> Result<View, PageError> {
    let flow = &state.flow;
    let lead = flow.store.lead(id).await?;
    let lead = lead.ok_or_else(|| Problem::NotFound(format!("lead {id}")))?;
    let guard = Guard::read(flow).await?;
    let result = flow.store.result(lead.seq).await?;
    let known = flow.store.timeline(lead.seq).await?;
    let sheets = flow.health.sheets();
    let stored = result.as_ref().map(|r| (r.run_id.as_str(), r.stored_at));
    let timeline = timeline::tell(&lead, &known, stored, &sheets);
    let citedy_export = run_of(&lead, flow).await?.is_ok();
    let of_result = OfResult::read(&lead, result, state).await?;
    Ok(View {
        moving: lead.status.is_moving(),
        banners: banners::read(flow, &guard).await?,
        told: StatusLine::new(&lead, &guard),
        site: lead
            .domain
            .as_ref()
            .and_then(|d| web_link(&format!("https://{d}/"))),
        domain: shown_domain(&lead),
        facts: facts(&lead, &sheets),
        timeline,
        actions: Actions::new(&lead),
        rows: of_result.rows,
        gone: StatusLine::gone(&lead),
        earlier_result: lead.has_result && !lead.status.is_end(),
        parts: of_result.parts,
        citedy_export,
        raw: of_result.raw,
        exports: query(&[("q", lead.id.as_str())]),
        batch: lead.batch.to_string(),
        has_result: lead.has_result,
        id: lead.id.to_string(),
    })
}

#[derive(Template)]
#[template(path = "lead.html")]
struct ReportPage<'a> {
    frame: Frame,
    banners: &'a [Banner],
    id: &'a str,
    domain: &'a str,
    site: &'a Option<String>,
    told: &'a StatusLine,
    parts: &'a ResultParts,
    facts: &'a [(&'static str, String)],
    timeline: &'a [AttemptStory],
    actions: &'a Actions,
    rows: &'a RowsTable,
    /// Why there is no result any more; empty if that is not so.
    gone: &'a str,
    has_result: bool,
    earlier_result: bool,
    citedy_export: bool,
    raw: &'a Option<Raw>,
    exports: &'a str,
    batch: &'a str,
}

/// What the page shows; the same for everybody who looks at it. It is kept for them, so all that
/// comes of a result is bounded.
struct View {
    /// It goes on without a person.
    moving: bool,
    banners: Vec<Banner>,
    id: String,
    domain: String,
    /// The company's own site.
    site: Option<String>,
    told: StatusLine,
    parts: ResultParts,
    facts: Vec<(&'static str, String)>,
    timeline: Vec<AttemptStory>,
    actions: Actions,
    rows: RowsTable,
    gone: String,
    has_result: bool,
    /// What is shown comes from the attempt before the present one.
    earlier_result: bool,
    /// Citedy can be asked for its own export of this run.
    citedy_export: bool,
    raw: Option<Raw>,
    exports: String,
    batch: String,
}

/// What the page shows of a result.
struct OfResult {
    parts: ResultParts,
    rows: RowsTable,
    raw: Option<Raw>,
}

impl OfResult {
    /// A result may hold megabytes: they are read where nobody else waits meanwhile.
    async fn read(
        lead: &LeadView,
        result: Option<ResultView>,
        state: &AppState,
    ) -> Result<Self, PageError> {
        let filter = LeadFilter {
            seqs: Some(vec![lead.seq]),
            ..LeadFilter::default()
        };
        let store = &state.flow.store;
        let shapes = store.shapes(&filter).await?;
        let mut rows = store.result_rows(&filter, (0, 0), MOST_ROWS + 1).await?;
        let read = web::block(move || {
            let more = rows.len() > MOST_ROWS as usize;
            rows.truncate(MOST_ROWS as usize);
            Self {
                parts: result
                    .as_ref()
                    .map(|result| ResultParts::read(&result.run))
                    .unwrap_or_default(),
                rows: RowsTable::new(&shapes, rows, more),
                raw: result.map(Raw::new),
            }
        });
        read.await.map_err(|error| {
            let run = lead.run_id.as_deref();
            tracing::error!(lead = %lead.id, run, %error, "a result could not be read");
            PageError::from(Problem::Internal)
        })
    }
}

#[cfg(test)]
mod tests;
