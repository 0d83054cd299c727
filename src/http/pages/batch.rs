//! One batch: how far it is, how long it takes yet, what it costs, and its leads.

mod progress;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use serde::Deserialize;

use self::progress::{Now, Progress, words};
use super::banners::{self, Banner};
use super::counts::{StateCount, tiles};
use super::held_batch::HeldBatch;
use super::view::{LeadLine, Moment, origin};
use super::{AppState, Frame, PageError, Problem, Visitor, page};
use crate::flow::guard::Guard;
use crate::flow::ports::LeadFilter;
use crate::flow::time_left::{TimeLeft, time_left, typical};
use crate::http::filter::{FilterQuery, query};
use crate::lead::BatchId;

/// Leads on the page.
const SHOWN: u32 = 50;
/// Runs that tell how long one takes.
const RUNS: u32 = 50;

#[derive(Deserialize)]
struct Sent {
    /// Leads of a form that had been sent before.
    again: Option<u64>,
}

/// One batch's page.
#[get("/batches/{id}")]
pub async fn show(
    request: HttpRequest,
    id: Path<String>,
    sent: Query<Sent>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let name = request.uri().to_string();
    let view = state
        .views
        .get(&request, &state, &name, read(&state, id.into_inner()))
        .await?;
    let shown = BatchPage {
        frame: Frame::new(format!("Batch {}", view.id), "batch", &state, &visitor)
            .follows("all")
            .under_way(view.under_way),
        banners: &view.banners,
        again: sent.again.unwrap_or(0),
        view: &view,
    };
    Ok(page(StatusCode::OK, &shown)?)
}

async fn read(state: &AppState, id: String) -> Result<View, PageError> {
    let unknown = || Problem::NotFound(format!("batch {id}"));
    let id = BatchId::try_from(id.clone()).map_err(|_| unknown())?;
    let flow = &state.flow;
    let batch = flow.store.batch(&id).await?.ok_or_else(unknown)?;
    let filter = LeadFilter {
        batch: Some(id.clone()),
        ..LeadFilter::default()
    };
    let guard = Guard::read(flow).await?;
    let counts = flow.store.counts(&filter).await?;
    let leads = flow.store.newest_leads(&filter, None, SHOWN).await?;
    let now = Now::read(flow, &batch, &counts).await?;
    let run = typical(flow.store.run_times(RUNS).await?);
    let per_minute = state.requests_per_minute;
    let left = time_left(&now.state, &guard, per_minute, run, flow.clock.now());
    let sheets = flow.health.sheets();
    let links = FilterQuery {
        batch: id.to_string(),
        ..FilterQuery::default()
    };
    Ok(View {
        under_way: counts.iter().any(|(status, _)| status.is_moving()),
        banners: banners::read(flow, &guard).await?,
        origin: origin(batch.source, &batch.source_name, &sheets),
        since: batch.created_at.into(),
        progress: Progress::new(&counts),
        time_left: words(left, &counts, &guard),
        credits: now.credits(),
        stretched: matches!(left, TimeLeft::Cap(_)) && batch.held == 0,
        queued: now.state.queued > 0,
        held: (batch.held > 0).then(|| HeldBatch::new(batch, now.held_reused, &guard, &sheets)),
        tiles: tiles(&links, &counts),
        exports: query(&[("batch", id.as_str())]),
        lines: leads
            .leads
            .iter()
            .map(|lead| LeadLine::new(lead, &guard, &sheets))
            .collect(),
        more: leads.next.is_some(),
        id: id.to_string(),
    })
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage<'a> {
    frame: Frame,
    banners: &'a [Banner],
    again: u64,
    view: &'a View,
}

/// What the page shows; the same for everybody who looks at it.
struct View {
    under_way: bool,
    banners: Vec<Banner>,
    id: String,
    origin: String,
    since: Moment,
    progress: Progress,
    time_left: String,
    credits: String,
    /// Approved, and not all of it fits into today's cap.
    stretched: bool,
    /// Some of it is approved and not started yet: that can be taken back.
    queued: bool,
    /// What of it waits for a person.
    held: Option<HeldBatch>,
    tiles: Vec<StateCount>,
    /// The query part of the downloads' addresses.
    exports: String,
    lines: Vec<LeadLine>,
    /// There are more leads than are shown.
    more: bool,
}
