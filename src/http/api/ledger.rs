use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;

use crate::flow::ports::{
    LedgerEntry, LedgerFilter, LedgerFormat, LedgerMark, LedgerTotals, Outcome,
};
use crate::http::AppState;
use crate::http::exports::download;
use crate::http::filter::{day, named};
use crate::http::problem::Problem;

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// `?from=&to=`, the first and the last day of the first send, UTC.
#[derive(Deserialize, Default, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Days {
    /// First day of the first send, UTC, `2026-11-24`.
    from: String,
    /// Last day of the first send, UTC.
    to: String,
}

impl Days {
    fn parse(&self) -> Result<LedgerFilter, Problem> {
        Ok(LedgerFilter {
            from: named("from", &self.from, day)?,
            to: named("to", &self.to, day)?,
            outcome: None,
        })
    }
}

#[derive(Deserialize, Default, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Paging {
    /// `nextCursor` of the page before.
    cursor: String,
    /// Attempts on this page; at most 1000, and 100 if not given.
    limit: Option<u32>,
}

/// A part of the ledger.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerJson {
    attempts: Vec<LedgerEntry>,
    next_cursor: Option<String>,
    /// Of all attempts of these days, whatever the page.
    totals: LedgerTotals,
    /// Attempts of these days that nobody has answered for; the totals say how many there are,
    /// should there be more than a page holds.
    unknown: Vec<LedgerEntry>,
}

/// Every attempt with what it cost, oldest first; `nextCursor` goes on where this page ends.
#[utoipa::path(
    operation_id = "ledger",
    params(Days, Paging),
    responses(
        (status = 200, description = "A page of attempts", body = LedgerJson),
        (status = 400, description = "A day or the paging cannot be understood"),
    ),
)]
#[get("/api/v1/ledger")]
pub async fn page(
    days: Query<Days>,
    paging: Query<Paging>,
    state: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let filter = days.parse()?;
    let after = named("cursor", &paging.cursor, LedgerMark::parse)?;
    let most = paging.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let store = &state.flow.store;
    let mut attempts = store.ledger(&filter, after.as_ref(), most + 1).await?;
    let more = attempts.len() > most as usize;
    attempts.truncate(most as usize);
    let last = attempts.last().filter(|_| more);
    let next_cursor = last.map(|last| LedgerMark::at(last).to_string());
    let unknown = LedgerFilter {
        outcome: Some(Outcome::Unknown),
        ..filter.clone()
    };
    Ok(HttpResponse::Ok().json(LedgerJson {
        next_cursor,
        totals: store.ledger_totals(&filter).await?,
        unknown: store.ledger(&unknown, None, LARGEST_PAGE).await?,
        attempts,
    }))
}

/// The same as a file, all of it.
#[utoipa::path(
    operation_id = "ledger_file",
    params(Days),
    responses(
        (status = 200, description = "A file", body = String, content_type = "text/csv"),
        (status = 400, description = "A day cannot be understood"),
    ),
)]
#[get("/api/v1/ledger.csv")]
pub async fn file(days: Query<Days>, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let filter = days.parse()?;
    let reports = state.reports.clone();
    Ok(download(
        "warmsheet-ledger.csv",
        "text/csv; charset=utf-8",
        move |out| async move {
            let written = reports.write_ledger(&filter, LedgerFormat::Csv, out).await;
            written.map(|_| ())
        },
    ))
}
