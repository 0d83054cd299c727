//! The batches that wait for approval. To tell of them goes through every lead that is held, so what was
//! read serves whoever asks until something is written.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::Flow;
use super::account::known_payer;
use super::ports::{BatchView, StoreError};
use super::reuse::rule;
use crate::lead::BatchId;

/// A report that grows too old to serve others writes nothing.
const SERVES_FOR: TimeDelta = TimeDelta::minutes(1);

/// What was read last; the lock is held while it is read.
#[derive(Debug, Default)]
pub struct HeldBatches(Mutex<Option<LastRead>>);

#[derive(Debug)]
struct LastRead {
    /// Of the store, before it was read.
    mark: i64,
    at: DateTime<Utc>,
    batches: Vec<(BatchView, u64)>,
}

/// Each with how many of its leads would be reused; 0 while the account is not known.
pub async fn held_batches(flow: &Flow) -> Result<Vec<(BatchView, u64)>, StoreError> {
    let mut last = flow.held_batches.0.lock().await;
    let mark = flow.store.change_mark().await?;
    let now = flow.clock.now();
    if let Some(last) = &*last
        && last.mark == mark
        && (now - last.at).abs() < SERVES_FOR
    {
        return Ok(last.batches.clone());
    }
    let batches = read(flow).await?;
    *last = Some(LastRead {
        mark,
        at: now,
        batches: batches.clone(),
    });
    Ok(batches)
}

async fn read(flow: &Flow) -> Result<Vec<(BatchView, u64)>, StoreError> {
    let held = flow.store.held_batches().await?;
    let reused: HashMap<BatchId, u64> = match known_payer(flow).await? {
        Some(payer) if !held.is_empty() => {
            let reused = flow.store.reusable_held(&rule(flow, &payer)).await?;
            reused.into_iter().collect()
        }
        _ => HashMap::new(),
    };
    let with_reused = held.into_iter().map(|batch| {
        let leads = reused.get(&batch.id).copied().unwrap_or(0);
        (batch, leads)
    });
    Ok(with_reused.collect())
}
