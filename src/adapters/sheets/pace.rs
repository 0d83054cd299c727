//! Keeps under Google's quota for one account, whatever the number of spreadsheets: 60 reads
//! and 60 writes a minute (developers.google.com/workspace/sheets/api/limits).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;

use crate::flow::budget::RequestBudget;

/// One kind of request: reads, or writes.
pub struct Pace {
    budget: Mutex<RequestBudget>,
}

/// A request on its way; dropped when its answer has come, or is not waited for any more.
pub struct Slot<'a>(&'a Pace);

impl Pace {
    pub fn new(per_minute: u32) -> Self {
        Self {
            budget: Mutex::new(RequestBudget::new(per_minute, Utc::now())),
        }
    }

    /// Waits until a request may go out.
    pub async fn slot(&self) -> Slot<'_> {
        loop {
            let wait = {
                let mut budget = self.lock();
                let now = Utc::now();
                match budget.free_at(now) {
                    Some(at) if at <= now => {
                        budget.take(now);
                        return Slot(self);
                    }
                    Some(at) => (at - now).to_std().unwrap_or_default(),
                    None => Duration::from_millis(100),
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits until a request could go out, without sending one.
    pub async fn room(&self) {
        loop {
            let now = Utc::now();
            let wait = match self.lock().free_at(now) {
                Some(at) if at <= now => return,
                Some(at) => (at - now).to_std().unwrap_or_default(),
                None => Duration::from_millis(100),
            };
            tokio::time::sleep(wait).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RequestBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.lock().answered(Utc::now());
    }
}
