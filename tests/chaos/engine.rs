//! The database under test: how an instance reaches it, how it dies, and what it holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

use super::proxy::Proxy;
use crate::support::postgres::{Postgres, can_connect};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub enum Engine {
    Sqlite {
        file: PathBuf,
    },
    Postgres {
        cluster: Box<Mutex<Postgres>>,
        url: String,
        /// One line an instance: a single one can lose the database.
        lines: Vec<Proxy>,
    },
}

const DATABASE: &str = "warmsheet";

impl Engine {
    pub async fn start(kind: Kind, dir: &Path, instances: usize) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite {
                file: dir.join("warmsheet.db"),
            },
            Kind::Postgres => {
                let cluster = Postgres::new().await;
                let url = cluster.create_database(DATABASE).await;
                let line = || Proxy::start(cluster.port());
                Self::Postgres {
                    url,
                    lines: std::iter::repeat_with(line).take(instances).collect(),
                    cluster: Box::new(Mutex::new(cluster)),
                }
            }
        }
    }

    /// `DATABASE_URL` of an instance.
    pub fn url_of(&self, instance: usize) -> String {
        match self {
            Self::Sqlite { file } => format!("sqlite://{}", file.display()),
            Self::Postgres { lines, .. } => {
                let port = lines[instance].port;
                format!("postgres://postgres@127.0.0.1:{port}/{DATABASE}")
            }
        }
    }

    /// For people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Takes the database away without warning and brings it back. A file needs no server.
    pub async fn restart(&self, pause: Duration) {
        if let Self::Postgres { cluster, .. } = self {
            let mut cluster = cluster.lock().await;
            cluster.stop().await;
            tokio::time::sleep(pause).await;
            cluster.start().await;
        }
    }

    /// Cuts one instance off from the database.
    pub async fn cut(&self, instance: usize, pause: Duration) {
        if let Self::Postgres { lines, .. } = self {
            lines[instance].cut(pause).await;
        }
    }

    /// Ids of the webhook events that are stored, read past the service.
    pub async fn events(&self) -> BTreeSet<String> {
        const EVENTS: &str = "SELECT event_id FROM webhook_event";
        match self {
            Self::Sqlite { file } => {
                let options = SqliteConnectOptions::new().filename(file).read_only(true);
                let mut connection: SqliteConnection =
                    options.connect().await.expect("the database file");
                let ids: Vec<String> = sqlx::query_scalar(EVENTS)
                    .fetch_all(&mut connection)
                    .await
                    .expect("the events");
                connection.close().await.expect("closed");
                ids.into_iter().collect()
            }
            Self::Postgres { cluster, url, .. } => {
                let rows = cluster.lock().await.sql(url, EVENTS).await;
                rows.lines().map(str::to_owned).collect()
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_is_cut_off_from_the_database_while_another_is_not() {
    let dir = tempfile::TempDir::new().expect("a folder");
    let engine = Engine::start(Kind::Postgres, dir.path(), 2).await;
    let reach = async |instance: usize| can_connect(&engine.url_of(instance)).await;
    assert!(reach(0).await && reach(1).await);
    let cut = engine.cut(0, Duration::from_secs(3600));
    let looked = crate::support::eventually("the line is cut", async || {
        let reached = (reach(0).await, reach(1).await);
        (reached == (false, true))
            .then_some(())
            .ok_or(format!("{reached:?}"))
    });
    tokio::select! {
        () = cut => panic!("the cut is over"),
        () = looked => {}
    }
    engine.restart(Duration::ZERO).await;
    assert!(reach(1).await, "the database is back at its address");
}
