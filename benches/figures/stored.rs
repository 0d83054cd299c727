//! What is stored before something is measured, and the cells of its rows.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{KEYS, LEADS, ROWS, ROWS_A_LEAD};

pub fn lead_id(lead: u32) -> String {
    format!("L{lead:012}")
}

pub fn run_id(lead: u32) -> String {
    format!("00000000-0000-4000-8000-{lead:012}")
}

pub fn value(row: u32, key: u32) -> String {
    format!("value {row} of the key number {key}")
}

/// Opens a database whose schema a first start of the service has made.
async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("synchronous", "OFF")
        .connect()
        .await
        .expect("a database")
}

const NOW: &str = "2026-01-01T00:00:00+00:00";

async fn one_lead(tx: &mut SqliteConnection, lead: u32) {
    sqlx::query(
        "INSERT INTO lead (seq, id, batch_seq, source, source_name, input, domain, options, status,
             credits, result_attempt, result_run_id, run_id, created_at, updated_at, finished_at)
         VALUES ($1, $2, 1, 'api', '', $3, $3, '{}', 'completed', 40, 1, $4, $4, $5, $5, $5)",
    )
    .bind(lead + 1)
    .bind(lead_id(lead))
    .bind(format!("company-{lead}.com"))
    .bind(run_id(lead))
    .bind(NOW)
    .execute(&mut *tx)
    .await
    .expect("a lead");
}

async fn batch(tx: &mut SqliteConnection) {
    sqlx::query("INSERT INTO batch (seq, id, source, source_name, created_at) VALUES (1, 'B000000000000', 'api', '', $1)")
        .bind(NOW)
        .execute(&mut *tx)
        .await
        .expect("a batch");
}

pub async fn leads(path: &Path) {
    let mut connection = open(path).await;
    let mut tx = connection.begin().await.expect("a transaction");
    batch(&mut tx).await;
    for lead in 0..LEADS {
        one_lead(&mut tx, lead).await;
    }
    tx.commit().await.expect("stored");
}

pub async fn rows(path: &Path) {
    let mut connection = open(path).await;
    let mut tx = connection.begin().await.expect("a transaction");
    batch(&mut tx).await;
    let keys: Vec<String> = (0..KEYS).map(|key| format!("key_{key}")).collect();
    sqlx::query("INSERT INTO row_shape (id, keys) VALUES (1, $1)")
        .bind(serde_json::to_string(&keys).expect("JSON"))
        .execute(&mut *tx)
        .await
        .expect("a shape");
    for row in 0..ROWS {
        let lead = row / ROWS_A_LEAD;
        if row % ROWS_A_LEAD == 0 {
            one_lead(&mut tx, lead).await;
        }
        let cells: Vec<String> = (0..KEYS).map(|key| value(row, key)).collect();
        sqlx::query("INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells) VALUES ($1, 1, $2, 1, $3)")
            .bind(lead + 1)
            .bind(row % ROWS_A_LEAD + 1)
            .bind(serde_json::to_string(&cells).expect("JSON"))
            .execute(&mut *tx)
            .await
            .expect("a row");
    }
    tx.commit().await.expect("stored");
}
