//! Confirms a person's stop to whoever waits for it on another instance.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::lease::Lease;
use crate::flow::ports::StoreError;

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Until the lease is lost or the process stops: after each stop waits for the paid calls that are
/// under way, then says so.
pub async fn run(flow: &Flow, lease: &Lease, stop: CancellationToken) {
    let mut seen = 0;
    while !stop.is_cancelled() && !lease.is_lost() {
        match step(flow, lease, seen).await {
            Ok(stop) => seen = stop,
            Err(error) => tracing::warn!(%error, "a stop could not be confirmed; will try again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
            () = lease.lost() => {}
        }
    }
}

/// Confirms the latest stop if it is a later one than `seen`; answers it.
pub async fn step(flow: &Flow, lease: &Lease, seen: i64) -> Result<i64, StoreError> {
    let latest = flow.store.signals().await?.stop;
    if latest > seen {
        flow.gate.drain().await;
        flow.store.confirm_stop(&lease.term, latest).await?;
    }
    Ok(latest)
}
