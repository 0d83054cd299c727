//! What instances tell each other of how they are.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::flow::health::InstanceHealth;

/// What an instance told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceView {
    pub name: String,
    /// When it told this; one that runs tells at least once a minute.
    pub told_at: DateTime<Utc>,
    pub health: InstanceHealth,
}

/// Instances on one database, for the pages of each.
#[async_trait]
pub trait InstanceStore: Send + Sync {
    async fn tell_instance(
        &self,
        name: &str,
        health: &InstanceHealth,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// What those told that are silent since is forgotten.
    async fn forget_instances(&self, since: DateTime<Utc>) -> Result<(), StoreError>;

    /// Those that told something since, by name.
    async fn instances(&self, since: DateTime<Utc>) -> Result<Vec<InstanceView>, StoreError>;
}
