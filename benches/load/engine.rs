use secrecy::SecretString;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use warmsheet::adapters::store::{PostgresStore, SqliteStore};
use warmsheet::flow::ports::Store;

use crate::support::postgres::Postgres;

/// Where databases are made; all are gone when dropped.
pub enum Engine {
    Sqlite(TempDir),
    Postgres(Box<Postgres>),
}

/// A connection beside the store, for what no port does.
pub enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The store at a database's URL.
pub async fn open(url: &str) -> Box<dyn Store> {
    if url.starts_with("sqlite:") {
        Box::new(SqliteStore::open(url).await.expect("a database"))
    } else {
        let url = SecretString::from(url);
        Box::new(PostgresStore::open(&url, None).await.expect("a database"))
    }
}

impl Engine {
    pub fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().expect("a folder"))
    }

    pub async fn postgres() -> Self {
        Self::Postgres(Box::new(Postgres::new().await))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// An empty database's URL.
    pub async fn database(&self, name: &str) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}/{name}.db", folder.path().display()),
            Self::Postgres(cluster) => cluster.create_database(name).await,
        }
    }

    /// For filling a database quickly.
    pub async fn beside(&self, url: &str) -> Beside {
        match self {
            Self::Sqlite(_) => {
                let path = url.trim_start_matches("sqlite://");
                let options = SqliteConnectOptions::new().filename(path);
                let options = options.pragma("synchronous", "OFF");
                Beside::Sqlite(options.connect().await.expect("the database"))
            }
            Self::Postgres(_) => {
                Beside::Postgres(PgConnection::connect(url).await.expect("the database"))
            }
        }
    }
}

impl Beside {
    pub async fn run(&mut self, statement: String) {
        let query = sqlx::raw_sql(AssertSqlSafe(statement));
        match self {
            Self::Sqlite(connection) => query.execute(connection).await.map(drop),
            Self::Postgres(connection) => query.execute(connection).await.map(drop),
        }
        .expect("stored");
    }

    /// A moment, from an expression of seconds since 1970.
    pub fn time(&self, seconds: &str) -> String {
        match self {
            Self::Sqlite(_) => {
                format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')")
            }
            Self::Postgres(_) => format!("to_timestamp({seconds})"),
        }
    }

    /// The UTC day of a column that holds a moment.
    pub fn day(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("substr({column}, 1, 10)"),
            Self::Postgres(_) => format!("CAST({column} AT TIME ZONE 'UTC' AS DATE)"),
        }
    }

    /// What a server does by itself after a while, and a file never.
    pub async fn settle(&mut self) {
        if let Self::Postgres(_) = self {
            // Rows that brought their numbers along did not use any up.
            for table in ["batch", "lead"] {
                self.run(format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', 'seq'), MAX(seq)) FROM {table}"
                ))
                .await;
            }
            self.run("VACUUM ANALYZE".to_owned()).await;
        }
    }
}
