//! When a run is looked at that no webhook names.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::time_delta;

/// Sooner after the start, rarer with age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookSchedule {
    /// From the start to the first look.
    pub first: Duration,
    /// The shortest time between looks; it grows with the run's age.
    pub shortest: Duration,
}

impl Default for LookSchedule {
    /// Runs take minutes; how many is not published.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(20),
            shortest: Duration::from_secs(10),
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
        let least = Duration::from_millis(100);
        Self {
            first: self.first.div_f64(speed.max(1.0)).max(least),
            shortest: self.shortest.div_f64(speed.max(1.0)).max(least),
        }
    }

    pub fn first_look(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + time_delta(self.first)
    }

    /// The look after one that found the run still going.
    pub fn next_look(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let age = (now - since).max(TimeDelta::zero());
        if age >= Self::LONG {
            return now + TimeDelta::hours(1);
        }
        let pause = (age / 5).clamp(time_delta(self.shortest), TimeDelta::minutes(10));
        now + pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    #[test]
    fn looks_grow_rarer_with_age_and_hourly_after_a_day() {
        let looks = LookSchedule::default();
        let after = |age| looks.next_look(now() - age, now()) - now();
        assert_eq!(after(TimeDelta::seconds(20)), TimeDelta::seconds(10));
        assert_eq!(after(TimeDelta::minutes(5)), TimeDelta::minutes(1));
        assert_eq!(after(TimeDelta::hours(23)), TimeDelta::minutes(10));
        assert_eq!(after(TimeDelta::hours(25)), TimeDelta::hours(1));
    }
}
