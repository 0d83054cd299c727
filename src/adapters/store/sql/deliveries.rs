use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::Store;
use crate::flow::ports::{DeliveryStore, DueDelivery, News, StoreError};

#[async_trait]
impl DeliveryStore for Store {
    async fn due_deliveries(&self) -> Result<Vec<DueDelivery>, StoreError> {
        let rows = sqlx::query(
            "SELECT d.destination, MIN(d.since) AS oldest,
                 (SELECT COUNT(*) FROM lead l
                  WHERE l.source = 'folder' AND l.source_name = substr(d.destination, 8)
                    AND l.status IN ('queued', 'starting', 'waiting')) AS under_way
             FROM delivery d WHERE d.state <> 'done'
             GROUP BY d.destination ORDER BY oldest",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueDelivery {
                    destination: row.try_get("destination")?,
                    oldest: row.try_get("oldest")?,
                    under_way: row.try_get::<i64, _>("under_way")?.unsigned_abs(),
                })
            })
            .collect()
    }

    async fn news_for(&self, destination: &str) -> Result<Vec<News>, StoreError> {
        let rows = sqlx::query(
            "SELECT lead_seq, attempt, since FROM delivery
             WHERE destination = $1 AND state <> 'done'",
        )
        .bind(destination)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(News {
                    lead_seq: row.try_get("lead_seq")?,
                    attempt: row.try_get("attempt")?,
                    since: row.try_get("since")?,
                })
            })
            .collect()
    }

    async fn mark_delivered(
        &self,
        destination: &str,
        news: &[News],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for item in news {
            sqlx::query(
                "UPDATE delivery SET state = 'done', done_at = $5
                 WHERE destination = $1 AND lead_seq = $2 AND attempt = $3 AND since = $4",
            )
            .bind(destination)
            .bind(item.lead_seq)
            .bind(item.attempt)
            .bind(item.since)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
