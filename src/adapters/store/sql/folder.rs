use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Store, text};
use crate::flow::ports::{FileLook, FolderStore, StoreError, WatchedFile};

#[async_trait]
impl FolderStore for Store {
    async fn first_look(
        &self,
        folder: &str,
        names: &[String],
        hold: bool,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let first = sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('first look:' || $1, '')
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(folder)
        .execute(&mut *tx)
        .await?;
        if first.rows_affected() == 0 {
            return Ok(());
        }
        for name in names {
            // It was read while somebody said that this database was restored.
            sqlx::query(
                "INSERT INTO watched_file (folder, name, held) VALUES ($1, $2, $3)
                 ON CONFLICT (folder, name) DO UPDATE SET held = excluded.held",
            )
            .bind(folder)
            .bind(name)
            .bind(hold)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn watched_files(&self, folder: &str) -> Result<Vec<WatchedFile>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, held, size, modified_at, problem, read_at FROM watched_file
             WHERE folder = $1 ORDER BY name",
        )
        .bind(folder)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let size: Option<i64> = row.try_get("size")?;
                let modified_at: Option<DateTime<Utc>> = row.try_get("modified_at")?;
                Ok(WatchedFile {
                    name: row.try_get("name")?,
                    held: row.try_get("held")?,
                    look: size.zip(modified_at).map(|(size, modified_at)| FileLook {
                        size: size.unsigned_abs(),
                        modified_at,
                    }),
                    problem: row.try_get("problem")?,
                    read_at: row.try_get("read_at")?,
                })
            })
            .collect()
    }

    async fn record_file(
        &self,
        folder: &str,
        name: &str,
        look: FileLook,
        problem: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO watched_file (folder, name, held, size, modified_at, problem, read_at)
             VALUES ($1, $2, FALSE, $3, $4, $5, $6)
             ON CONFLICT (folder, name) DO UPDATE SET
                 size = excluded.size, modified_at = excluded.modified_at,
                 problem = excluded.problem, read_at = excluded.read_at",
        )
        .bind(folder)
        .bind(name)
        .bind(i64::try_from(look.size).unwrap_or(i64::MAX))
        .bind(look.modified_at)
        .bind(problem.map(text))
        .bind(now)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
