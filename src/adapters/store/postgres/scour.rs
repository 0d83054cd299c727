use super::PostgresStore;
use crate::flow::ports::{Scoured, StoreError};

impl PostgresStore {
    /// The server's log is its own.
    pub(super) async fn truncate_log(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Lets the server use the room of what was deleted. Its files keep the bytes until then, and so
    /// do its log, archives and replicas: only `VACUUM FULL`, which locks everybody out, is sooner.
    pub(super) async fn rewrite(&self) -> Result<Scoured, StoreError> {
        let mut connection = self.urgent.acquire().await?;
        // Nothing of that waits for others, or makes them wait; it takes as long as it must.
        sqlx::query("SET statement_timeout = 0")
            .execute(&mut *connection)
            .await?;
        let made = sqlx::query(
            "VACUUM lead, result, result_row, row_shape, webhook_event, lead_event, errand",
        )
        .execute(&mut *connection)
        .await;
        // Pooled connections keep their settings: this one is given up.
        connection.close().await?;
        made?;
        Ok(Scoured::UntilVacuumed)
    }
}
