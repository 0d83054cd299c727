//! The rate limit of one key.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::clock::Moment;

const SPAN: TimeDelta = TimeDelta::seconds(60);

/// A sliding window of 60 seconds over one key's requests.
///
/// Only the latest `limit` requests are kept: a request fits exactly when the oldest of
/// these is more than a window ago.
#[derive(Debug, Default)]
pub(super) struct Window {
    seen: VecDeque<Moment>,
}

impl Window {
    /// Counts a request made `now`, and refuses it when it is one too many, with the moment
    /// from which the next one fits. Refused requests count as well.
    pub(super) fn admit(&mut self, limit: u32, now: Moment) -> Result<(), Moment> {
        while self.seen.front().is_some_and(|&first| first + SPAN <= now) {
            self.seen.pop_front();
        }
        let full = self.seen.len() >= limit as usize;
        if full {
            self.seen.pop_front();
        }
        self.seen.push_back(now);
        match self.seen.front() {
            Some(&first) if full => Err(first + SPAN),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_window_slides_and_does_not_reset_at_the_minute() {
        let mut window = Window::default();
        assert_eq!(window.admit(2, at(0)), Ok(()));
        assert_eq!(window.admit(2, at(50)), Ok(()));
        assert_eq!(window.admit(2, at(60)), Ok(()));
        assert!(window.admit(2, at(70)).is_err());
    }

    #[test]
    fn whoever_waits_as_told_is_let_in() {
        let mut window = Window::default();
        for second in 0..3 {
            assert_eq!(window.admit(3, at(second)), Ok(()));
        }
        let free = window.admit(3, at(10)).unwrap_err();
        assert_eq!(free, at(61));
        assert_eq!(window.admit(3, free), Ok(()));
    }

    #[test]
    fn whoever_keeps_hammering_stays_refused() {
        let mut window = Window::default();
        assert_eq!(window.admit(1, at(0)), Ok(()));
        for second in (30..300).step_by(30) {
            assert!(window.admit(1, at(second)).is_err(), "{second}");
        }
        assert_eq!(window.admit(1, at(330)), Ok(()));
    }
}
