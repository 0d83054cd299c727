//! The loops that keep leads moving. What each does when its time has come is one public step;
//! the loop only waits.

mod account_watch;
pub mod changes;
pub mod deliver;
pub mod dispatch;
mod errands;
pub mod notify;
pub mod share;
pub mod sheets;
pub mod stops;
pub mod sweep;
pub mod under_lease;
pub mod watch;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;

/// How long a loop sleeps at most: changes by another process on the same database are seen
/// within this time.
const TICK: Duration = Duration::from_secs(1);

/// Waits until something was announced, the time is up or the process stops.
async fn rest(flow: &Flow, most: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = flow.wake.notified() => {}
        () = tokio::time::sleep(most.min(TICK)) => {}
        () = stop.cancelled() => {}
    }
}
