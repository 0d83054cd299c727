//! A company that was reported lately is served from the stored report, at no cost.
//!
//! Every queued lead is looked up before it may be bought; this asks Citedy for nothing, so it
//! goes on while starts are paused or the cap is reached.

use super::Flow;
use super::account::known_payer;
use super::ports::{LeadFilter, Payer, ReuseRule, StoreError};

/// Leads looked up in one transaction: paid calls need not wait for a long list.
const AT_ONCE: u32 = 50;

/// Which reports serve other leads now.
pub fn rule(flow: &Flow, payer: &Payer) -> ReuseRule {
    ReuseRule {
        payer: payer.clone(),
        since: flow.limits.reusable_since(flow.clock.now()),
    }
}

/// Looks up the next queued leads, of all or of `only` these. Answers whether there may be more.
pub async fn look_up(flow: &Flow, payer: &Payer, only: Option<&[i64]>) -> Result<bool, StoreError> {
    let now = flow.clock.now();
    let rule = rule(flow, payer);
    let looked_up = flow.store.look_up(&rule, only, AT_ONCE, now).await?;
    let mut any = false;
    for lead in &looked_up {
        if let Some(first) = &lead.served_from {
            any = true;
            tracing::info!(
                lead = lead.lead,
                reused_from = first,
                "reused a stored report"
            );
        }
    }
    if any {
        flow.wake.notify_waiters();
    }
    Ok(looked_up.len() >= AT_ONCE as usize)
}

/// How many of these leads would be reused and cost nothing; 0 while the account is not known.
pub async fn reusable(flow: &Flow, filter: &LeadFilter) -> Result<u64, StoreError> {
    match known_payer(flow).await? {
        Some(payer) => flow.store.reusable(filter, &rule(flow, &payer)).await,
        None => Ok(0),
    }
}

/// Whether one of these leads waits for a report that is being bought for another lead.
pub async fn waits_for_others(flow: &Flow, filter: &LeadFilter) -> Result<bool, StoreError> {
    match known_payer(flow).await? {
        Some(payer) => flow.store.wait_for_others(filter, &payer).await,
        None => Ok(false),
    }
}
