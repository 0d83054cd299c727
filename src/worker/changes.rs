//! Tells listeners that something was written: one query for all of them, none without any.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::flow::Flow;

const EVERY: Duration = Duration::from_millis(500);
/// The receiver that new listeners are cloned from.
const OWN_RECEIVERS: usize = 1;

pub async fn run(flow: Arc<Flow>, changes: watch::Sender<i64>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if changes.receiver_count() > OWN_RECEIVERS {
            match flow.store.change_mark().await {
                Ok(mark) => {
                    changes.send_if_modified(|last| std::mem::replace(last, mark) != mark);
                }
                Err(error) => tracing::error!(%error, "changes could not be read"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
