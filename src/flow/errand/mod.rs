//! Free questions that people ask Citedy through us: its own export of a run, and how its
//! webhooks are doing. Whichever instance is asked stores the question; the one that drives the
//! key does the errand within its budget, and the answer is found in the database.

mod webhooks;

pub use webhooks::{WebhookState, refresh_webhooks, webhook_state};

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::ports::{Asking, Errand, ErrandBody, ErrandView, PauseKind, Payer, StoreError};
use super::{Flow, Lesson};
use crate::lead::run::ApiFault;

/// A question that nobody has asked for this long is not passed on: who asked has gone.
pub const LISTENED_FOR: TimeDelta = TimeDelta::minutes(2);
/// A run that has ended does not change, and neither does its export.
const EXPORT_LASTS: TimeDelta = TimeDelta::days(1);
/// What stored answers may take up together, bytes: the disk is for reports.
const MOST_BYTES: i64 = 256 * 1024 * 1024;
/// Deliveries that the pages show.
const DELIVERIES: u32 = 20;
/// How often a stored answer is looked for when no change is told.
const LOOK: Duration = Duration::from_millis(500);

/// Does one errand and records what came of it.
pub async fn run_errand(flow: &Flow, errand: &Errand, payer: &Payer) -> Result<Lesson, StoreError> {
    let (answer, lesson) = match ask_citedy(flow, errand).await {
        Ok(body) => (Ok(body), Lesson::Fine),
        // The question stays open: it is asked again when that is allowed, if anybody still waits.
        Err(ApiFault::RateLimited { retry_after }) => return Ok(Lesson::SlowDown(retry_after)),
        Err(fault) => {
            let words = words(errand, &fault);
            tracing::warn!(errand = errand.name(), error = %fault, "an errand failed");
            // A route that this key may not use says nothing of the others: whether the key is still
            // good is for the calls to find out that leads live on.
            let lesson = match fault {
                ApiFault::Failed { .. } => Lesson::Trouble,
                _ => Lesson::Fine,
            };
            (Err(words), lesson)
        }
    };
    let now = flow.clock.now();
    flow.store.answer(errand, payer, answer, now).await?;
    Ok(lesson)
}

/// An answer that will do, asked for if there is none; `None` if it does not come in time.
///
/// `changes` is told whenever something was written; `within` is how long to wait.
pub async fn wait_for(
    flow: &Flow,
    errand: &Errand,
    payer: &Payer,
    mut changes: watch::Receiver<i64>,
    within: Duration,
) -> Result<Option<Result<ErrandBody, String>>, StoreError> {
    let ends = Instant::now() + within;
    let good_since = flow.clock.now() - EXPORT_LASTS;
    if let Some(view) = flow.store.errand(errand, payer).await?
        && view.problem.is_none()
        && let Some(body) = answered_since(view, good_since)
    {
        return Ok(Some(Ok(body)));
    }
    if let Some(refused) = key_refused(flow).await? {
        return Ok(Some(Err(refused)));
    }
    ask(flow, errand, payer, EXPORT_LASTS, TimeDelta::zero()).await?;
    loop {
        changes.borrow_and_update();
        match flow.store.errand(errand, payer).await? {
            Some(view) if view.answered_at.is_some() => {
                return Ok(match view.problem {
                    Some(problem) => Some(Err(problem)),
                    None => view.body.map(Ok),
                });
            }
            Some(view) if view.asked_at > flow.clock.now() - LISTENED_FOR => {}
            // Nobody listened for long, or it was swept.
            _ => ask(flow, errand, payer, EXPORT_LASTS, TimeDelta::zero()).await?,
        }
        if Instant::now() >= ends {
            return Ok(None);
        }
        tokio::select! {
            Ok(()) = changes.changed() => {}
            () = tokio::time::sleep_until(ends.min(Instant::now() + LOOK)) => {}
        }
    }
}

/// Open questions that somebody still listens to, at most so many, the oldest first.
pub async fn open(flow: &Flow, payer: &Payer, most: u32) -> Result<Vec<Errand>, StoreError> {
    let since = flow.clock.now() - LISTENED_FOR;
    flow.store.open_errands(payer, since, most).await
}

/// Drops questions and answers older than a day, and the oldest of more than there is room for.
pub async fn sweep(flow: &Flow) -> Result<(), StoreError> {
    let before = flow.clock.now() - EXPORT_LASTS;
    flow.store.sweep_errands(before, MOST_BYTES).await
}

/// Stores the question unless it is open already, or an answer is younger than `good_for`, or a
/// failure younger than `failed_for`.
async fn ask(
    flow: &Flow,
    errand: &Errand,
    payer: &Payer,
    good_for: TimeDelta,
    failed_for: TimeDelta,
) -> Result<(), StoreError> {
    let now = flow.clock.now();
    let asking = Asking {
        now,
        answered_since: now - good_for,
        failed_since: now - failed_for,
        open_since: now - LISTENED_FOR,
    };
    flow.store.ask(errand, payer, &asking).await?;
    flow.wake.notify_waiters();
    Ok(())
}

fn answered_since(view: ErrandView, since: DateTime<Utc>) -> Option<ErrandBody> {
    view.body
        .filter(|_| view.answered_at.is_some_and(|at| at >= since))
}

/// While the key is refused nothing but the account is asked: who waits is told so at once.
async fn key_refused(flow: &Flow) -> Result<Option<String>, StoreError> {
    let pauses = flow.store.pauses().await?;
    let key = pauses.into_iter().find(|p| p.kind == PauseKind::Key);
    Ok(key.map(|pause| format!("Citedy refuses the API key: {}", pause.message)))
}

async fn ask_citedy(flow: &Flow, errand: &Errand) -> Result<ErrandBody, ApiFault> {
    let citedy = &flow.citedy;
    match errand {
        Errand::Export { format, run_id } => Ok(ErrandBody {
            bytes: citedy.export_run(run_id, *format).await?,
        }),
        Errand::Webhooks => as_json(flow, citedy.webhook_endpoints().await?),
        Errand::WebhookDeliveries => as_json(flow, citedy.newest_deliveries(DELIVERIES).await?),
    }
}

fn as_json<T: Serialize>(flow: &Flow, told: Vec<T>) -> Result<ErrandBody, ApiFault> {
    let told_at = flow.clock.now();
    let bytes = serde_json::to_vec(&webhooks::StoredAnswer { told_at, told });
    Ok(ErrandBody {
        bytes: bytes.map_err(|error| ApiFault::Failed {
            why: error.to_string(),
        })?,
    })
}

fn words(errand: &Errand, fault: &ApiFault) -> String {
    match (errand, fault) {
        (Errand::Export { .. }, ApiFault::NotFound) => {
            "Citedy does not know this run any more (404)".to_owned()
        }
        _ => fault.to_string(),
    }
}
