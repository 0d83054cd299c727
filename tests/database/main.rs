//! Copies of the database and what follows from them: back-ups, restores, moves between engines.

#[path = "../support/mod.rs"]
mod support;

mod moves;
mod refusals;
mod restores;
mod schema;

use std::path::Path;
use std::process::Output;

use sqlx::Connection as _;
use support::World;
use support::warmsheet::{call_as, words};

/// Calls the binary on the world's database, or on the one at `url`, and waits for its end.
async fn call(world: &World, url: Option<&str>, arguments: &[&str]) -> Output {
    let settings = url.map(|url| ("DATABASE_URL", url));
    call_as(world, settings.as_slice(), arguments).await
}

/// The same; it must succeed. Answers what it said.
async fn done(world: &World, url: Option<&str>, arguments: &[&str]) -> String {
    let output = call(world, url, arguments).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {words}");
    words
}

/// The same; it must fail. Answers what it said.
async fn refused(world: &World, url: Option<&str>, arguments: &[&str]) -> String {
    let output = call(world, url, arguments).await;
    let words = words(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
    words
}

fn sqlite(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Runs statements on a SQLite file from outside.
async fn sql(path: &Path, statements: &str) {
    let mut connection = sqlx::SqliteConnection::connect(&sqlite(path))
        .await
        .expect("the file");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()))
        .execute(&mut connection)
        .await
        .expect(statements);
    connection.close().await.expect("closed");
}

/// Asks a SQLite file from outside for one number.
async fn number(path: &Path, query: &'static str) -> i64 {
    let mut connection = sqlx::SqliteConnection::connect(&sqlite(path))
        .await
        .expect("the file");
    sqlx::query_scalar(query)
        .fetch_one(&mut connection)
        .await
        .expect(query)
}
