//! What stored reports would serve of a sheet's batches that wait for approval.

use crate::flow::Flow;
use crate::flow::ports::{LeadFilter, Source, StoreError};
use crate::flow::reuse::reusable;
use crate::lead::{BatchId, Status};

/// By batch, how many of its held leads would be reused.
pub(super) async fn reused(
    flow: &Flow,
    spreadsheet: &str,
) -> Result<Vec<(BatchId, u64)>, StoreError> {
    let mut counts = Vec::new();
    let held = flow.store.held_batches().await?.into_iter();
    for batch in held.filter(|b| b.source == Source::Sheet && b.source_name == spreadsheet) {
        let filter = LeadFilter {
            status: Some(Status::Held),
            batch: Some(batch.id.clone()),
            ..LeadFilter::default()
        };
        counts.push((batch.id, reusable(flow, &filter).await?));
    }
    Ok(counts)
}
