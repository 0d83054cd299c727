//! How long to wait before trying again: a pure value that takes the number of tries and the
//! randomness as arguments.

use std::time::Duration;

/// Exponential back-off; the second half of each wait is random, so that what failed together
/// does not come back together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    pub first: Duration,
    pub factor: u32,
    pub longest: Duration,
}

/// Sending a key again whose outcome is unknown. Many of these fit into the day that a key is
/// trusted for, and the later ones outlast any window of the rate limit.
pub const UNKNOWN_START: Backoff = Backoff {
    first: Duration::from_secs(4),
    factor: 2,
    longest: Duration::from_secs(300),
};

/// Asking again after an answer that was none.
pub const FAILED_LOOK: Backoff = Backoff {
    first: Duration::from_secs(4),
    factor: 2,
    longest: Duration::from_secs(120),
};

/// Sending a notice that its target did not take. With ten tries it is given up after half a day to a
/// day, longer than most outages last.
pub const NOTICE: Backoff = Backoff {
    first: Duration::from_secs(5),
    factor: 4,
    longest: Duration::from_secs(8 * 3600),
};

impl Backoff {
    /// The wait after so many failed tries (from 1), with a random number in `[0, 1)`.
    pub fn delay(&self, tries: u32, random: f64) -> Duration {
        let growth = self.factor.saturating_pow(tries.saturating_sub(1).min(20));
        let full = self.first.saturating_mul(growth).min(self.longest);
        full.div_f64(2.0) + full.div_f64(2.0).mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_within_their_bounds() {
        for tries in 1..40 {
            let shortest = UNKNOWN_START.delay(tries, 0.0);
            let longest = UNKNOWN_START.delay(tries, 0.999);
            assert!(shortest < longest && longest <= UNKNOWN_START.longest);
            assert!(shortest <= UNKNOWN_START.delay(tries + 1, 0.0));
        }
    }

    #[test]
    fn retries_outlast_a_minute_of_quota() {
        let within_five: Duration = (1..=5).map(|tries| FAILED_LOOK.delay(tries, 0.0)).sum();
        assert!(within_five > Duration::from_secs(60), "{within_five:?}");
    }
}
