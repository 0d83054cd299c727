//! When a run is looked at whatever was learnt of runs.

use std::time::Duration;

use chrono::TimeDelta;

use crate::flow::time_delta;

/// Rarer with age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookSchedule {
    /// The shortest time between two looks at one run.
    shortest: Duration,
    /// The shortest time after which one is due in any case; it grows with the run's age.
    due: Duration,
    /// However old a run is and however far webhooks are trusted, one is due after this.
    longest: Duration,
}

impl Default for LookSchedule {
    /// Runs take minutes; how many is not published.
    fn default() -> Self {
        Self {
            shortest: Duration::from_secs(5),
            due: Duration::from_secs(600),
            longest: Duration::from_secs(3_600),
        }
    }
}

impl LookSchedule {
    /// After this a run is looked at once an hour.
    pub const LONG: TimeDelta = TimeDelta::hours(24);
    /// After this a person must look.
    pub const TOO_LONG: TimeDelta = TimeDelta::days(7);

    /// For a sandbox whose runs are that much faster than real ones.
    pub fn faster(self, speed: f64) -> Self {
        let faster = |time: Duration| {
            let least = Duration::from_millis(100);
            time.div_f64(speed.max(1.0)).max(least)
        };
        Self {
            shortest: faster(self.shortest),
            due: faster(self.due),
            longest: faster(self.longest),
        }
    }

    /// The shortest time between two looks at one run.
    pub fn shortest(&self) -> TimeDelta {
        time_delta(self.shortest)
    }

    /// How long after a look at that age another one is due in any case, the later the more of the ended
    /// runs are named by webhooks (0 to 1).
    pub fn interval(&self, age: TimeDelta, named: f64) -> TimeDelta {
        let longest = time_delta(self.longest);
        if age >= Self::LONG {
            return longest;
        }
        let interval =
            (age / 4).max(time_delta(self.due)).as_seconds_f64() / (1.0 - named).max(0.01);
        TimeDelta::milliseconds((interval * 1_000.0) as i64).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_that_are_due_in_any_case_grow_rarer_with_age_and_with_trust() {
        let looks = LookSchedule::default();
        let after = |age| looks.interval(age, 0.0);
        assert_eq!(after(TimeDelta::seconds(20)), TimeDelta::minutes(10));
        assert_eq!(after(TimeDelta::hours(2)), TimeDelta::minutes(30));
        assert_eq!(after(TimeDelta::hours(23)), TimeDelta::hours(1));
        assert_eq!(after(TimeDelta::hours(25)), TimeDelta::hours(1));
        let young = TimeDelta::seconds(20);
        assert_eq!(looks.interval(young, 0.5), TimeDelta::minutes(20));
        assert_eq!(looks.interval(young, 0.999), TimeDelta::hours(1));
        // A sandbox that is a hundred times faster shortens the hour, too.
        let fast = looks.faster(100.0);
        assert_eq!(fast.interval(young, 0.999), TimeDelta::seconds(36));
    }
}
