//! One budget of requests a minute for every route of one Citedy key.
//!
//! Citedy allows 60 requests a minute for a key. Whether it counts in a fixed or a sliding
//! window is not published, so this counts in the stricter one, and from the latest moment at
//! which a request can have arrived: a slot is free again a minute after its *answer*.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// How many requests may go out, and when the next one may.
#[derive(Debug, Clone)]
pub struct RequestBudget {
    configured: u32,
    /// What is used of the configured limit after a refusal: somebody else uses the key too.
    learnt: u32,
    in_flight: u32,
    /// When each used slot is free again, in order.
    taken_until: VecDeque<DateTime<Utc>>,
    blocked_until: DateTime<Utc>,
    last_raise: DateTime<Utc>,
}

/// A budget at one moment, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetView {
    /// Requests a minute that the settings allow.
    pub configured: u32,
    /// Requests a minute that are used of it: fewer after a refusal.
    pub per_minute: u32,
    /// Requests that could go out at once.
    pub left: u32,
    /// Nothing goes out before that time, if it is to come.
    pub blocked_until: DateTime<Utc>,
    pub at: DateTime<Utc>,
}

impl BudgetView {
    /// Requests that could go out at once at a later moment, were none sent since.
    pub fn left_at(&self, now: DateTime<Utc>) -> u32 {
        if now < self.blocked_until {
            return 0;
        }
        if now - self.at >= WINDOW {
            return self.per_minute;
        }
        self.left
    }
}

impl RequestBudget {
    /// Starts without a burst: another process may have used the whole last minute.
    pub fn new(per_minute: u32, now: DateTime<Utc>) -> Self {
        let mut budget = Self {
            configured: per_minute.max(1),
            learnt: per_minute.max(1),
            in_flight: 0,
            taken_until: VecDeque::new(),
            blocked_until: now,
            last_raise: now,
        };
        budget.fill_evenly(now);
        budget
    }

    /// When the next request may go out; `now` if at once, `None` while every slot is in
    /// flight.
    pub fn free_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let open = self.learnt.checked_sub(self.in_flight).filter(|n| *n > 0)?;
        let still_taken = self.taken_until.len() - self.taken_until.partition_point(|t| *t <= now);
        let window_free = if still_taken < open as usize {
            now
        } else {
            // So many slots must come free before one is left over.
            let index = self.taken_until.len() - open as usize;
            *self.taken_until.get(index)?
        };
        Some(window_free.max(self.blocked_until).max(now))
    }

    /// A request goes out.
    pub fn take(&mut self, now: DateTime<Utc>) {
        let free = self.taken_until.partition_point(|t| *t <= now);
        self.taken_until.drain(..free);
        self.in_flight += 1;
        if self.learnt < self.configured && now - self.last_raise >= WINDOW {
            self.learnt += 1;
            self.last_raise = now;
        }
    }

    /// Its answer has come, or is not waited for any more.
    pub fn answered(&mut self, now: DateTime<Utc>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.insert(now + WINDOW);
    }

    /// It was not sent after all.
    pub fn unused(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The API said 429: nothing for so long, then without a burst and a little less of it.
    pub fn refused(&mut self, now: DateTime<Utc>, wait: TimeDelta) {
        self.learnt = (self.learnt * 3 / 4).max(1);
        self.last_raise = now;
        self.rest_for(now, wait);
    }

    /// Nothing for so long, then without a burst.
    pub fn rest_for(&mut self, now: DateTime<Utc>, wait: TimeDelta) {
        self.block_for(now, wait);
        self.fill_evenly(self.blocked_until);
    }

    /// The API is out of reach: nothing for so long.
    fn block_for(&mut self, now: DateTime<Utc>, wait: TimeDelta) {
        self.blocked_until = self.blocked_until.max(now + wait);
    }

    pub fn view(&self, now: DateTime<Utc>) -> BudgetView {
        let taken = self.taken_until.len() - self.taken_until.partition_point(|t| *t <= now);
        let taken = u32::try_from(taken).unwrap_or(u32::MAX);
        BudgetView {
            configured: self.configured,
            per_minute: self.learnt,
            left: self
                .learnt
                .saturating_sub(self.in_flight)
                .saturating_sub(taken),
            blocked_until: self.blocked_until,
            at: now,
        }
    }

    /// Requests a minute that are used at the moment.
    pub fn per_minute(&self) -> u32 {
        self.learnt
    }

    fn fill_evenly(&mut self, from: DateTime<Utc>) {
        self.taken_until.clear();
        let slots = i32::try_from(self.learnt).unwrap_or(i32::MAX);
        for slot in 1..=slots {
            self.taken_until.push_back(from + WINDOW * slot / slots);
        }
    }

    fn insert(&mut self, until: DateTime<Utc>) {
        let place = self.taken_until.partition_point(|t| *t <= until);
        self.taken_until.insert(place, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    /// Sends as fast as the budget allows and tells when each request went out.
    fn sent_within(
        budget: &mut RequestBudget,
        from: DateTime<Utc>,
        span: TimeDelta,
    ) -> Vec<DateTime<Utc>> {
        let mut now = from;
        let mut sent = Vec::new();
        while let Some(at) = budget.free_at(now) {
            if at > from + span {
                break;
            }
            now = at;
            budget.take(now);
            now += TimeDelta::milliseconds(40);
            budget.answered(now);
            sent.push(at);
        }
        sent
    }

    fn most_in_a_minute(sent: &[DateTime<Utc>]) -> usize {
        sent.iter()
            .map(|from| {
                sent.iter()
                    .filter(|t| **t >= *from && **t < *from + WINDOW)
                    .count()
            })
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn no_minute_ever_holds_more_than_the_limit() {
        let mut budget = RequestBudget::new(60, start());
        let mut sent = sent_within(&mut budget, start(), TimeDelta::minutes(5));
        // After a long rest a burst is fine, but it counts.
        sent.extend(sent_within(
            &mut budget,
            start() + TimeDelta::minutes(9),
            TimeDelta::minutes(4),
        ));
        assert!(most_in_a_minute(&sent) <= 60, "{}", most_in_a_minute(&sent));
        assert!(
            sent.len() > 480,
            "nearly all of nine minutes is used: {}",
            sent.len()
        );
    }

    #[test]
    fn a_new_owner_starts_without_a_burst() {
        let mut budget = RequestBudget::new(60, start());
        let sent = sent_within(&mut budget, start(), TimeDelta::seconds(10));
        assert!(sent.len() <= 10, "{}", sent.len());
    }

    #[test]
    fn a_request_in_flight_keeps_its_slot() {
        let mut budget = RequestBudget::new(2, start());
        let later = start() + TimeDelta::minutes(2);
        budget.take(later);
        budget.take(later);
        assert_eq!(budget.free_at(later), None);
        budget.answered(later + TimeDelta::seconds(20));
        assert_eq!(
            budget.free_at(later + TimeDelta::seconds(20)),
            Some(later + TimeDelta::seconds(80))
        );
    }

    #[test]
    fn a_request_that_was_not_sent_uses_nothing_up() {
        let mut budget = RequestBudget::new(1, start());
        let later = start() + TimeDelta::minutes(2);
        budget.take(later);
        budget.unused();
        assert_eq!(budget.free_at(later), Some(later));
    }

    #[test]
    fn after_a_refusal_it_waits_and_then_goes_slowly() {
        let mut budget = RequestBudget::new(60, start());
        let later = start() + TimeDelta::minutes(3);
        budget.take(later);
        budget.answered(later);
        budget.refused(later, TimeDelta::seconds(30));
        let first = budget.free_at(later).expect("a time");
        assert!(first > later + TimeDelta::seconds(30));
        assert_eq!(budget.per_minute(), 45);
        let sent = sent_within(&mut budget, later, TimeDelta::minutes(1));
        assert!(sent.len() <= 23, "{}", sent.len());
    }

    #[test]
    fn what_was_learnt_is_forgotten_a_request_a_minute() {
        let mut budget = RequestBudget::new(4, start());
        budget.refused(start(), TimeDelta::seconds(1));
        assert_eq!(budget.per_minute(), 3);
        sent_within(&mut budget, start(), TimeDelta::minutes(3));
        assert_eq!(budget.per_minute(), 4);
    }
}
