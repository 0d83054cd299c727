use std::sync::Arc;

use super::AppError;
use crate::adapters::store::portable::Portable;
use crate::adapters::store::{PostgresStore, SqliteStore};
use crate::config::DatabaseConfig;
use crate::flow::ports::{LeaseView, Store, StoreError};

/// A database whose contents are copied or moved.
pub struct Custody {
    pub store: Arc<dyn Store>,
    pub portable: Arc<dyn Portable>,
}

impl Custody {
    /// Opens the configured database. `existing`: one that is not there is a fault, and is not
    /// made: a mistake in `DATABASE_URL` would end in an empty back-up.
    pub async fn open(config: &DatabaseConfig, existing: bool) -> Result<Self, AppError> {
        Ok(match config {
            DatabaseConfig::Sqlite { url } => {
                if existing && !SqliteStore::exists(url)? {
                    return Err(AppError::NoDatabase(config.shown()));
                }
                Self::of(Arc::new(SqliteStore::open(url).await?))
            }
            DatabaseConfig::Postgres { url, schema } => {
                Self::of(Arc::new(PostgresStore::open(url, schema.as_deref()).await?))
            }
        })
    }

    fn of<S: Store + Portable + 'static>(store: Arc<S>) -> Self {
        Self {
            portable: store.clone(),
            store,
        }
    }

    /// Somebody works on it now. On an engine for one instance nobody else can begin to from
    /// here on.
    pub async fn is_worked_on(&self) -> Result<bool, StoreError> {
        if self.store.is_shared() {
            return Ok(self.store.leases().await?.iter().any(LeaseView::is_held));
        }
        Ok(!self.store.claim()?)
    }
}
