//! From `queued` to `waiting`: the one paid call.
//!
//! The key is in the database before the call. An answer that says "refused" returns the lead
//! to the queue; an answer that says nothing (a time-out, a 500, nonsense) makes the same key
//! go out again, because Citedy answers a known key with the run it already has.

use chrono::TimeDelta;

use super::lease::Lease;
use super::pause::pause;
use super::persist::{About, persist};
use super::ports::{AttemptRef, Begin, PauseKind, Payer, StartOrder, StartTerms, StoreError};
use super::{Flow, Lesson, account, parked, time_delta};
use crate::lead::CompanyDomain;
use crate::lead::backoff::UNKNOWN_START;
use crate::lead::run::{RunSnapshot, StartOutcome};

/// How long Citedy remembers an idempotency key is not published; past this the same key might
/// buy a second report.
pub const KEY_TRUSTED_FOR: TimeDelta = TimeDelta::hours(24);

/// A paid call is answered or given up after 25 seconds. What a dead process had under way is not
/// sent again before: whether Citedy tells two sends of one key apart while it works on the first
/// is not published.
const CALL_ENDS_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Makes the paid call for one lead, if lease, pauses, cap and account still allow it.
pub async fn start(
    flow: &Flow,
    lease: &Lease,
    attempt: AttemptRef,
    payer: &Payer,
) -> Result<Lesson, StoreError> {
    if !lease.has_time() {
        return Ok(Lesson::NotAllowed);
    }
    let Some(_pass) = flow.gate.pass().await else {
        return Ok(Lesson::Nothing);
    };
    let now = flow.clock.now();
    let terms = StartTerms {
        lease: lease.term.clone(),
        payer: payer.clone(),
        daily_credits: flow.limits.daily_credits,
        answered_by: now + CALL_ENDS_AFTER,
        trusted_since: now - KEY_TRUSTED_FOR,
        reusable_since: flow.limits.reusable_since(now),
    };
    let begun = flow.store.begin_start(attempt, &terms, now).await?;
    let order = match begun {
        Begin::Send(order) => order,
        Begin::Paused | Begin::CapReached | Begin::LeaseLost => return Ok(Lesson::NotAllowed),
        Begin::Outdated => {
            park_outdated(flow).await?;
            return Ok(Lesson::Nothing);
        }
        Begin::OtherPayer | Begin::SameUnderWay | Begin::Reported | Begin::Gone => {
            return Ok(Lesson::Nothing);
        }
    };
    if flow.gate.is_closed() {
        refused(
            flow,
            &order,
            "The service was stopped before it was started",
        )
        .await?;
        return Ok(Lesson::Nothing);
    }
    if !lease.has_time() {
        // The process was stopped for long. The key is stored and due: the successor sends it, and
        // none goes out after the lease's end, because others count on that.
        return Ok(Lesson::NotAllowed);
    }
    let call = flow
        .citedy
        .start_run(&order.domain, &order.options, &order.key);
    tokio::select! {
        outcome = call => settle(flow, &order, outcome).await,
        // The call does not outlast the lease; its outcome is for the next owner to find out.
        () = lease.lost() => Ok(Lesson::NotAllowed),
    }
}

/// Parks what is past trusting its key.
pub async fn park_outdated(flow: &Flow) -> Result<(), StoreError> {
    let now = flow.clock.now();
    for attempt in flow.store.unresolved_since(now - KEY_TRUSTED_FOR).await? {
        let why = "Citedy never said whether this report was started. A charge may exist: look \
                   at your Citedy account, then retry";
        match flow.store.park(attempt, why, now).await {
            Ok(()) => parked::tell(flow, attempt, why).await?,
            Err(StoreError::Stale) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

async fn settle(
    flow: &Flow,
    order: &StartOrder,
    outcome: StartOutcome,
) -> Result<Lesson, StoreError> {
    match outcome {
        StartOutcome::Started {
            run, idempotent, ..
        } => {
            started(flow, order, &run, idempotent).await?;
            Ok(if idempotent || order.sends > 1 {
                Lesson::Fine
            } else {
                Lesson::Started
            })
        }
        // After a send of unknown outcome a refusal proves nothing about that one.
        StartOutcome::Invalid { message } if order.sends > 1 => {
            unknown(flow, order, &message).await?;
            Ok(Lesson::Fine)
        }
        StartOutcome::Invalid { message } => {
            tracing::info!(
                lead = %order.lead_id, attempt = order.attempt.number,
                "rejected by Citedy"
            );
            persist("rejection", About::lead(&order.lead_id), || async {
                let now = flow.clock.now();
                flow.store
                    .record_rejected(order.sent(), &message, now)
                    .await
            })
            .await?;
            Ok(Lesson::Fine)
        }
        StartOutcome::Conflict { message } => conflict(flow, order, &message).await,
        StartOutcome::KeyRefused { message } | StartOutcome::AgentRefused { message } => {
            pause(flow, PauseKind::Key, &message, None).await?;
            refused(flow, order, &message).await?;
            Ok(Lesson::NoStarts)
        }
        StartOutcome::OutOfCredits {
            message, topup_url, ..
        } => {
            account::out_of_credits(flow, &message, topup_url).await?;
            refused(flow, order, &message).await?;
            Ok(Lesson::NoStarts)
        }
        StartOutcome::RateLimited { retry_after } => {
            refused(flow, order, "Citedy asked to slow down").await?;
            Ok(if order.sends > 1 {
                Lesson::SlowDown(retry_after)
            } else {
                Lesson::NoMoreStarts(retry_after)
            })
        }
        StartOutcome::NotSent { why } => {
            refused(flow, order, &format!("Citedy could not be reached: {why}")).await?;
            Ok(Lesson::Trouble)
        }
        StartOutcome::Unknown { why } => {
            unknown(flow, order, &why).await?;
            Ok(Lesson::Trouble)
        }
    }
}

async fn started(
    flow: &Flow,
    order: &StartOrder,
    run: &RunSnapshot,
    idempotent: bool,
) -> Result<(), StoreError> {
    if idempotent && order.sends == 1 && !is_about(run, &order.domain) {
        let why = format!(
            "Citedy answered this lead's key with a run for {}: somebody else has used the key. \
             Look at your Citedy account, then retry",
            run.domain
        );
        return conflicted(flow, order, &why).await;
    }
    tracing::info!(
        lead = %order.lead_id, attempt = order.attempt.number, run = %run.id, idempotent,
        sends = order.sends,
        "started"
    );
    persist("start", About::run(&order.lead_id, &run.id), || async {
        let now = flow.clock.now();
        let first_look = flow.pace().look_by(now, TimeDelta::zero(), now);
        flow.store
            .record_started(order.attempt, run, first_look, now)
            .await
    })
    .await?;
    Ok(())
}

/// Whether a run is for this company, in whichever spelling Citedy keeps it.
fn is_about(run: &RunSnapshot, domain: &CompanyDomain) -> bool {
    let named: Vec<&String> = [&run.domain, &run.normalized_domain]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    // An answer that names no company gives no reason for doubt.
    named.is_empty()
        || named
            .into_iter()
            .any(|text| CompanyDomain::parse(text).is_ok_and(|parsed| parsed == *domain))
}

async fn conflict(flow: &Flow, order: &StartOrder, message: &str) -> Result<Lesson, StoreError> {
    if order.sends > 1 {
        // The first send may still be at work there.
        unknown(flow, order, message).await?;
        return Ok(Lesson::Fine);
    }
    let why = format!("Citedy refused this lead's key as already used: {message}");
    conflicted(flow, order, &why).await?;
    Ok(Lesson::Fine)
}

/// Nothing was charged by this send. Was the key sent before, this says nothing about then.
async fn refused(flow: &Flow, order: &StartOrder, why: &str) -> Result<(), StoreError> {
    if order.sends > 1 {
        return unknown(flow, order, why).await;
    }
    tracing::info!(
        lead = %order.lead_id, attempt = order.attempt.number, why,
        "not started; back in the queue"
    );
    persist("refusal", About::lead(&order.lead_id), || async {
        let now = flow.clock.now();
        flow.store.record_refused(order.sent(), why, now).await
    })
    .await?;
    Ok(())
}

async fn unknown(flow: &Flow, order: &StartOrder, why: &str) -> Result<(), StoreError> {
    let sends = u32::try_from(order.sends).unwrap_or(u32::MAX);
    let wait = UNKNOWN_START.delay(sends, rand::random());
    tracing::warn!(
        lead = %order.lead_id, attempt = order.attempt.number, why, sends,
        "outcome unknown; the same key goes out again"
    );
    persist("unknown outcome", About::lead(&order.lead_id), || async {
        let now = flow.clock.now();
        flow.store
            .record_unknown(order.attempt, why, now + time_delta(wait), now)
            .await
    })
    .await?;
    Ok(())
}

async fn conflicted(flow: &Flow, order: &StartOrder, why: &str) -> Result<(), StoreError> {
    tracing::warn!(lead = %order.lead_id, attempt = order.attempt.number, why, "parked");
    persist("conflict", About::lead(&order.lead_id), || async {
        let now = flow.clock.now();
        flow.store.record_conflict(order.sent(), why, now).await
    })
    .await?;
    Ok(())
}
