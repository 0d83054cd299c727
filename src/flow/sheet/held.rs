//! What stored reports would serve of a sheet's batches that wait for approval.

use crate::flow::Flow;
use crate::flow::held_batches::held_batches;
use crate::flow::ports::{Source, StoreError};
use crate::lead::BatchId;

/// By batch, how many of its held leads would be reused.
pub(super) async fn reused(
    flow: &Flow,
    spreadsheet: &str,
) -> Result<Vec<(BatchId, u64)>, StoreError> {
    let held = held_batches(flow).await?.into_iter();
    let here =
        held.filter(|(batch, _)| batch.source == Source::Sheet && batch.source_name == spreadsheet);
    Ok(here.map(|(batch, leads)| (batch.id, leads)).collect())
}
