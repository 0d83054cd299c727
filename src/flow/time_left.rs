//! How long a batch will take yet, as far as can be told.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::finish_day::finish_day;
use super::guard::{Guard, WaitsFor};
use super::ports::BatchQueue;
use crate::lead::money::CREDITS_PER_RUN;

/// A run's time while none has ended yet.
const NOT_KNOWN: TimeDelta = TimeDelta::minutes(5);
/// A report needs two requests: the start, and the look that brings it.
const REQUESTS_A_REPORT: u32 = 2;

/// How far a batch is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchState {
    pub held: u64,
    pub queued: u64,
    pub under_way: u64,
    /// Of those held or queued, how many stored reports would serve.
    pub reusable: u64,
    pub queue: BatchQueue,
}

/// When a batch is finished, or what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// Nothing is left to wait for.
    None,
    About(TimeDelta),
    /// A person must approve what is left.
    Approval,
    /// Nothing starts: this stands in the way.
    Stopped(WaitsFor),
    /// The day's cap stretches it; the last starts on that day.
    Cap(NaiveDate),
}

/// What the latest runs took in the middle, newest or oldest first.
pub fn typical(mut times: Vec<TimeDelta>) -> TimeDelta {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied();
    middle.unwrap_or(NOT_KNOWN).max(TimeDelta::zero())
}

/// How long a batch will take. Starts are spread by the budget of requests; what is under way takes
/// as long as runs did lately.
pub fn time_left(
    batch: &BatchState,
    guard: &Guard,
    requests_per_minute: u32,
    typical: TimeDelta,
    now: DateTime<Utc>,
) -> TimeLeft {
    if batch.queued == 0 {
        return match (batch.under_way, batch.held) {
            (0, 0) => TimeLeft::None,
            (0, _) => TimeLeft::Approval,
            _ => TimeLeft::About(of_runs(batch, typical, now)),
        };
    }
    match guard.waits_for() {
        WaitsFor::Turn => {}
        WaitsFor::Cap if batch.queue.cap_lifted => {}
        WaitsFor::Cap => {
            return stretched(batch, guard).unwrap_or(TimeLeft::Stopped(WaitsFor::Cap));
        }
        stop => return TimeLeft::Stopped(stop),
    }
    if let Some(later) = stretched(batch, guard) {
        return later;
    }
    let a_minute = (requests_per_minute / REQUESTS_A_REPORT).max(1);
    let waiting = batch.queued.saturating_add(batch.queue.before);
    let seconds = waiting.saturating_mul(60).div_ceil(u64::from(a_minute));
    let starts = i64::try_from(seconds).unwrap_or(i64::MAX);
    let starts = TimeDelta::try_seconds(starts).unwrap_or(TimeDelta::MAX);
    TimeLeft::About(starts.checked_add(&typical).unwrap_or(TimeDelta::MAX))
}

/// What the youngest run under way takes yet.
fn of_runs(batch: &BatchState, typical: TimeDelta, now: DateTime<Utc>) -> TimeDelta {
    let since = batch.queue.last_sent_at.map(|sent| now - sent);
    (typical - since.unwrap_or_default()).max(TimeDelta::zero())
}

/// The cap lets not all of it start today.
fn stretched(batch: &BatchState, guard: &Guard) -> Option<TimeLeft> {
    if batch.queue.cap_lifted {
        return None;
    }
    let cap = guard.daily_credits.at_most()?;
    if cap < CREDITS_PER_RUN {
        return Some(TimeLeft::Stopped(WaitsFor::Cap));
    }
    let bought = batch.queued.saturating_sub(batch.reusable);
    if bought == 0 {
        return None;
    }
    finish_day(bought.saturating_add(batch.queue.before), guard).map(TimeLeft::Cap)
}

/// "less than a minute", "about 3 minutes": no more exact than it is known.
pub fn in_words(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    if seconds < 60 {
        return "less than a minute".to_owned();
    }
    let (number, noun) = match seconds {
        ..5_400 => (round(seconds, 60), "minute"),
        5_400..129_600 => (round(seconds, 3_600), "hour"),
        _ => (round(seconds, 86_400), "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("about {number} {noun}{plural}")
}

fn round(seconds: i64, unit: i64) -> i64 {
    ((seconds + unit / 2) / unit).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ports::{Pause, PauseKind};
    use crate::lead::money::Limit;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn batch(held: u64, queued: u64, under_way: u64) -> BatchState {
        BatchState {
            held,
            queued,
            under_way,
            ..BatchState::default()
        }
    }

    fn left(batch: &BatchState, guard: &Guard) -> TimeLeft {
        time_left(batch, guard, 60, TimeDelta::minutes(4), NOW)
    }

    #[test]
    fn starts_go_out_at_half_the_requests_and_the_last_run_takes_its_time() {
        let free = Guard::under(Limit::Unlimited, 0);
        let minutes = |minutes| TimeLeft::About(TimeDelta::minutes(minutes));
        assert_eq!(left(&batch(0, 60, 3), &free), minutes(6));
        let mut behind = batch(0, 60, 0);
        behind.queue.before = 30;
        assert_eq!(left(&behind, &free), minutes(7));
        let slow = time_left(&batch(0, 3, 0), &free, 1, TimeDelta::zero(), NOW);
        assert_eq!(slow, minutes(3), "one a minute at least");
    }

    #[test]
    fn what_is_under_way_has_taken_a_part_of_its_time_already() {
        let mut running = batch(2, 0, 1);
        running.queue.last_sent_at = Some(NOW - TimeDelta::minutes(3));
        let free = Guard::under(Limit::Unlimited, 0);
        assert_eq!(
            left(&running, &free),
            TimeLeft::About(TimeDelta::minutes(1))
        );
        running.queue.last_sent_at = Some(NOW - TimeDelta::minutes(30));
        assert_eq!(left(&running, &free), TimeLeft::About(TimeDelta::zero()));
    }

    #[test]
    fn what_stands_in_the_way_is_named_instead_of_a_time() {
        let mut paused = Guard::under(Limit::Unlimited, 0);
        paused.pauses.push(Pause {
            kind: PauseKind::Person,
            message: String::new(),
            link: None,
            since: NOW,
        });
        let stopped = TimeLeft::Stopped(WaitsFor::Pause);
        assert_eq!(left(&batch(0, 1, 1), &paused), stopped);
        assert_eq!(left(&batch(3, 0, 0), &paused), TimeLeft::Approval);
        assert_eq!(left(&batch(0, 0, 0), &paused), TimeLeft::None);
    }

    #[test]
    fn the_cap_stretches_a_batch_unless_it_may_pass_it() {
        let cap = Guard::under(Limit::AtMost(400), 0);
        let day = |text: &str| TimeLeft::Cap(text.parse().expect("a day"));
        assert_eq!(left(&batch(0, 11, 0), &cap), day("1970-01-02"));
        assert!(matches!(left(&batch(0, 10, 0), &cap), TimeLeft::About(_)));
        let mut lifted = batch(0, 11, 0);
        lifted.queue.cap_lifted = true;
        assert!(matches!(left(&lifted, &cap), TimeLeft::About(_)));
        let reached = Guard::under(Limit::AtMost(400), 400);
        assert_eq!(left(&batch(0, 1, 0), &reached), day("1970-01-02"));
        let nothing = Guard::under(Limit::AtMost(0), 0);
        let stopped = TimeLeft::Stopped(WaitsFor::Cap);
        assert_eq!(left(&batch(0, 1, 0), &nothing), stopped);
    }

    #[test]
    fn the_typical_time_is_the_middle_one_and_five_minutes_while_none_is_known() {
        let minutes = |all: &[i64]| all.iter().map(|n| TimeDelta::minutes(*n)).collect();
        assert_eq!(typical(minutes(&[1, 90, 3])), TimeDelta::minutes(3));
        assert_eq!(typical(Vec::new()), TimeDelta::minutes(5));
    }

    #[test]
    fn a_time_is_told_no_more_exactly_than_it_is_known() {
        for (seconds, words) in [
            (0, "less than a minute"),
            (59, "less than a minute"),
            (60, "about 1 minute"),
            (200, "about 3 minutes"),
            (5_399, "about 90 minutes"),
            (7_000, "about 2 hours"),
            (200_000, "about 2 days"),
        ] {
            assert_eq!(in_words(TimeDelta::seconds(seconds)), words);
        }
        assert_eq!(in_words(TimeDelta::seconds(-5)), "less than a minute");
    }
}
