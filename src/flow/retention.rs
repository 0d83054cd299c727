//! Contact data is not kept for ever: results go when they are old enough and everybody has them.

use chrono::{DateTime, TimeDelta, Utc};

use super::Flow;
use super::ports::{Overdue, StoreError};

/// Its name among the parts whose health is told.
pub const PART: &str = "retention";

/// Results of one transaction: nobody who writes waits for long.
const AT_ONCE: u32 = 25;
/// Transactions of one turn; what is left then is for the next.
const TURNS: u32 = 200;

/// What is older than it should become.
pub fn overdue(kept_for: TimeDelta, now: DateTime<Utc>) -> Overdue {
    Overdue {
        before: now.checked_sub_signed(kept_for).unwrap_or_default(),
        after_days: kept_for.num_days(),
    }
}

/// Removes what is old enough. What a destination does not have yet stays, and that is told.
pub async fn sweep(flow: &Flow) -> Result<(), StoreError> {
    let Some(kept_for) = flow.kept_for else {
        return Ok(());
    };
    let now = flow.clock.now();
    let overdue = overdue(kept_for, now);
    let (mut results, mut any) = (0, false);
    for _ in 0..TURNS {
        let removed = flow.store.remove_results(overdue, AT_ONCE, now).await?;
        results += removed;
        let traces = flow.store.remove_traces(overdue, AT_ONCE).await?;
        if removed + traces == 0 {
            break;
        }
        any = true;
        tokio::task::yield_now().await;
    }
    if any {
        flow.store.empty_log().await?;
    }
    if results > 0 {
        let days = overdue.after_days;
        tracing::info!(
            results,
            days,
            "results were removed because they were old enough"
        );
    }
    let kept_back = flow.store.kept_back(overdue).await?;
    if kept_back == 0 {
        flow.health.ok(PART, now);
        return Ok(());
    }
    let problem = format!(
        "{kept_back} older than {} days are kept, because a results tab or a list\u{2019}s results \
         file does not have them yet",
        overdue.after_days
    );
    if flow.health.fault(PART, &problem, now) {
        tracing::warn!(
            results = kept_back,
            "old results are kept until they are delivered"
        );
    }
    Ok(())
}
