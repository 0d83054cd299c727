//! What each instance told of itself.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Store, json, parsed};
use crate::flow::health::InstanceHealth;
use crate::flow::ports::{InstanceStore, InstanceView, StoreError};

#[async_trait]
impl InstanceStore for Store {
    async fn tell_instance(
        &self,
        name: &str,
        health: &InstanceHealth,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO instance (name, told_at, health) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET told_at = excluded.told_at, health = excluded.health",
        )
        .bind(name)
        .bind(now)
        .bind(json(health)?)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn forget_instances(&self, since: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM instance WHERE told_at < $1")
            .bind(since)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn instances(&self, since: DateTime<Utc>) -> Result<Vec<InstanceView>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, told_at, health FROM instance WHERE told_at >= $1 ORDER BY name",
        )
        .bind(since)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(InstanceView {
                    name: row.try_get("name")?,
                    told_at: row.try_get("told_at")?,
                    health: parsed(serde_json::from_str(row.try_get("health")?))?,
                })
            })
            .collect()
    }
}
