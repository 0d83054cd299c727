use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::flow::balance::{self, LowBalance};
use crate::flow::finish_day::finish_day;
use crate::flow::guard::Guard;
use crate::flow::health::{PartHealth, SheetHealth};
use crate::flow::held_batches::held_batches;
use crate::flow::ports::{BatchView, LeadFilter, LeaseView, Pause, Source, Spending};
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::lead::Status;
use crate::lead::money::price_besides;

/// How things stand, in one answer.
#[derive(Debug, Serialize, PartialEq, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusJson {
    version: &'static str,
    sandbox: bool,
    /// Leads by state, every state named.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub leads: BTreeMap<&'static str, u64>,
    credits: Spending,
    /// Credits a day; absent when unlimited.
    daily_credits: Option<i64>,
    cap_reached: bool,
    cap_reopens_at: DateTime<Utc>,
    pauses: Vec<Pause>,
    /// What is left will not do for long; `null` while all is well.
    balance_low: Option<LowBalance>,
    held_batches: Vec<HeldJson>,
    parts: BTreeMap<String, PartHealth>,
    /// Connected spreadsheets by id.
    sheets: BTreeMap<String, SheetHealth>,
    /// This process among others on the same database.
    instance: String,
    /// Who drives a key (`agent:…`) and who writes a sheet (`sheet:…`).
    leases: Vec<LeaseJson>,
}

#[derive(Debug, Serialize, PartialEq, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeaseJson {
    name: String,
    holder: String,
    /// Not held: its holder stopped, and nobody has taken it since.
    held: bool,
}

impl LeaseJson {
    fn new(lease: LeaseView) -> Self {
        Self {
            held: lease.is_held(),
            name: lease.name,
            holder: lease.holder,
        }
    }
}

#[derive(Debug, Serialize, PartialEq, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct HeldJson {
    id: String,
    source: Source,
    source_name: String,
    leads: u64,
    /// Of these, served from stored reports at no cost.
    reused: u64,
    price: String,
    /// When the daily cap would let it finish, if approved now; `null` when that is today.
    finished_on: Option<NaiveDate>,
    created_at: DateTime<Utc>,
}

impl HeldJson {
    fn new(batch: BatchView, reused: u64, guard: &Guard) -> Self {
        Self {
            id: batch.id.into(),
            source: batch.source,
            source_name: batch.source_name,
            leads: batch.held,
            reused,
            price: price_besides(batch.held, reused),
            finished_on: finish_day(batch.held.saturating_sub(reused), guard),
            created_at: batch.created_at,
        }
    }
}

/// Counts by state, credits, balance, pauses, held batches and the health of each part.
#[utoipa::path(responses((status = 200, description = "How things stand", body = StatusJson)))]
#[get("/api/v1/status")]
pub async fn overview(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(read(&state).await?))
}

pub(super) async fn read(state: &AppState) -> Result<StatusJson, Problem> {
    let flow = &state.flow;
    let guard = Guard::read(flow).await?;
    let mut leads: BTreeMap<&'static str, u64> = Status::ALL
        .iter()
        .map(|status| (status.as_str(), 0))
        .collect();
    for (status, count) in flow.store.counts(&LeadFilter::default()).await? {
        leads.insert(status.as_str(), count);
    }
    let held = held_batches(flow).await?.into_iter();
    let held_batches = held
        .map(|(batch, reused)| HeldJson::new(batch, reused, &guard))
        .collect();
    let leases = flow.store.leases().await?.into_iter();
    Ok(StatusJson {
        version: env!("CARGO_PKG_VERSION"),
        sandbox: state.sandbox,
        leads,
        cap_reached: guard.cap_reached(),
        credits: guard.spending,
        daily_credits: guard.daily_credits.at_most(),
        cap_reopens_at: guard.reopens,
        pauses: guard.pauses,
        balance_low: balance::low(&*flow.store).await?,
        held_batches,
        parts: flow.health.parts(),
        sheets: flow.health.sheets(),
        instance: flow.instance.clone(),
        leases: leases.map(LeaseJson::new).collect(),
    })
}
