//! The dashboard: what needs a person, what has been spent, and every lead.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use serde::Deserialize;

use super::banners::{self, Banner};
use super::chart::{self, Chart};
use super::counts::{count, total};
use super::funnel::Funnel;
use super::held_batch::HeldBatch;
use super::money::Money;
use super::view::{LeadLine, source_name, status_name};
use super::{AppState, Frame, PageError, Visitor, page};
use crate::flow::guard::Guard;
use crate::flow::held_batches::held_batches;
use crate::flow::ports::{Counts, LeadFilter, Source};
use crate::http::filter::FilterQuery;
use crate::lead::Status;
use crate::lead::money::{counted, grouped};

/// Leads on one page.
const PAGE: u32 = 50;

#[derive(Deserialize)]
struct Paging {
    /// The number of the last lead on the page before.
    before: Option<i64>,
}

/// Everything at a glance, and the leads that the filter in the address leaves.
#[get("/")]
pub async fn show(
    request: HttpRequest,
    filter: Query<FilterQuery>,
    paging: Query<Paging>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let (filter, paging) = (filter.into_inner(), paging.into_inner());
    let name = request.uri().to_string();
    let shown = state
        .views
        .get(&request, &state, &name, read(&state, filter, paging))
        .await?;
    let shown = Dashboard {
        frame: Frame::new("Dashboard", "dashboard", &state, &visitor)
            .follows("all")
            .under_way(shown.under_way),
        banners: &shown.banners,
        view: &shown,
    };
    Ok(page(StatusCode::OK, &shown)?)
}

async fn read(state: &AppState, filter: FilterQuery, paging: Paging) -> Result<View, PageError> {
    let parsed = filter.parse()?;
    let flow = &state.flow;
    let store = &flow.store;
    let guard = Guard::read(flow).await?;
    let any_status = LeadFilter {
        status: None,
        ..parsed.clone()
    };
    // Under a search each of them goes through all leads: they need not wait for each other.
    let (leads, counts) = tokio::try_join!(
        store.newest_leads(&parsed, paging.before, PAGE),
        store.counts(&any_status)
    )?;
    let mut held = held_batches(flow).await?;
    if let Some(batch) = &parsed.batch {
        held.retain(|(view, _)| view.id == *batch);
    }
    let today = flow.clock.now().date_naive();
    let days = store.days(chart::first_day(today)).await?;
    let sheets = flow.health.sheets();
    Ok(View {
        under_way: counts.iter().any(|(status, _)| status.is_moving()),
        banners: banners::read(flow, &guard).await?,
        notices: flow.health.problems(),
        held: held
            .into_iter()
            .map(|(batch, reused)| HeldBatch::new(batch, reused, &guard, &sheets))
            .collect(),
        money: Money::new(&guard),
        summary: summary(&counts),
        funnel: Funnel::new(&filter, &counts),
        chart: Chart::new(&days, today),
        statuses: choices(
            Status::ALL.map(|s| (s.as_str(), status_name(s))),
            &filter.status,
        ),
        sources: choices(
            Source::ALL.map(|s| (s.as_str(), source_name(s))),
            &filter.source,
        ),
        lines: leads
            .leads
            .iter()
            .map(|lead| LeadLine::new(lead, &guard, &sheets))
            .collect(),
        filtered: !filter.link(&[]).is_empty(),
        exports: filter.link(&[]),
        newest: paging.before.map(|_| filter.link(&[])),
        older: leads
            .next
            .map(|last| filter.link(&[("before", &last.to_string())])),
        filter,
    })
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard<'a> {
    frame: Frame,
    banners: &'a [Banner],
    view: &'a View,
}

/// What the page shows; the same for everybody who looks at it.
struct View {
    under_way: bool,
    banners: Vec<Banner>,
    notices: Vec<String>,
    held: Vec<HeldBatch>,
    money: Money,
    summary: String,
    funnel: Funnel,
    /// `None`: nothing to draw yet.
    chart: Option<Chart>,
    statuses: Vec<Choice>,
    sources: Vec<Choice>,
    lines: Vec<LeadLine>,
    filtered: bool,
    /// The query part of the downloads' addresses.
    exports: String,
    newest: Option<String>,
    older: Option<String>,
    filter: FilterQuery,
}

/// One line that a screen reader reads out when it changes.
fn summary(counts: &Counts) -> String {
    let all = total(counts);
    let done = counts
        .iter()
        .filter(|(status, _)| status.is_end())
        .map(|(_, n)| n)
        .sum::<u64>();
    let held = count(counts, Status::Held);
    let moving = all - done - held;
    let leads = counted(all, "lead", "leads");
    let mut text = format!("{leads}: {} finished", grouped(done));
    if moving > 0 {
        text.push_str(&format!(", {} on the way", grouped(moving)));
    }
    if held > 0 {
        text.push_str(&format!(", {} waiting for approval", grouped(held)));
    }
    text
}

/// An entry of a drop-down.
struct Choice {
    value: &'static str,
    name: &'static str,
    chosen: bool,
}

fn choices<const N: usize>(
    entries: [(&'static str, &'static str); N],
    chosen: &str,
) -> Vec<Choice> {
    entries
        .into_iter()
        .map(|(value, name)| Choice {
            value,
            name,
            chosen: value == chosen,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_still_moves() {
        let counts = vec![(Status::Held, 2), (Status::Waiting, 3), (Status::Failed, 1)];
        let expected = "6 leads: 1 finished, 3 on the way, 2 waiting for approval";
        assert_eq!(summary(&counts), expected);
        assert_eq!(summary(&vec![]), "0 leads: 0 finished");
    }
}
