//! PostgreSQL: one database for several instances.
//!
//! Transactions that read before they write take one advisory lock, so that they follow each other as
//! they do in SQLite: what was proved of one engine holds on the other, and a number that is
//! given out is never seen after a higher one. A key allows some thirty runs a minute; one
//! transaction at a time is far more than that needs.

mod copies;
mod leases;
mod scour;

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use crate::flow::ports::StoreError;

// What the statements need to know of this engine.
type Db = Postgres;
type DbRow = sqlx::postgres::PgRow;
type DbDone = sqlx::postgres::PgQueryResult;
type Store = PostgresStore;

/// The numbers of a list that is bound as [`list`] makes it.
macro_rules! each {
    ($bound:literal) => {
        concat!("(SELECT unnest(", $bound, "))")
    };
}
/// What stands before and behind such a list where a query is built piece by piece.
const EACH_OPEN: &str = "(SELECT unnest(";
const EACH_CLOSE: &str = "))";

/// Where in a text another one begins, from 1 on; 0 if it is no part of it.
macro_rules! place_in {
    () => {
        "strpos"
    };
}
/// The index by which a table is read: this engine knows.
macro_rules! by_index {
    ($index:literal) => {
        ""
    };
}
/// What stands behind `lead l` where no index finds the leads of a filter: this engine knows.
const GONE_THROUGH: &str = "";

/// What no two shapes of rows have in common: an index cannot hold long texts.
macro_rules! shape_key {
    () => {
        "md5(keys)"
    };
}

#[path = "../sql/mod.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled for each engine"
)]
mod sql;

/// Begins a transaction that sees one moment throughout.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How far back an event may still change, or come after higher numbers were committed: two long
/// lists at once, and then some.
const OVERLAP: i64 = 20_000;
/// Sorts a text by its bytes.
const BYTEWISE: &str = " COLLATE \"C\"";

/// Connections for transactions that write: they wait for each other anyway.
const WRITERS: u32 = 4;
/// Connections for everything that only reads.
const READERS: u32 = 6;
/// Connections for what must not wait. More than one: a broken one is noticed late.
const URGENT: u32 = 2;
/// How long a caller waits for a connection, also while the server is being restarted.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// Between instances and the server stand proxies that forget idle connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(240);
const MAX_LIFETIME: Duration = Duration::from_secs(1800);
/// Ended by the server: nothing of ours takes that long, so it hangs or its client is gone.
const SERVER_TIMEOUTS: [(&str, &str); 3] = [
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "15s"),
];

/// A list of numbers as it is bound for `each!`.
fn list(numbers: &[i64]) -> Vec<i64> {
    numbers.to_vec()
}

/// The engine for several instances.
pub struct PostgresStore {
    writer: PgPool,
    readers: PgPool,
    /// Of their own: leases and stops wait behind no other work.
    urgent: PgPool,
}

impl PostgresStore {
    /// Connects to `postgres://…` and brings the schema up to date. `schema`: another one than
    /// the first of the search path; made when missing.
    pub async fn open(url: &SecretString, schema: Option<&str>) -> Result<Self, StoreError> {
        let mut options = PgConnectOptions::from_str(url.expose_secret())?
            .application_name("warmsheet")
            // That a table is there already is no news at each start.
            .options([("client_min_messages", "warning")]);
        if let Some(schema) = schema {
            make_schema(&options, schema).await?;
            options = options.options([("search_path", schema)]);
        }
        migrate(&options).await?;
        options = options.options(SERVER_TIMEOUTS);
        let pool = |most| {
            PgPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
                .max_lifetime(MAX_LIFETIME)
                .connect_lazy_with(options.clone())
        };
        let store = Self {
            writer: pool(WRITERS),
            readers: pool(READERS),
            urgent: pool(URGENT),
        };
        store.fill_in_options_keys().await?;
        Ok(store)
    }

    /// Begins a transaction that will write, after every other one that does.
    async fn write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut tx = self.writer.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock(hashtext('warmsheet ' || current_schema()))")
            .execute(&mut *tx)
            .await?;
        Ok(tx)
    }

    /// Begins a transaction that waits for no other: what stops spending must not queue behind a
    /// long list that is being taken in.
    async fn urgent(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.urgent.begin().await?)
    }

    /// Differs whenever a transaction that writes has begun or ended since.
    async fn changes(&self) -> Result<i64, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT hashtextextended(pg_current_snapshot()::text, 0)")
                .fetch_one(&self.readers)
                .await?,
        )
    }
}

/// Brings the schema up to date, however long that takes and whoever else does it at this moment.
async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    // A pool waits for a server that is just starting; a connection alone does not.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.clone());
    sqlx::migrate!("migrations/postgres")
        .run(&pool)
        .await
        .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    pool.close().await;
    Ok(())
}

async fn make_schema(options: &PgConnectOptions, schema: &str) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
            .bind(schema)
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        let name = schema.replace('"', "\"\"");
        let statement = format!("CREATE SCHEMA IF NOT EXISTS \"{name}\"");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    Ok(())
}
