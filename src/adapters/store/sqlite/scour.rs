use sqlx::{Row, SqliteConnection};

use super::{BUSY_TIMEOUT, SqliteStore};
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
        Ok(match checkpoint(&mut connection).await? {
            true => Scoured::Clean,
            false => Scoured::LogInUse,
        })
    }

    /// Empties the log, if nobody reads from it at this moment.
    pub(super) async fn truncate_log(&self) -> Result<bool, StoreError> {
        let mut connection = self.writer.acquire().await?;
        // A long export must not hold up everybody who writes.
        let waits = BUSY_TIMEOUT.as_millis();
        sqlx::query("PRAGMA busy_timeout = 0")
            .execute(&mut *connection)
            .await?;
        let emptied = checkpoint(&mut connection).await;
        let again = format!("PRAGMA busy_timeout = {waits}");
        sqlx::query(sqlx::AssertSqlSafe(again))
            .execute(&mut *connection)
            .await?;
        match emptied {
            // Somebody writes: the next turn will do.
            Err(sqlx::Error::Database(_)) => Ok(false),
            other => Ok(other?),
        }
    }
}

async fn checkpoint(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}
