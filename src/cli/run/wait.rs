use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::progress::{Progress, Tally};
use crate::app::{App, Parts};
use crate::flow::guard::{Guard, WaitsFor};
use crate::flow::ports::LeadFilter;
use crate::flow::reuse;
use crate::lead::Status;

const LOOK: Duration = Duration::from_millis(300);
/// Looks in a row that must find nothing moving before the run counts as stuck: a lead is for
/// a moment neither queued nor under way.
const STILL: u32 = 5;
/// A pause that ends by itself was perhaps left by the last run; the account is asked first.
const STILL_WHILE_ASKING: u32 = 60;

/// Why the waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every row has reached an end.
    AllDone,
    /// Rows are queued, and this stands in the way.
    Stuck(WaitsFor),
    /// So many rows were started for another account, and nothing else is left to do.
    OtherAccount(u64),
    Interrupted,
}

/// Works on the rows, or waits while another process on the same database does.
pub async fn until_done(
    app: &App,
    filter: &LeadFilter,
    stop: CancellationToken,
) -> anyhow::Result<Ended> {
    let own_stop = CancellationToken::new();
    let mut parts = Parts::new(own_stop.clone());
    // What else is queued in this database was not asked for by this command.
    app.start_workers(filter.seqs.clone(), &mut parts);
    let work = tokio::spawn(parts.run());
    let mut progress = Progress::start();
    let mut still = 0;
    let mut before = Tally::default();
    let ended = loop {
        if app.somebody_works().await? {
            progress.somebody_else_works();
        }
        let tally = Tally::of(&app.flow.store.counts(filter).await?);
        let guard = Guard::read(&app.flow).await?;
        progress.show(&tally, &guard);
        if tally.open == 0 {
            break Ended::AllDone;
        }
        let waits_for = guard.waits_for();
        let foreign = foreign(app, filter, &guard).await?;
        let queued = tally.open - tally.under_way;
        let blocked = queued == 0 || waits_for != WaitsFor::Turn;
        // What stored reports serve needs neither cap nor credits.
        let moves = std::mem::replace(&mut before, tally) != tally;
        let stuck = tally.under_way == foreign
            && blocked
            && !moves
            && !reuse::waits_for_others(&app.flow, filter).await?;
        still = if stuck { still + 1 } else { 0 };
        let patience = match waits_for {
            WaitsFor::Balance | WaitsFor::Key => STILL_WHILE_ASKING,
            _ => STILL,
        };
        if still >= patience {
            break match queued {
                0 => Ended::OtherAccount(foreign),
                _ => Ended::Stuck(waits_for),
            };
        }
        if work.is_finished() {
            break Ended::Interrupted;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => break Ended::Interrupted,
        }
    };
    progress.end();
    own_stop.cancel();
    work.await??;
    Ok(ended)
}

/// Rows under way that only another account can see.
async fn foreign(app: &App, filter: &LeadFilter, guard: &Guard) -> anyhow::Result<u64> {
    let Some(payer) = guard.payer.clone() else {
        return Ok(0);
    };
    let foreign = LeadFilter {
        not_of: Some(payer),
        ..filter.clone()
    };
    Ok(Tally::of(&app.flow.store.counts(&foreign).await?).under_way)
}

impl Tally {
    fn of(counts: &[(Status, u64)]) -> Self {
        let number = |wanted: &[Status]| {
            counts
                .iter()
                .filter(|(status, _)| wanted.contains(status))
                .map(|(_, count)| count)
                .sum()
        };
        Self {
            all: counts.iter().map(|(_, count)| count).sum(),
            open: number(&[
                Status::Held,
                Status::Queued,
                Status::Starting,
                Status::Waiting,
            ]),
            under_way: number(&[Status::Starting, Status::Waiting]),
            done: number(&[Status::Completed, Status::Reused]),
            other: number(&[
                Status::Blocked,
                Status::Failed,
                Status::Rejected,
                Status::Parked,
                Status::Cancelled,
            ]),
        }
    }
}
