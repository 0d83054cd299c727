//! One lead: where it is, what is known of it, its rows and what can be done.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use askama::Template;

use super::banners::{self, Banner};
use super::lead_actions::Actions;
use super::rows_table::RowsTable;
use super::view::{Moment, Sheets, Told, origin, query, shown_domain};
use super::{AppState, Frame, PageError, Problem, Visitor, page};
use crate::flow::guard::Guard;
use crate::flow::ports::{LeadFilter, LeadView, ResultView};
use crate::http::filter::lead_id;
use crate::lead::money::{grouped, usd};
use crate::lead::{RequestOptions, Status};

/// Rows that a page shows; downloads have all of them.
const MOST_ROWS: u32 = 200;
/// Longest raw run that a page shows, bytes; a browser struggles with more.
const LONGEST_RAW: usize = 512 * 1024;

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
    let moving = !lead.status.is_end() && lead.status != Status::Held;
    let domain = shown_domain(&lead);
    let shown = ReportPage {
        frame: Frame::new(domain.clone(), "lead", &state, &visitor)
            .follows(lead.id.as_str())
            .under_way(moving),
        banners: banners::read(flow, &guard).await?,
        told: Told::new(&lead, &guard),
        domain,
        facts: facts(&lead, &state.flow.health.sheets()),
        times: times(&lead),
        actions: Actions::new(&lead),
        rows: rows(&lead, &state).await?,
        earlier_result: lead.has_result && !lead.status.is_end(),
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
    told: Told,
    facts: Vec<(&'static str, String)>,
    times: Vec<(&'static str, Moment)>,
    actions: Actions,
    rows: RowsTable,
    has_result: bool,
    /// What is shown comes from the attempt before the present one.
    earlier_result: bool,
    raw: Option<Raw>,
    exports: String,
    batch: String,
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

/// What is known of a lead; blanks are left out.
fn facts(lead: &LeadView, sheets: &Sheets) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Lead", lead.id.to_string())];
    if lead
        .domain
        .as_ref()
        .is_some_and(|domain| *domain != lead.input)
    {
        facts.push(("Typed as", lead.input.clone()));
    }
    facts.push(("Source", origin(lead.source, &lead.source_name, sheets)));
    facts.extend(lead.row.map(|row| ("Row", row.to_string())));
    facts.extend(lead.external_id.clone().map(|id| ("External id", id)));
    facts.push(("Attempt", lead.attempt.to_string()));
    facts.extend(lead.run_id.clone().map(|id| ("Run", id)));
    facts.extend(lead.run_status.clone().map(|status| ("Run status", status)));
    let credits = grouped(lead.credits.unsigned_abs());
    facts.push((
        "Charged",
        format!("{credits} credits, {}", usd(lead.credits)),
    ));
    if let Some(from) = &lead.reused_from {
        let day = from.reported_at.format("%Y-%m-%d");
        facts.push(("Reused from", format!("{}, reported on {day}", from.lead)));
    }
    facts.extend(options(&lead.options));
    facts
}

/// Options that were given; the others are Citedy's defaults.
fn options(options: &RequestOptions) -> Vec<(&'static str, String)> {
    let mut given = Vec::new();
    given.extend(options.icp.map(|icp| ("ICP", icp.as_str().to_owned())));
    given.extend(
        options
            .buyer_roles
            .as_ref()
            .map(|roles| ("Buyer roles", roles.as_slice().join(", "))),
    );
    given.extend(
        options
            .max_contacts
            .map(|n| ("Max contacts", n.get().to_string())),
    );
    given.extend(options.drafts.map(|n| ("Drafts", n.get().to_string())));
    given.extend(
        options
            .freshness_days
            .map(|n| ("Freshness days", n.get().to_string())),
    );
    if given.is_empty() {
        given.push(("Options", "Citedy\u{2019}s defaults".to_owned()));
    }
    given
}

fn times(lead: &LeadView) -> Vec<(&'static str, Moment)> {
    let mut times = vec![("Accepted", lead.created_at.into())];
    times.extend(lead.finished_at.map(|at| ("Finished", at.into())));
    let last_told = lead.finished_at.unwrap_or(lead.created_at);
    if lead.updated_at > last_told {
        times.push(("Last change", lead.updated_at.into()));
    }
    times
}

/// The stored run as Citedy answered it.
struct Raw {
    stored: Moment,
    run_id: String,
    json: String,
    /// Longer than what is shown.
    cut: bool,
}

impl Raw {
    fn new(result: ResultView) -> Self {
        let mut json = serde_json::to_string_pretty(&result.run).unwrap_or_default();
        let cut = json.len() > LONGEST_RAW;
        if cut {
            json.truncate(json.floor_char_boundary(LONGEST_RAW));
        }
        Self {
            stored: result.stored_at.into(),
            run_id: result.run_id,
            json,
            cut,
        }
    }
}
