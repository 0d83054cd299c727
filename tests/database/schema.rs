//! No table and no column is forgotten.

use sqlx::{Connection as _, Row as _};
use warmsheet::adapters::store::portable::TABLES;

use crate::support::World;
use crate::{done, sqlite};

/// What says who works on the database now, is signed in or is told by the configuration, what lasts
/// for minutes, what triggers count, and the engine's own.
const LEFT_OUT: [&str; 8] = [
    "lease",
    "instance",
    "session",
    "errand",
    "notify_target",
    "tally",
    "_sqlx_migrations",
    "sqlite_sequence",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_table_and_every_column_of_the_schema() {
    let mut world = World::new().await;
    let path = world.path("schema.db");
    world.set("DATABASE_URL", sqlite(&path));
    done(&world, None, &["db", "migrate"]).await;
    let mut connection = sqlx::SqliteConnection::connect(&sqlite(&path))
        .await
        .expect("the file");
    let found = sqlx::query(
        "SELECT t.name AS name, c.name AS column_name FROM sqlite_schema t,
             pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the schema");
    let found: Vec<(String, String)> = found
        .iter()
        .map(|row| (row.get("name"), row.get("column_name")))
        .filter(|(table, _): &(String, String)| !LEFT_OUT.contains(&table.as_str()))
        .collect();
    let mut exported: Vec<(String, String)> = TABLES
        .iter()
        .flat_map(|table| {
            let columns = table.columns.iter();
            columns.map(|column| (table.name.to_owned(), column.name.to_owned()))
        })
        .collect();
    exported.sort();
    assert_eq!(exported, found);
}
