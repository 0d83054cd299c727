//! Tells the log that a lead was parked, by its name: what sweeps finds leads only by number.

use super::Flow;
use super::ports::{AttemptRef, LeadFilter, StoreError};

/// One line of the log; `why` is what the person is told.
pub async fn tell(flow: &Flow, attempt: AttemptRef, why: &str) -> Result<(), StoreError> {
    let filter = LeadFilter {
        seqs: Some(vec![attempt.lead]),
        ..LeadFilter::default()
    };
    for lead in flow.store.oldest_leads(&filter, 0, 1).await? {
        let (number, run) = (attempt.number, lead.run_id.as_deref());
        tracing::warn!(lead = %lead.id, run, attempt = number, why, "parked");
    }
    Ok(())
}
