//! Batches that wait for approval, as the dashboard and their own pages show them.

use super::view::{Moment, origin};
use crate::flow::finish_day::finish_day;
use crate::flow::guard::Guard;
use crate::flow::health::Sheets;
use crate::flow::ports::BatchView;
use crate::lead::money::price_besides;

/// A batch that waits for a person.
pub struct HeldBatch {
    pub id: String,
    pub origin: String,
    pub price: String,
    pub since: Moment,
    /// The day on which the cap would let it finish, when that is not today.
    pub finished_on: Option<String>,
}

impl HeldBatch {
    pub fn new(batch: BatchView, reused: u64, guard: &Guard, sheets: &Sheets) -> Self {
        Self {
            id: batch.id.to_string(),
            origin: origin(batch.source, &batch.source_name, sheets),
            price: price_besides(batch.held, reused),
            since: batch.created_at.into(),
            finished_on: finish_day(batch.held.saturating_sub(reused), guard)
                .map(|day| day.to_string()),
        }
    }
}
