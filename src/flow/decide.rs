//! A person's decisions, wherever they are taken: stored, told in the log, and acted on.

use super::Flow;
use super::ports::{BatchDecided, Decided, StoreError};
use crate::lead::{BatchId, Decision, LeadId};

/// Decides about one lead. `accept_possible_charge`: the person knows that an attempt of
/// unknown outcome may have been charged and wants another all the same.
pub async fn lead(
    flow: &Flow,
    lead: &LeadId,
    decision: Decision,
    accept_possible_charge: bool,
) -> Result<Decided, StoreError> {
    let now = flow.clock.now();
    let decided = flow
        .store
        .decide(lead, decision, accept_possible_charge, now)
        .await?;
    if matches!(decided, Decided::Done { .. }) {
        let run = flow.store.lead(lead).await?.and_then(|lead| lead.run_id);
        tracing::info!(%lead, run, decision = decision.as_str(), "decided");
        flow.wake.notify_waiters();
    }
    Ok(decided)
}

/// Approves every held lead of a batch, or cancels every held and queued one. `lift_cap`: an
/// approved batch starts without regard to the day's cap.
pub async fn batch(
    flow: &Flow,
    batch: &BatchId,
    decision: Decision,
    lift_cap: bool,
) -> Result<BatchDecided, StoreError> {
    let now = flow.clock.now();
    let decided = flow
        .store
        .decide_batch(batch, decision, lift_cap, now)
        .await?;
    tracing::info!(%batch, decision = decision.as_str(), leads = decided.changed, "decided");
    flow.wake.notify_waiters();
    Ok(decided)
}
