//! How many runs may be under way at once, where Citedy has a limit that it does not publish: it
//! is learnt from refused starts.

use chrono::{DateTime, TimeDelta, Utc};

/// After so long without a refusal one more is tried.
const TRY_MORE_AFTER: TimeDelta = TimeDelta::minutes(1);
/// For so long a start that was taken above the limit says that there is none.
const NONE_FOR: TimeDelta = TimeDelta::minutes(10);

/// The limit as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveCap {
    most: Option<u64>,
    /// How many there were at the latest refusal.
    refused_at: u64,
    next_try: DateTime<Utc>,
    /// What that was set to by the latest start that finds out.
    tried: DateTime<Utc>,
    /// Starts were taken where the limit would have refused them.
    disproved: Option<DateTime<Utc>>,
}

impl LiveCap {
    /// A start goes out beside so many other runs. Answers whether it finds out if one more is
    /// allowed than is known to be; no other such goes out before its answer has come, or a minute has
    /// passed.
    pub fn sent(&mut self, others: u64, now: DateTime<Utc>) -> bool {
        let tries = self.is_reached(others);
        if tries {
            self.next_try = now + TRY_MORE_AFTER;
            self.tried = self.next_try;
        }
        tries
    }

    /// A start was refused for there being too much of something, while so many other runs were
    /// under way, and nothing is to be sent for so long. Answers whether that can be a limit on
    /// them; if not, it is one on requests.
    pub fn refused(&mut self, others: u64, wait: TimeDelta, now: DateTime<Utc>) -> bool {
        if others == 0 {
            self.most = None;
            return false;
        }
        if self.disproved.is_some_and(|at| now - at < NONE_FOR) {
            return false;
        }
        self.most = Some(self.most.map_or(others, |most| most.min(others)));
        self.refused_at = others;
        self.next_try = now + wait.max(TimeDelta::zero()) + TRY_MORE_AFTER;
        true
    }

    /// A start that found out was taken. Some of the other runs may have ended without our knowing
    /// it; but where many more are taken than once were refused there is no such limit.
    pub fn taken(&mut self, now: DateTime<Utc>) {
        let Some(most) = self.most else {
            return;
        };
        if most > self.refused_at + self.refused_at / 4 + 2 {
            self.most = None;
            self.disproved = Some(now);
        } else {
            self.most = Some(most + 1);
        }
        self.not_told(now);
    }

    /// A start that was to find out came to something else: the next one may.
    pub fn not_told(&mut self, now: DateTime<Utc>) {
        // Unless another start was refused meanwhile.
        if self.next_try == self.tried {
            self.next_try = now;
        }
    }

    /// Another run beside so many would be one more than is known to be allowed.
    pub fn is_reached(&self, others: u64) -> bool {
        self.most.is_some_and(|most| others >= most)
    }

    /// From when on another run may be started beside so many, unless some end before.
    pub fn free_at(&self, others: u64, now: DateTime<Utc>) -> DateTime<Utc> {
        if self.is_reached(others) {
            self.next_try.max(now)
        } else {
            now
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const WAIT: TimeDelta = TimeDelta::seconds(5);

    #[test]
    fn a_refused_start_tells_the_limit_and_a_minute_later_one_more_is_tried() {
        let mut cap = LiveCap::default();
        assert_eq!(cap.free_at(1000, NOW), NOW);
        assert!(cap.refused(5, WAIT, NOW));
        assert!(cap.refused(7, WAIT, NOW), "sent before the answer came");
        assert_eq!(cap.free_at(4, NOW), NOW);
        assert_eq!(cap.free_at(5, NOW), NOW + WAIT + TRY_MORE_AFTER);
        assert!(!cap.sent(4, NOW), "it is known to be allowed");
        assert_eq!(cap.free_at(6, NOW), NOW + WAIT + TRY_MORE_AFTER);
    }

    #[test]
    fn one_at_a_time_finds_out_whether_more_are_allowed() {
        let mut cap = LiveCap::default();
        assert!(cap.refused(5, WAIT, NOW));
        let later = NOW + WAIT + TRY_MORE_AFTER;
        assert!(cap.sent(5, later));
        assert_eq!(cap.free_at(6, later), later + TRY_MORE_AFTER);
        cap.not_told(later);
        assert_eq!(cap.free_at(5, later), later);
        assert!(cap.sent(5, later));
        assert!(cap.refused(5, WAIT, later));
        assert_eq!(cap.free_at(5, later), later + WAIT + TRY_MORE_AFTER);
        cap.taken(later);
        assert_eq!(
            cap.free_at(6, later),
            later + WAIT + TRY_MORE_AFTER,
            "another one was refused meanwhile"
        );
    }

    #[test]
    fn where_all_starts_are_refused_nothing_is_learnt_of_a_limit_on_runs() {
        let mut cap = LiveCap::default();
        assert!(
            cap.refused(1, WAIT, NOW),
            "the other one may have been taken"
        );
        assert!(!cap.refused(0, WAIT, NOW));
        assert_eq!(cap.free_at(1, NOW), NOW);
    }

    #[test]
    fn a_start_that_is_taken_above_it_says_that_requests_are_limited_instead() {
        let mut cap = LiveCap::default();
        assert!(!cap.refused(0, WAIT, NOW), "nothing was under way");
        assert!(cap.refused(5, WAIT, NOW));
        let later = NOW + WAIT + TRY_MORE_AFTER;
        for others in 5..=9 {
            assert_eq!(cap.free_at(others, later), later);
            assert!(cap.sent(others, later));
            cap.taken(later);
            assert_eq!(cap.free_at(others, later), later, "one may have ended");
        }
        assert_eq!(cap.free_at(99, later), later);
        assert!(!cap.refused(99, WAIT, later));
        assert!(cap.refused(99, WAIT, later + NONE_FOR));
    }
}
