//! From `waiting` to the run's end. A webhook only makes a run due; what the fetched run says
//! is the truth, and the fetch that finds it ended carries its result.

use chrono::{DateTime, TimeDelta, Utc};

use super::collect::collect;
use super::pace::look_schedule::LookSchedule;
use super::pause::pause;
use super::persist::{About, persist};
use super::ports::{AttemptRef, LiveRun, PauseKind, StoreError};
use super::{Flow, Lesson, parked, time_delta};
use crate::lead::backoff::FAILED_LOOK;
use crate::lead::run::{LookOutcome, RunSnapshot};

/// The API must say 404 this often, over this time, before a run counts as lost.
const MISSES: i64 = 5;
const MISSING_FOR: TimeDelta = TimeDelta::minutes(10);
/// And so often, over this time, before a retry of a parked lead buys: one 404 of some proxy
/// must not cost a second report.
const MISSES_TO_BUY: i64 = 3;
const MISSING_TO_BUY: TimeDelta = TimeDelta::minutes(1);

/// Fetches one run and records what it says.
pub async fn look(flow: &Flow, live: &LiveRun) -> Result<Lesson, StoreError> {
    match flow.citedy.fetch_run(&live.run_id).await {
        LookOutcome::Run(run) if run.status.is_end() => {
            collect(flow, live, &run).await?;
            Ok(Lesson::Fine)
        }
        LookOutcome::Run(run) => {
            still_going(flow, live, &run).await?;
            Ok(Lesson::Fine)
        }
        LookOutcome::Missing => {
            missing(flow, live).await?;
            Ok(Lesson::Fine)
        }
        LookOutcome::KeyRefused { message } | LookOutcome::AgentRefused { message } => {
            pause(flow, PauseKind::Key, &message, None).await?;
            look_again(flow, live, &message, false).await?;
            Ok(Lesson::NoStarts)
        }
        LookOutcome::RateLimited { retry_after } => {
            let next = flow.clock.now() + time_delta(retry_after);
            no_look(flow, live, "Citedy asked to slow down", false, next).await?;
            Ok(Lesson::SlowDown(retry_after))
        }
        LookOutcome::Failed { why } => {
            look_again(flow, live, &why, false).await?;
            Ok(Lesson::Trouble)
        }
    }
}

/// Parks runs that nobody should wait for any longer.
pub async fn park_overdue(flow: &Flow) -> Result<(), StoreError> {
    let now = flow.clock.now();
    for attempt in flow
        .store
        .overdue_runs(now - LookSchedule::TOO_LONG, now)
        .await?
    {
        park(
            flow,
            attempt,
            "The run has not ended in 7 days. Retry looks at it once more",
        )
        .await?;
    }
    Ok(())
}

async fn still_going(flow: &Flow, live: &LiveRun, run: &RunSnapshot) -> Result<(), StoreError> {
    let stored = persist("look", About::run(&live.lead_id, &live.run_id), || async {
        let now = flow.clock.now();
        let next = flow.pace().look_by(live.since, live.age(now), now);
        flow.store
            .record_look(live.attempt, run.status.as_str(), live.hints, next, now)
            .await
    })
    .await?;
    if stored.is_some() {
        flow.pace().going(live, flow.clock.now());
    }
    Ok(())
}

async fn missing(flow: &Flow, live: &LiveRun) -> Result<(), StoreError> {
    let now = flow.clock.now();
    let for_long = |while_missing| {
        live.missing_since
            .is_some_and(|since| now - since >= while_missing)
    };
    if live.buy_if_missing && live.misses + 1 >= MISSES_TO_BUY && for_long(MISSING_TO_BUY) {
        tracing::info!(
            lead = %live.lead_id, run = %live.run_id, attempt = live.attempt.number,
            "nothing there; a new attempt"
        );
        flow.pace().gone(live.attempt.lead);
        persist(
            "new attempt",
            About::run(&live.lead_id, &live.run_id),
            || async {
                flow.store
                    .record_missing_bought_again(live.attempt, now)
                    .await
            },
        )
        .await?;
        return Ok(());
    }
    if for_long(MISSING_FOR) && live.misses + 1 >= MISSES {
        return park(
            flow,
            live.attempt,
            "Citedy does not know this run any more (404)",
        )
        .await;
    }
    look_again(flow, live, "Citedy does not know this run (404)", true).await
}

async fn look_again(
    flow: &Flow,
    live: &LiveRun,
    why: &str,
    missing: bool,
) -> Result<(), StoreError> {
    let tries = u32::try_from(live.failed_looks + 1).unwrap_or(u32::MAX);
    let wait = FAILED_LOOK.delay(tries, rand::random());
    let next = flow.clock.now() + time_delta(wait);
    no_look(flow, live, why, missing, next).await
}

async fn no_look(
    flow: &Flow,
    live: &LiveRun,
    why: &str,
    missing: bool,
    next: DateTime<Utc>,
) -> Result<(), StoreError> {
    tracing::warn!(
        lead = %live.lead_id, run = %live.run_id, attempt = live.attempt.number, why,
        "could not look at the run"
    );
    persist(
        "failed look",
        About::run(&live.lead_id, &live.run_id),
        || async {
            let now = flow.clock.now();
            flow.store
                .record_no_look(live.attempt, why, missing, live.hints, next, now)
                .await
        },
    )
    .await?;
    Ok(())
}

async fn park(flow: &Flow, attempt: AttemptRef, why: &str) -> Result<(), StoreError> {
    flow.pace().gone(attempt.lead);
    let stored = persist("parking", About::ACCOUNT, || async {
        flow.store.park(attempt, why, flow.clock.now()).await
    })
    .await?;
    match stored {
        Some(()) => parked::tell(flow, attempt, why).await,
        None => Ok(()),
    }
}
