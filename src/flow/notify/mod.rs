//! Telling others what happened: what a message says, when it is tried again, and what a person
//! may do about one that never arrived.
//!
//! Events are recorded by the database in the transaction that they tell of; `worker/notify.rs`
//! sends them. No message holds anything of a report.

mod payload;
mod slack;

pub use payload::message;
pub use slack::message as slack_message;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::balance::LowBalance;
use super::ports::{FailedSend, NoticeMessage, SendOutcome, Store, StoreError};
use super::{Flow, time_delta};
use crate::lead::backoff::NOTICE;
use crate::lead::notice::TargetKind;

/// The lease of whoever sends.
pub const LEASE: &str = "notify";
/// Tries before a notice is given up, over half a day to a day.
pub const MOST_TRIES: u32 = 10;
/// How long notices are kept, heard or not; within it none is told twice.
const KEPT: TimeDelta = TimeDelta::days(30);
/// No target may put us off for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(8 * 3600);

/// What follows from a try that brought nothing, after `attempts` that did not either.
pub fn after_failure(
    notice_seq: i64,
    attempts: u32,
    outcome: &SendOutcome,
    random: f64,
    now: DateTime<Utc>,
) -> FailedSend {
    let tries = attempts.saturating_add(1);
    let next = match outcome {
        SendOutcome::Failed { wait, .. } if tries < MOST_TRIES => {
            let wait = wait.unwrap_or_default().min(LONGEST_WAIT);
            Some(now + time_delta(NOTICE.delay(tries, random).max(wait)))
        }
        _ => None,
    };
    FailedSend { notice_seq, next }
}

/// A message that only tells whether it arrives.
pub fn test_message(kind: TargetKind, id: String, now: DateTime<Utc>) -> NoticeMessage {
    let words = "This is a test of warmsheet\u{2019}s notifications. Nothing has happened";
    let body = match kind {
        TargetKind::Slack => serde_json::json!({"text": words}),
        TargetKind::Webhook => serde_json::json!({
            "type": "test",
            "timestamp": payload::time(now),
            "data": {"message": words},
        }),
    };
    NoticeMessage {
        id,
        body: body.to_string().into_bytes(),
    }
}

/// Records that the balance has become low, once until it no longer is.
pub async fn balance(
    store: &dyn Store,
    low: Option<&LowBalance>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let detail = low.map(|low| {
        serde_json::json!({
            "credits": low.credits, "message": low.message, "topUp": low.top_up,
        })
    });
    store.note_balance(detail.as_ref(), now).await
}

/// Forgets old notices.
pub async fn sweep(flow: &Flow) -> Result<(), StoreError> {
    flow.store.sweep_notices(flow.clock.now() - KEPT).await
}

/// Sends a notice again; `None`: there is none of that id for that target.
pub async fn resend(
    flow: &Flow,
    id: &str,
    target: Option<&str>,
) -> Result<Option<u64>, StoreError> {
    let now = flow.clock.now();
    let again = flow.store.resend_notice(id, target, now).await?;
    flow.wake.notify_waiters();
    Ok(again)
}

/// Sends everything again that was given up for a target; `None`: there is no such target.
pub async fn resend_dead(flow: &Flow, target: &str) -> Result<Option<u64>, StoreError> {
    let now = flow.clock.now();
    let again = flow.store.resend_dead_notices(target, now).await?;
    flow.wake.notify_waiters();
    Ok(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    fn failed(wait: Option<Duration>) -> SendOutcome {
        let why = "it answered 500".to_owned();
        SendOutcome::Failed { why, wait }
    }

    #[test]
    fn the_tries_are_spread_over_half_a_day_to_a_day_and_then_it_is_given_up() {
        for (random, hours) in [(0.0, 11..13), (0.999, 23..25)] {
            let mut at = now();
            for attempts in 0..MOST_TRIES - 1 {
                let send = after_failure(1, attempts, &failed(None), random, at);
                at = send.next.expect("another try");
            }
            assert!(hours.contains(&(at - now()).num_hours()), "{}", at - now());
            let last = after_failure(1, MOST_TRIES - 1, &failed(None), random, at);
            assert_eq!(last.next, None);
        }
    }

    #[test]
    fn a_target_that_asks_for_time_gets_it_within_reason_and_one_that_is_gone_hears_no_more() {
        let after = |seconds| {
            let wait = Some(Duration::from_secs(seconds));
            let send = after_failure(1, 0, &failed(wait), 0.5, now());
            (send.next.expect("another try") - now()).num_seconds()
        };
        assert_eq!(after(120), 120);
        assert!(after(0) < 10);
        assert_eq!(after(1_000_000), 8 * 3600);
        let why = "it answered 410".to_owned();
        let gone = after_failure(1, 0, &SendOutcome::Gone { why }, 0.5, now());
        assert_eq!(gone.next, None);
    }
}
