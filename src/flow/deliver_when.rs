//! When a destination gets its report. A report file is written whole and replaced at once, so
//! writing it again is always safe; writing it for every lead of a long list would not be.

use chrono::{DateTime, TimeDelta, Utc};

use super::ports::DueDelivery;

/// News this old is worth a report although more is on its way.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// At most this share of the time goes into writing: 1 in 20.
const PAUSE_PER_WRITE: i32 = 20;

/// The last report written for a destination.
#[derive(Debug, Clone, Copy)]
pub struct LastWrite {
    pub ended_at: DateTime<Utc>,
    pub took: TimeDelta,
    pub failed: bool,
}

/// When the report for this destination is to be written.
pub fn due_at(delivery: &DueDelivery, last: Option<LastWrite>) -> DateTime<Utc> {
    let pause = |last: LastWrite| {
        let pause = (last.took * PAUSE_PER_WRITE).max(SHORTEST_PAUSE);
        last.ended_at + pause
    };
    let waited = last.map(pause);
    if delivery.under_way == 0 {
        // Nothing more is coming; only a write that just failed is given time.
        return last
            .filter(|last| last.failed)
            .map_or(delivery.oldest, pause);
    }
    let patient = delivery.oldest + PATIENCE;
    waited.map_or(patient, |waited| waited.max(patient))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    fn delivery(under_way: u64) -> DueDelivery {
        DueDelivery {
            destination: "folder:companies.csv".into(),
            oldest: now(),
            under_way,
        }
    }

    fn last(took: i64, failed: bool) -> Option<LastWrite> {
        Some(LastWrite {
            ended_at: now(),
            took: TimeDelta::seconds(took),
            failed,
        })
    }

    #[test]
    fn the_last_lead_of_a_list_is_delivered_at_once() {
        assert_eq!(due_at(&delivery(0), last(3, false)), now());
    }

    #[test]
    fn while_more_is_coming_writes_are_rare_and_rarer_the_longer_they_take() {
        assert_eq!(due_at(&delivery(3), None), now() + TimeDelta::seconds(5));
        assert_eq!(
            due_at(&delivery(3), last(0, false)),
            now() + TimeDelta::seconds(10)
        );
        assert_eq!(
            due_at(&delivery(3), last(3, false)),
            now() + TimeDelta::seconds(60)
        );
    }

    #[test]
    fn a_write_that_failed_is_given_time() {
        assert_eq!(
            due_at(&delivery(0), last(0, true)),
            now() + TimeDelta::seconds(10)
        );
    }
}
