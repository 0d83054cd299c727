use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// Leads whose news a destination does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// `folder:{the file's full path}`.
    pub destination: String,
    /// The oldest news among them.
    pub oldest: DateTime<Utc>,
    /// Leads of the same source that are still under way and will bring news of their own.
    pub under_way: u64,
}

/// One lead's news for a destination. A later change of the same lead is other news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub lead_seq: i64,
    pub attempt: i64,
    pub since: DateTime<Utc>,
}

#[async_trait]
pub trait DeliveryStore: Send + Sync {
    async fn due_deliveries(&self) -> Result<Vec<DueDelivery>, StoreError>;

    /// What this destination lacks at this moment, to be read before the report is made.
    async fn news_for(&self, destination: &str) -> Result<Vec<News>, StoreError>;

    /// This news has arrived; what became due since it was read stays due.
    async fn mark_delivered(
        &self,
        destination: &str,
        news: &[News],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
