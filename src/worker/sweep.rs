//! Hands to a person what the machine must not decide, and warns while there is time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::lease::Lease;
use crate::flow::ports::StoreError;
use crate::flow::{Flow, await_result, balance, errand, notify, retention, start};

const EVERY: Duration = Duration::from_secs(60);

/// Parks starts that stayed unknown for a day and runs that did not end in a week; drops old
/// errands, old notices, sign-ins that have expired and results that have been kept long enough; says
/// when the balance has become low.
/// One that fails holds up none of the others.
pub async fn step(flow: &Flow) -> Result<(), StoreError> {
    let mut swept = start::park_outdated(flow).await;
    swept = swept.and(await_result::park_overdue(flow).await);
    swept = swept.and(balance::watch(flow).await);
    swept = swept.and(errand::sweep(flow).await);
    swept = swept.and(notify::sweep(flow).await);
    let sessions = flow.store.sweep_sessions(flow.clock.now()).await;
    swept = swept.and(sessions.map(drop));
    swept.and(retention::sweep(flow).await)
}

/// Until the lease is lost or the process stops.
pub async fn run(flow: &Flow, lease: &Lease, stop: CancellationToken) {
    while !stop.is_cancelled() && !lease.is_lost() {
        if let Err(error) = step(flow).await {
            tracing::error!(%error, "sweeping failed; will try again");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
            () = lease.lost() => {}
        }
    }
}
