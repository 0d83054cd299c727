//! A lease as its holder knows it: until when it may act, told without asking the database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;

use super::ports::{LeaseStore, LeaseTerm, StoreError};
use super::time_delta;

/// The lease that says who drives the key with this fingerprint.
pub fn of_agent(key_fingerprint: &str) -> String {
    format!("{AGENT}{key_fingerprint}")
}

/// How the leases of keys begin.
pub const AGENT: &str = "agent:";

/// The lease that says who reads and writes this spreadsheet.
pub fn of_sheet(spreadsheet: &str) -> String {
    format!("{SHEET}{spreadsheet}")
}

/// How the leases of spreadsheets begin.
pub const SHEET: &str = "sheet:";

/// A lease that this process holds, until it is lost.
#[derive(Debug)]
pub struct Lease {
    pub term: LeaseTerm,
    lasts: Duration,
    ends: Mutex<Moment>,
    lost: CancellationToken,
}

/// One moment on both clocks: the steady one stands still while a machine sleeps, the other one
/// can be set.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    fn after(self, wait: Duration) -> Self {
        Self {
            steady: self.steady + wait,
            wall: self.wall + wait,
        }
    }

    /// How long until then, by the clock that says less.
    fn away(self) -> Duration {
        let steady = self.steady.saturating_duration_since(Instant::now());
        let wall = self.wall.duration_since(SystemTime::now());
        steady.min(wall.unwrap_or_default())
    }
}

impl Lease {
    /// Takes the lease if nobody holds it.
    pub async fn take<S: LeaseStore + ?Sized>(
        store: &S,
        name: &str,
        holder: &str,
        lasts: Duration,
    ) -> Result<Option<Arc<Self>>, StoreError> {
        // The end is counted from before the question: it never lies behind the database's.
        let asked = Moment::now();
        let term = store.take_lease(name, holder, time_delta(lasts)).await?;
        Ok(term.map(|term| {
            Arc::new(Self {
                term,
                lasts,
                ends: Mutex::new(asked.after(lasts)),
                lost: CancellationToken::new(),
            })
        }))
    }

    /// Asks for more time. `false`: it is lost.
    pub async fn renew<S: LeaseStore + ?Sized>(&self, store: &S) -> Result<bool, StoreError> {
        let asked = Moment::now();
        let lasts = time_delta(self.lasts);
        let renewed = !self.is_lost() && store.renew_lease(&self.term, lasts).await?;
        if renewed {
            *self.ends.lock().unwrap_or_else(PoisonError::into_inner) = asked.after(self.lasts);
        } else {
            self.lose();
        }
        Ok(renewed)
    }

    /// Renewed at a third: two renewals may fail.
    pub fn renew_every(&self) -> Duration {
        self.lasts / 3
    }

    /// So much is left that a call which is begun now goes out before the end. With 30 seconds that
    /// is a quarter, 7.5 seconds, and a call takes up to 5 to connect.
    pub fn has_time(&self) -> bool {
        self.remaining() >= self.lasts / 4
    }

    /// How long its holder may still act; zero once it is lost.
    pub fn remaining(&self) -> Duration {
        if self.lost.is_cancelled() {
            return Duration::ZERO;
        }
        self.ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .away()
    }

    pub fn is_lost(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Its holder must not act any more.
    pub fn lose(&self) {
        self.lost.cancel();
    }

    /// Returns when the holder has learnt that it is lost.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }
}
