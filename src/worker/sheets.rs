//! Keeps spreadsheets and leads together: a loop for each, so that one that hangs holds up no
//! other.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::lease::Lease;
use crate::flow::ports::SheetFault;
use crate::flow::sheet::fault::SyncFault;
use crate::flow::sheet::sync::{SheetSync, Synced};
use crate::flow::time_delta;
use crate::lead::backoff::Backoff;

/// Google wants exponential back-off, truncated at 64 s.
const BUSY: Backoff = Backoff {
    first: Duration::from_secs(2),
    factor: 2,
    longest: Duration::from_secs(64),
};
/// What only a person can mend is looked at half as often as all is well, at least this often.
const BROKEN: Duration = Duration::from_secs(30);

/// Between two looks that somebody asked for: Google counts each.
const EARLIEST: Duration = Duration::from_secs(5);

/// One spreadsheet's loop.
pub struct SheetWatch {
    flow: Arc<Flow>,
    spreadsheet: String,
    sync: SheetSync,
    every: Duration,
    failures: u32,
    /// The last sync asked for another one at once.
    again: bool,
    /// The log has said that the sheet is reached.
    told: bool,
}

impl SheetWatch {
    pub fn new(flow: Arc<Flow>, spreadsheet: String, sync: SheetSync, every: Duration) -> Self {
        Self {
            flow,
            spreadsheet,
            sync,
            every,
            failures: 0,
            again: false,
            told: false,
        }
    }

    /// Until the lease is lost or the process stops.
    pub async fn run(mut self, lease: &Lease, stop: CancellationToken) {
        let mut asked = self.flow.look_now.subscribe();
        while !stop.is_cancelled() && !lease.is_lost() {
            let wait = self.step().await;
            let is_well = self.failures == 0;
            let early = async {
                tokio::time::sleep(EARLIEST).await;
                asked.changed().await
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = early, if is_well => {}
                () = stop.cancelled() => {}
                () = lease.lost() => {}
            }
        }
    }

    /// One sync; answers how long to wait for the next.
    pub async fn step(&mut self) -> Duration {
        let result = self.sync.step().await;
        let wait = match &result {
            // At once, but not over and over.
            Ok(synced) if synced.again && !self.again => Duration::ZERO,
            Ok(_) => self.every,
            Err(fault) => self.after(fault),
        };
        self.again = result.as_ref().is_ok_and(|synced| synced.again);
        self.failures = match &result {
            Ok(_) => 0,
            Err(_) => self.failures.saturating_add(1),
        };
        self.tell(&result, wait);
        wait
    }

    fn after(&self, fault: &SyncFault) -> Duration {
        let backoff = BUSY.delay(self.failures + 1, rand::random());
        match fault {
            SyncFault::Sheet(SheetFault::Quota {
                retry_after: Some(wanted),
            }) => backoff.max((*wanted).min(BUSY.longest)),
            SyncFault::Sheet(fault) if fault.is_passing() => backoff.max(self.every.min(BROKEN)),
            SyncFault::Store(_) => backoff,
            // Tabs that were renamed or deleted are looked for anew.
            SyncFault::Sheet(SheetFault::TabGone(_)) => self.every.min(BROKEN),
            _ => (self.every * 2).min(BROKEN).max(self.every),
        }
    }

    /// For the status page and the log.
    fn tell(&mut self, result: &Result<Synced, SyncFault>, wait: Duration) {
        let now = self.flow.clock.now();
        let connected = self.sync.connected();
        let problem = result.as_ref().err().map(ToString::to_string);
        let news = self.flow.health.sheet(&self.spreadsheet, |health| {
            if let Some(connected) = connected {
                health.title.clone_from(&connected.title);
                health.warning.clone_from(&connected.warning);
            }
            if let Ok(synced) = result {
                // What a moved column cost is not put back yet.
                if !synced.again {
                    health.last_ok = Some(now);
                }
                if synced.read {
                    health.last_read = Some(now);
                }
                if synced.writes > 0 {
                    health.last_write = Some(now);
                }
            }
            health.next_try = Some(now + time_delta(wait));
            let news = health.problem != problem;
            if problem.is_none() {
                health.problem_since = None;
            } else {
                health.problem_since.get_or_insert(now);
            }
            health.problem.clone_from(&problem);
            news
        });
        let spreadsheet = &self.spreadsheet;
        if result.is_ok() && !std::mem::replace(&mut self.told, true) {
            let title = connected.map(|connected| connected.title.as_str());
            tracing::info!(spreadsheet, title, "a sheet is connected");
        }
        match (result, news) {
            (Err(fault), true) => {
                tracing::error!(spreadsheet, error = %fault, "a sheet is not in step; will try again");
            }
            (Ok(_), true) => tracing::info!(spreadsheet, "the sheet is in step again"),
            (Ok(synced), false) if synced.writes > 0 => {
                tracing::debug!(spreadsheet, writes = synced.writes, "sheet written");
            }
            _ => {}
        }
    }
}
