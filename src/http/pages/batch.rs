//! One batch: how far it is, how long it takes yet, what it costs, and its leads.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use serde::Deserialize;

use super::banners::{self, Banner};
use super::dashboard::HeldBatch;
use super::funnel::{Stage, count, tiles, total};
use super::view::{LeadLine, Moment, origin, query};
use super::{AppState, Frame, PageError, Problem, Visitor, page};
use crate::flow::guard::{Guard, WaitsFor};
use crate::flow::ports::{BatchView, Counts, LeadFilter};
use crate::flow::reuse::reusable;
use crate::flow::time_left::{BatchState, TimeLeft, in_words, time_left, typical};
use crate::flow::{Flow, ports::StoreError};
use crate::http::filter::FilterQuery;
use crate::lead::money::{credits, grouped, of_runs, signed, usd};
use crate::lead::{BatchId, Status};

/// Leads on the page.
const SHOWN: u32 = 50;
/// Runs that tell how long one takes.
const RUNS: u32 = 50;

#[derive(Deserialize)]
struct Sent {
    /// Leads of a form that had been sent before.
    again: Option<u64>,
}

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
    tiles: Vec<Stage>,
    /// The query part of the downloads' addresses.
    exports: String,
    lines: Vec<LeadLine>,
    /// There are more leads than are shown.
    more: bool,
}

/// A batch as it stands now.
struct Now {
    state: BatchState,
    held_reused: u64,
    spent: i64,
    /// Sent, and what was charged for them is not known yet.
    starting: u64,
}

impl Now {
    async fn read(flow: &Flow, view: &BatchView, counts: &Counts) -> Result<Self, StoreError> {
        let of = |status| LeadFilter {
            status,
            batch: Some(view.id.clone()),
            ..LeadFilter::default()
        };
        let (held, queued) = (count(counts, Status::Held), count(counts, Status::Queued));
        let served = async |status, leads| match leads {
            0 => Ok(0),
            _ => reusable(flow, &of(Some(status))).await,
        };
        let held_reused = served(Status::Held, held).await?;
        let starting = count(counts, Status::Starting);
        Ok(Self {
            state: BatchState {
                held,
                queued,
                under_way: starting + count(counts, Status::Waiting),
                reusable: served(Status::Queued, queued).await?,
                queue: flow.store.batch_queue(&view.id).await?,
            },
            held_reused,
            spent: flow.store.credits(&of(None)).await?,
            starting,
        })
    }

    /// What is spent of what the whole batch will have cost.
    fn credits(&self) -> String {
        let state = &self.state;
        let open = (state.held + state.queued)
            .saturating_sub(self.held_reused + state.reusable)
            .saturating_add(self.starting);
        let price = self.spent.saturating_add(of_runs(open));
        format!(
            "{} of {} spent ({} of {})",
            signed(self.spent),
            credits(price),
            usd(self.spent),
            usd(price)
        )
    }
}

/// How far a batch is, as a bar and in words.
struct Progress {
    done: u64,
    total: u64,
    text: String,
}

impl Progress {
    fn new(counts: &Counts) -> Self {
        let of = |states: &[Status]| states.iter().map(|s| count(counts, *s)).sum::<u64>();
        let total = total(counts);
        let finished = of(&[
            Status::Completed,
            Status::Reused,
            Status::Blocked,
            Status::Failed,
        ]);
        let mut text = format!("{} of {} finished", grouped(finished), grouped(total));
        for (leads, words) in [
            (of(&[Status::Starting, Status::Waiting]), "under way"),
            (of(&[Status::Queued]), "queued"),
            (of(&[Status::Held]), "waiting for approval"),
            (of(&[Status::Parked]), "to look at"),
            (of(&[Status::Cancelled]), "cancelled"),
            (of(&[Status::Rejected]), "not usable"),
        ] {
            if leads > 0 {
                text.push_str(&format!(", {} {words}", grouped(leads)));
            }
        }
        let ended = counts.iter().filter(|(status, _)| status.is_end());
        Self {
            done: ended.map(|(_, leads)| leads).sum(),
            total,
            text,
        }
    }
}

/// How long it takes yet, or why nobody can tell.
fn words(left: TimeLeft, counts: &Counts, guard: &Guard) -> String {
    let why = match left {
        TimeLeft::About(time) => return format!("{} left", capital(&in_words(time))),
        TimeLeft::None if count(counts, Status::Parked) > 0 => {
            "Nothing is under way; some leads need a look"
        }
        TimeLeft::None => "Finished",
        TimeLeft::Approval => "Waits for your approval",
        TimeLeft::Cap(day) => {
            let opens = if guard.cap_reached() {
                "is reached"
            } else {
                "will be reached"
            };
            return format!(
                "Today\u{2019}s cap {opens}: goes on tomorrow, and the last starts on {day}"
            );
        }
        TimeLeft::Stopped(stop) => match stop {
            WaitsFor::Turn => "Waits for its turn",
            WaitsFor::Cap => "The day\u{2019}s cap lets nothing start",
            WaitsFor::Pause => "Paused: goes on once you resume",
            WaitsFor::Restored => "Restored from a back-up: goes on once you resume",
            WaitsFor::Moved => "This database was moved: nothing starts here any more",
            WaitsFor::Balance => "Out of credits: goes on once the balance is topped up",
            WaitsFor::Key => "The API key is refused: goes on once one is accepted",
        },
    };
    why.to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_beside_the_bar_add_up() {
        let counts = vec![
            (Status::Completed, 30),
            (Status::Reused, 7),
            (Status::Waiting, 4),
            (Status::Starting, 1),
            (Status::Queued, 70),
            (Status::Rejected, 8),
        ];
        let progress = Progress::new(&counts);
        assert_eq!(
            progress.text,
            "37 of 120 finished, 5 under way, 70 queued, 8 not usable"
        );
        assert_eq!((progress.done, progress.total), (45, 120));
    }

    #[test]
    fn what_is_spent_is_told_of_what_it_will_have_cost() {
        let now = Now {
            state: BatchState {
                held: 3,
                queued: 2,
                reusable: 1,
                ..BatchState::default()
            },
            held_reused: 1,
            spent: 80,
            starting: 1,
        };
        assert_eq!(
            now.credits(),
            "80 of 240 credits spent (0.80 USD of 2.40 USD)"
        );
    }
}
