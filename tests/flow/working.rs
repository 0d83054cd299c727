//! The dispatcher at work, under the clock and the API of a bench.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warmsheet::flow::Flow;
use warmsheet::lead::money::Limit;
use warmsheet::worker::dispatch::{Dispatcher, TaskDied};

use super::scripted::Scripted;
use super::{Bench, limits};
use crate::support::flow::flow_over;

const DEADLINE: Duration = Duration::from_secs(120);

pub struct Working {
    pub flow: Arc<Flow>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), TaskDied>>,
}

impl Working {
    /// With a limit on requests that is never reached.
    pub async fn begin(bench: &Bench) -> Self {
        let flow = Arc::new(flow_over(
            bench.store.clone(),
            bench.api.clone(),
            bench.clock.clone(),
            limits(Limit::Unlimited),
        ));
        let dispatcher = Dispatcher::new(flow.clone(), bench.lease.clone(), 60_000, None)
            .await
            .expect("read");
        let stop = CancellationToken::new();
        Self {
            flow,
            task: tokio::spawn(dispatcher.run(stop.clone())),
            stop,
        }
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("no panic").expect("no task died");
    }
}

/// Waits until this is so; `seen` tells what it was last.
pub async fn until<T: PartialEq + std::fmt::Debug>(wanted: T, mut seen: impl AsyncFnMut() -> T) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let so = async {
        while seen().await != wanted {
            ticks.tick().await;
        }
    };
    let in_time = tokio::time::timeout(DEADLINE, so).await.is_ok();
    assert!(
        in_time,
        "last seen: {:?} instead of {wanted:?}",
        seen().await
    );
}

/// Waits until the API has been asked for the account, and for starts, so often.
pub async fn until_called(api: &Scripted, accounts: u32, starts: usize) {
    until((accounts, starts), async || {
        (api.asked.load(Ordering::SeqCst), api.sent().len())
    })
    .await;
}
