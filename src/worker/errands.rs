//! Errands among the requests: few at once, and a failing one holds up nothing but errands.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::flow::ports::{Errand, Payer, StoreError};
use crate::flow::{Flow, Lesson, errand, time_delta};
use crate::lead::backoff::FAILED_LOOK;

/// Errands under way at once: those that hang must leave the budget to what was paid for.
const MOST: usize = 2;

/// The errands that are under way, and when the next may go out.
pub(super) struct Errands {
    busy: HashSet<Errand>,
    /// Failures in a row.
    troubles: u32,
    not_before: DateTime<Utc>,
}

impl Errands {
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            busy: HashSet::new(),
            troubles: 0,
            not_before: now,
        }
    }

    pub fn under_way(&self) -> usize {
        self.busy.len()
    }

    /// The next one that may go out now.
    pub async fn next(
        &self,
        flow: &Flow,
        payer: &Payer,
        now: DateTime<Utc>,
    ) -> Result<Option<Errand>, StoreError> {
        if self.busy.len() >= MOST || now < self.not_before {
            return Ok(None);
        }
        // Those that are under way are still open.
        let open = errand::open(flow, payer, 1 + MOST as u32).await?;
        Ok(open.into_iter().find(|errand| !self.busy.contains(errand)))
    }

    pub fn begun(&mut self, errand: Errand) {
        self.busy.insert(errand);
    }

    /// One has ended. What it teaches of the other requests is left for those; an export that
    /// fails says nothing of a start.
    pub fn ended(
        &mut self,
        errand: &Errand,
        lesson: Result<Lesson, StoreError>,
        now: DateTime<Utc>,
    ) -> Option<Lesson> {
        self.busy.remove(errand);
        match lesson {
            Ok(Lesson::Fine) => self.troubles = 0,
            Ok(Lesson::Trouble) => self.trouble(now),
            Ok(lesson) => return Some(lesson),
            Err(error) => {
                tracing::error!(%error, "an answer to an errand could not be recorded");
                self.trouble(now);
            }
        }
        None
    }

    fn trouble(&mut self, now: DateTime<Utc>) {
        self.troubles = self.troubles.saturating_add(1);
        let wait = FAILED_LOOK.delay(self.troubles, rand::random());
        self.not_before = now + time_delta(wait);
    }
}
