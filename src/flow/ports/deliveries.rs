use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// Leads whose news a destination does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// `folder:{file name}`.
    pub destination: String,
    pub leads: u64,
    /// The oldest news among them.
    pub oldest: DateTime<Utc>,
    /// Leads of the same source that are still under way and will bring news of their own.
    pub under_way: u64,
}

#[async_trait]
pub trait DeliveryStore: Send + Sync {
    async fn due_deliveries(&self) -> Result<Vec<DueDelivery>, StoreError>;

    /// Everything that was due at `as_of` has arrived; what became due since stays due.
    async fn mark_delivered(
        &self,
        destination: &str,
        as_of: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}
