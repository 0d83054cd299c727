//! A company is forgotten: nothing here names it any more, and it is not bought again.
//!
//! First the stop is stored; from then on no row of the company is taken in and no paid call for it
//! begins. Then what names it is removed, some leads a transaction, so that nobody who writes waits
//! for long. A paid call that is under way at that moment is waited for: its answer says what was
//! charged, and that is kept.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::ports::{Clock, Store, StoreError};
use crate::lead::CompanyDomain;

/// Leads of one transaction.
const AT_ONCE: u32 = 50;
/// A paid call has ended after that time, whatever became of it.
const CALL_ENDS_AFTER: TimeDelta = TimeDelta::seconds(30);
/// How often an answer that is waited for is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// What forgetting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgot {
    pub since: DateTime<Utc>,
    pub leads: u64,
    /// Other things that quoted its name.
    pub mentions: u64,
}

/// Forgets a company. `waiting` is told once if a paid call has to be waited for.
pub async fn forget(
    store: &dyn Store,
    clock: &dyn Clock,
    domain: &CompanyDomain,
    waiting: impl Fn(),
) -> Result<Forgot, StoreError> {
    let since = store.stop_company(domain, clock.now()).await?;
    let mut leads = 0;
    let mut told = false;
    loop {
        let now = clock.now();
        let begun = now - CALL_ENDS_AFTER;
        let scrubbed = store.scrub(domain, AT_ONCE, begun, now).await?;
        leads += scrubbed.leads;
        if scrubbed.leads > 0 {
            continue;
        }
        if scrubbed.calling == 0 {
            break;
        }
        if !std::mem::replace(&mut told, true) {
            waiting();
        }
        tokio::time::sleep(LOOK).await;
    }
    let mentions = store.scrub_mentions(domain, clock.now()).await?;
    tracing::info!(leads, "a company was forgotten");
    Ok(Forgot {
        since,
        leads,
        mentions,
    })
}
