use std::path::Path;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Connection, SqliteConnection};

use super::SqliteStore;
use super::sql::custody::mark_backup;
use crate::adapters::files::AtomicFile;
use crate::adapters::store::portable::{BackupKind, PortableError};

impl SqliteStore {
    /// A copy as of one moment, made by SQLite itself while others write.
    pub(super) async fn copy_to(
        &self,
        path: &Path,
        made_at: DateTime<Utc>,
    ) -> Result<BackupKind, PortableError> {
        let file = AtomicFile::create_private(path)?;
        let copy = file.temporary_path();
        sqlx::query("VACUUM INTO $1")
            .bind(copy.to_string_lossy())
            .execute(&self.readers)
            .await?;
        let options = SqliteConnectOptions::new()
            .filename(copy)
            // No journal stays behind beside a file that gets another name.
            .journal_mode(SqliteJournalMode::Memory);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let mut tx = connection.begin().await?;
        mark_backup(&mut tx, made_at).await?;
        tx.commit().await?;
        connection.close().await?;
        file.commit_new()?;
        Ok(BackupKind::Database)
    }
}
