//! SQLite: one file, one writer connection, a few readers.
//!
//! Journal in WAL with `synchronous=FULL`: what was answered to a caller is on disk. Every
//! transaction that reads before it writes begins IMMEDIATE; a plain one would fail at its
//! first write when another process has written in between.

mod account;
mod decisions;
mod deliveries;
mod filter;
mod folder;
mod intake;
mod lease;
mod queries;
mod runs;
mod sheet_appends;
mod sheet_changes;
mod sheet_decisions;
mod sheets;
mod starts;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};
use tokio::sync::Mutex;

pub use lease::SqliteWorkerLease;

use crate::flow::ports::{AttemptRef, StoreError};

/// How long a statement waits for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const BEGIN: &str = "BEGIN IMMEDIATE";
const READERS: u32 = 3;
/// Rows that may wait between SQLite's thread and ours: a page of an export fits, so that
/// neither thread stops the other row by row.
const ROWS_AHEAD: usize = 512;

/// The embedded default engine.
pub struct SqliteStore {
    /// One connection: writers queue here instead of failing as busy.
    writer: SqlitePool,
    readers: SqlitePool,
    /// A connection of its own, because SQLite counts changes "by others" for each.
    watcher: Mutex<sqlx::SqliteConnection>,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the file at `sqlite://path`, creates it when missing, and brings its schema up to
    /// date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .locking_mode(SqliteLockingMode::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // A MiB a connection; the operating system caches the file once for all of them.
            .pragma("cache_size", "-1024")
            .pragma("temp_store", "memory")
            .row_buffer_size(ROWS_AHEAD);
        let path = options.get_filename().to_path_buf();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file does not go away like a server does.
            .test_before_acquire(false)
            .connect_with(options.clone().read_only(true).create_if_missing(false))
            .await?;
        let watcher = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(
            &options.read_only(true).create_if_missing(false),
        )
        .await?;
        Ok(Self {
            writer,
            readers,
            watcher: Mutex::new(watcher),
            path,
        })
    }

    /// The lease that goes with this file.
    pub fn worker_lease(&self) -> SqliteWorkerLease {
        SqliteWorkerLease::beside(&self.path)
    }

    /// Sets one setting.
    async fn remember(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Begins a transaction that will write.
    ///
    /// When the disk is full SQLite ends a transaction itself, and sqlx, which does not hear of
    /// that, refuses to begin another on the same connection for ever. Such a connection is
    /// given up for a new one.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        match self.writer.begin_with(BEGIN).await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(error.to_string())
            }
            // A broken constraint is a fault of ours and does not go away by trying again.
            sqlx::Error::Database(inner) if inner.kind() != sqlx::error::ErrorKind::Other => {
                StoreError::Corrupt(inner.to_string())
            }
            other => StoreError::Unavailable(Box::new(other)),
        }
    }
}

/// A text of the database as a value that has rules.
fn parsed<T, E: std::fmt::Display>(value: Result<T, E>) -> Result<T, StoreError> {
    value.map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A name of the database as one of ours.
fn known<T>(value: Option<T>, what: &str, text: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Corrupt(format!("{what} \u{201c}{text}\u{201d}")))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The attempt that a row's `seq` and `attempt` name.
fn attempt_ref(row: &SqliteRow) -> Result<AttemptRef, StoreError> {
    Ok(AttemptRef {
        lead: row.try_get("seq")?,
        number: row.try_get("attempt")?,
    })
}

/// Exactly one row changed, or somebody else was first.
fn one(result: &sqlx::sqlite::SqliteQueryResult) -> Result<(), StoreError> {
    if result.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Notes that a lead's source should hear of it, in the transaction that made the news.
/// Sources without a place to write to are delivered by being downloadable.
async fn queue_delivery(
    tx: &mut Transaction<'_, Sqlite>,
    lead_seq: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery (lead_seq, attempt, destination, state, since)
         SELECT seq, attempt, 'folder:' || source_name, 'pending', $2
         FROM lead WHERE seq = $1 AND source = 'folder'
         ON CONFLICT (lead_seq, attempt, destination)
         DO UPDATE SET state = 'pending', since = $2, done_at = NULL",
    )
    .bind(lead_seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a result's rows go to a results tab: the one of the lead's own sheet, or the one
/// that it names. A spreadsheet gets the rows of an attempt once.
async fn queue_sheet_rows(
    tx: &mut Transaction<'_, Sqlite>,
    attempt: AttemptRef,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery (lead_seq, attempt, destination, state, since)
         SELECT seq, $2, 'sheet:' || CASE WHEN source = 'sheet' THEN source_name ELSE deliver_to END,
             'pending', $3
         FROM lead WHERE seq = $1 AND (source = 'sheet' OR deliver_to IS NOT NULL)
         ON CONFLICT (lead_seq, attempt, destination) DO NOTHING",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ports::QueryStore;

    #[tokio::test]
    async fn after_a_full_disk_it_writes_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("full.db").display());
        let store = SqliteStore::open(&url).await.expect("a database");
        let pages = |most: u32| {
            let pragma = format!("PRAGMA max_page_count = {most}");
            sqlx::query(sqlx::AssertSqlSafe(pragma)).execute(&store.writer)
        };
        pages(1).await.expect("a limit");
        let text = "x".repeat(100_000);
        let mut tx = store.write().await.expect("a transaction");
        let full = sqlx::query("INSERT INTO setting (name, value) VALUES ('long', $1)")
            .bind(&text)
            .execute(&mut *tx)
            .await;
        assert!(full.is_err(), "the limit makes the disk look full");
        drop(tx);
        pages(1_000_000).await.expect("room again");
        store.ping().await.expect("it writes again");
    }
}
