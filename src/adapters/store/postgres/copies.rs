use std::path::Path;

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder, Transaction};

use super::PostgresStore;
use crate::adapters::store::portable::{BackupKind, Portable, PortableError, Purpose, TABLES};
use crate::flow::ports::StoreError;

impl PostgresStore {
    /// What tells a database from one that a dump was restored into: its own number and that of a
    /// table, which a restore makes anew.
    pub(super) async fn home(
        &self,
        tx: &mut Transaction<'_, Postgres>,
    ) -> Result<Option<String>, StoreError> {
        let home = sqlx::query_scalar(
            "SELECT CAST(oid AS TEXT) || ' ' || CAST(CAST('lead'::regclass AS oid) AS TEXT)
             FROM pg_database WHERE datname = current_database()",
        )
        .fetch_one(&mut **tx)
        .await?;
        Ok(Some(home))
    }

    /// Lets a transaction take as long as it must.
    pub(super) async fn take_time(tx: &mut Transaction<'_, Postgres>) -> Result<(), StoreError> {
        for setting in [
            "SET LOCAL statement_timeout = 0",
            "SET LOCAL idle_in_transaction_session_timeout = 0",
        ] {
            sqlx::query(setting).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The next numbers given out follow the highest there is.
    pub(super) async fn number_on(tx: &mut Transaction<'_, Postgres>) -> Result<(), StoreError> {
        for table in TABLES.iter().filter(|table| table.numbered) {
            let (name, column) = (table.name, table.columns[0].name);
            let mut query = QueryBuilder::<Postgres>::new("SELECT setval(pg_get_serial_sequence(");
            query.push_bind(name).push(", ").push_bind(column).push(")");
            query
                .push(", COALESCE(MAX(")
                .push(column)
                .push("), 1), COUNT(*) > 0) FROM ");
            query.push(name).build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// A portable file: a copy that `pg_dump` makes could not be marked as what it is.
    pub(super) async fn copy_to(
        &self,
        path: &Path,
        made_at: DateTime<Utc>,
    ) -> Result<BackupKind, PortableError> {
        self.export(path, Purpose::BackUp, made_at).await?;
        Ok(BackupKind::Portable)
    }
}
