//! SQLite: one file, one writer connection, a few readers.
//!
//! Journal in WAL with `synchronous=FULL`: what was answered to a caller is on disk. Every
//! transaction that reads before it writes begins IMMEDIATE; a plain one would fail at its
//! first write when another process has written in between.

mod backup;
mod leases;
mod scour;

use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use tokio::sync::Mutex;

use crate::flow::ports::StoreError;
use leases::DatabaseLock;

// What the statements need to know of this engine.
type Db = Sqlite;
type DbRow = sqlx::sqlite::SqliteRow;
type DbDone = sqlx::sqlite::SqliteQueryResult;
type Store = SqliteStore;

/// The numbers of a list that is bound as [`list`] makes it.
macro_rules! each {
    ($bound:literal) => {
        concat!("(SELECT value FROM json_each(", $bound, "))")
    };
}
/// What stands before and behind such a list where a query is built piece by piece.
const EACH_OPEN: &str = "(SELECT value FROM json_each(";
const EACH_CLOSE: &str = "))";

/// Where in a text another one begins, from 1 on; 0 if it is no part of it.
macro_rules! place_in {
    () => {
        "instr"
    };
}
/// The index by which a table is read, where the engine left to choose takes one that leads it past
/// many rows that are not wanted. A statement that cannot use it is an error.
macro_rules! by_index {
    ($index:literal) => {
        concat!(" INDEXED BY ", $index)
    };
}
/// What stands behind `lead l` where no index finds the leads of a filter: the narrowest one is
/// gone through. Left to choose, the engine takes one that leads it to every row of the table.
const GONE_THROUGH: &str = " INDEXED BY lead_filter";

/// What no two shapes of rows have in common.
macro_rules! shape_key {
    () => {
        "keys"
    };
}

#[path = "../sql/mod.rs"]
mod sql;

/// A list of numbers as it is bound for `each!`.
fn list(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("[{}]", texts.join(","))
}

/// How long a statement waits for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Begins a transaction that sees one moment throughout.
const SNAPSHOT: &str = "BEGIN";
/// How far back an event may still change: a look that brought the same again counts up an old one.
const OVERLAP: i64 = 200;
/// Sorts a text by its bytes.
const BYTEWISE: &str = "";
const READERS: u32 = 3;
/// Rows that may wait between SQLite's thread and ours: a page of an export fits, so that
/// neither thread stops the other row by row.
const ROWS_AHEAD: usize = 128;

/// The embedded default engine.
pub struct SqliteStore {
    /// One connection: writers queue here instead of failing as busy.
    writer: SqlitePool,
    readers: SqlitePool,
    /// A connection of its own, because SQLite counts changes "by others" for each.
    watcher: Mutex<sqlx::SqliteConnection>,
    lock: DatabaseLock,
}

impl SqliteStore {
    /// Whether there is a file at `sqlite://path`.
    pub fn exists(url: &str) -> Result<bool, StoreError> {
        Ok(SqliteConnectOptions::from_str(url)?.get_filename().exists())
    }

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
            // What is deleted is overwritten at once: it may be somebody's address.
            .pragma("secure_delete", "ON")
            .row_buffer_size(ROWS_AHEAD);
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
        let lock = DatabaseLock::beside(options.get_filename());
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
        let store = Self {
            writer,
            readers,
            watcher: Mutex::new(watcher),
            lock,
        };
        store.fill_in_options_keys().await?;
        Ok(store)
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

    /// Where the engine keeps this database: nothing in a file tells it from a copy of it.
    async fn home(&self, _: &mut Transaction<'_, Sqlite>) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    /// Lets a transaction take as long as it must: here nothing ends one.
    async fn take_time(_: &mut Transaction<'_, Sqlite>) -> Result<(), StoreError> {
        Ok(())
    }

    /// The next numbers given out follow the highest there is, as they always do here.
    async fn number_on(_: &mut Transaction<'_, Sqlite>) -> Result<(), StoreError> {
        Ok(())
    }

    /// The same: there is one writer, and what it does is short.
    async fn urgent(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.write().await
    }

    /// Counts the changes that others than this connection have made.
    async fn changes(&self) -> Result<i64, StoreError> {
        let mut connection = self.watcher.lock().await;
        Ok(sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut *connection)
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ports::QueryStore;

    #[tokio::test]
    async fn what_is_committed_is_synced_to_the_disk_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("synced.db").display());
        let store = SqliteStore::open(&url).await.expect("a database");
        let full: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&store.writer)
            .await
            .expect("a setting");
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&store.writer)
            .await
            .expect("a setting");
        assert_eq!((full, journal.as_str()), (2, "wal"));
    }

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
        store.prove_writable().await.expect("it writes again");
    }
}
