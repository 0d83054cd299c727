use sqlx::Row;

use super::SqliteStore;
use crate::flow::ports::{Scoured, StoreError};

impl SqliteStore {
    /// Makes the file anew, and empties the log.
    ///
    /// `secure_delete` has overwritten what was deleted. But rows that lived on were moved about in
    /// their pages before, and left copies behind that nobody overwrites.
    pub(super) async fn rewrite(&self) -> Result<Scoured, StoreError> {
        let mut connection = self.writer.acquire().await?;
        // A large database does not fit into memory.
        sqlx::query("PRAGMA temp_store = file")
            .execute(&mut *connection)
            .await?;
        let made = sqlx::query("VACUUM").execute(&mut *connection).await;
        sqlx::query("PRAGMA temp_store = memory")
            .execute(&mut *connection)
            .await?;
        made?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await?;
        let busy: i64 = row.try_get(0)?;
        Ok(match busy {
            0 => Scoured::Clean,
            _ => Scoured::LogInUse,
        })
    }
}
