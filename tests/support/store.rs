//! A store without a service around it, on the engine that the tests run on.

use std::path::Path;
use std::sync::Arc;

use warmsheet::adapters::store::{PostgresStore, SqliteStore};
use warmsheet::flow::ports::Store;

use super::postgres::fresh_database;
use super::world::SERVER;

/// An empty store: a file in the folder, or a database on the server that [`SERVER`] names.
pub async fn fresh(folder: &Path) -> Arc<dyn Store> {
    match std::env::var(SERVER) {
        Ok(server) => Arc::new(postgres(&fresh_database(&server).await).await),
        Err(_) => Arc::new(sqlite(folder).await),
    }
}

/// The store in the file `test.db` of a folder.
pub async fn sqlite(folder: &Path) -> SqliteStore {
    let url = format!("sqlite://{}", folder.join("test.db").display());
    SqliteStore::open(&url).await.expect("a database")
}

/// The store in a database of a running server.
pub async fn postgres(url: &str) -> PostgresStore {
    let opened = PostgresStore::open(&url.to_owned().into(), None).await;
    opened.expect("a database")
}
