//! A run has ended: its whole result and the rows made of it are stored before anything else.

use super::Flow;
use super::persist::{About, persist};
use super::ports::{Ended, LiveRun, StoreError};
use crate::lead::Status;
use crate::lead::rows::result_rows;
use crate::lead::run::{RunSnapshot, RunStatus};

/// Stores the end of a run. Rows are made before the transaction, so that a strange result
/// cannot hold it open.
pub async fn collect(flow: &Flow, live: &LiveRun, run: &RunSnapshot) -> Result<(), StoreError> {
    let status = match run.status {
        RunStatus::Blocked => Status::Blocked,
        RunStatus::Failed => Status::Failed,
        _ => Status::Completed,
    };
    let blocked = run.blocked_reason.as_deref();
    let failed = run.error_message.as_deref();
    let rows = result_rows(run.status.as_str(), run.result.as_ref(), blocked, failed);
    let reason = match status {
        Status::Blocked => blocked.or(failed),
        Status::Failed => failed.or(blocked),
        _ => None,
    };
    let count = rows.len();
    let time = flow.pace().time_of(live, run.took(), flow.clock.now());
    let stored = persist(
        "result",
        About::run(&live.lead_id, &live.run_id),
        || async {
            let ended = Ended {
                status,
                run,
                rows: rows.clone(),
                reason: reason.unwrap_or_default().to_owned(),
                time,
            };
            flow.store
                .record_end(live.attempt, ended, flow.clock.now())
                .await
        },
    )
    .await?;
    flow.pace()
        .ended(live.attempt.lead, time.filter(|_| stored.is_some()));
    if stored.is_some() {
        tracing::info!(
            lead = %live.lead_id, run = %run.id, attempt = live.attempt.number, %status,
            rows = count,
            "collected"
        );
    }
    flow.wake.notify_waiters();
    Ok(())
}
