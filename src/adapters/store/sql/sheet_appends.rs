//! Rows on their way to a results tab.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Pool, Tx, one, parsed};
use crate::flow::ports::{DueRows, OpenAppend, SentRows, StoreError};
use crate::lead::StoredCells;

/// The results that wait, or those that an open append carries, in order of completion.
pub async fn rows(
    readers: &Pool,
    spreadsheet: &str,
    mark: Option<i32>,
    most: u32,
) -> Result<Vec<DueRows>, StoreError> {
    let results = sqlx::query(
        "SELECT d.lead_seq, d.attempt, l.id, r.run_id, l.domain
         FROM delivery d JOIN lead l ON l.seq = d.lead_seq
         JOIN result r ON r.lead_seq = d.lead_seq AND r.attempt = d.attempt
         WHERE d.destination = 'sheet:' || $1
           AND CASE WHEN $2 IS NULL THEN d.state = 'pending' ELSE d.mark = $2 END
           AND d.state <> 'done'
         ORDER BY d.since, d.lead_seq LIMIT $3",
    )
    .bind(spreadsheet)
    .bind(mark)
    .bind(i64::from(most))
    .fetch_all(readers)
    .await?;
    let mut shapes: HashMap<i64, Arc<Vec<String>>> = HashMap::new();
    let mut due = Vec::with_capacity(results.len());
    for result in &results {
        let mut one = DueRows {
            lead_seq: result.try_get("lead_seq")?,
            attempt: result.try_get("attempt")?,
            lead_id: result.try_get("id")?,
            run_id: result.try_get("run_id")?,
            domain: result
                .try_get::<Option<String>, _>("domain")?
                .unwrap_or_default(),
            rows: Vec::new(),
        };
        let rows = sqlx::query(
            "SELECT r.shape_id, r.cells, s.keys FROM result_row r
             JOIN row_shape s ON s.id = r.shape_id
             WHERE r.lead_seq = $1 AND r.attempt = $2 ORDER BY r.row",
        )
        .bind(one.lead_seq)
        .bind(one.attempt)
        .fetch_all(readers)
        .await?;
        for row in &rows {
            let shape: i64 = row.try_get("shape_id")?;
            let keys = match shapes.get(&shape) {
                Some(keys) => keys.clone(),
                None => {
                    let keys = parsed(serde_json::from_str(row.try_get("keys")?))?;
                    shapes.entry(shape).or_insert(Arc::new(keys)).clone()
                }
            };
            one.rows
                .push((keys, StoredCells::from_stored(row.try_get("cells")?)));
        }
        due.push(one);
    }
    Ok(due)
}

/// Notes that these results are being sent under this mark.
pub async fn begin(
    tx: &mut Tx<'_>,
    spreadsheet: &str,
    append: &OpenAppend,
    rows: &[SentRows],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sheet (spreadsheet, open_mark, open_tab, open_sent_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (spreadsheet) DO UPDATE SET open_mark = excluded.open_mark,
             open_tab = excluded.open_tab, open_sent_at = excluded.open_sent_at",
    )
    .bind(spreadsheet)
    .bind(append.mark)
    .bind(append.tab)
    .bind(append.sent_at)
    .execute(&mut **tx)
    .await?;
    for sent in rows {
        let waits = sqlx::query(
            "UPDATE delivery SET state = 'unknown', mark = $4
             WHERE destination = 'sheet:' || $1 AND lead_seq = $2 AND attempt = $3",
        )
        .bind(spreadsheet)
        .bind(sent.lead_seq)
        .bind(sent.attempt)
        .bind(append.mark)
        .execute(&mut **tx)
        .await?;
        // Its company was forgotten after its rows were read.
        one(&waits)?;
        sqlx::query("UPDATE sheet_row SET cut = $2 WHERE lead_seq = $1 AND cut <> $2")
            .bind(sent.lead_seq)
            .bind(sent.cut)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Ends an open append; one that was ended already is left alone.
pub async fn settle(
    tx: &mut Tx<'_>,
    spreadsheet: &str,
    mark: i32,
    applied: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE delivery SET mark = NULL,
             state = CASE WHEN $3 THEN 'done' ELSE 'pending' END,
             done_at = CASE WHEN $3 THEN $4 END
         WHERE destination = 'sheet:' || $1 AND mark = $2 AND state = 'unknown'",
    )
    .bind(spreadsheet)
    .bind(mark)
    .bind(applied)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    // Of a company that was forgotten meanwhile there is nothing to send any more.
    sqlx::query(
        "DELETE FROM delivery WHERE destination = 'sheet:' || $1 AND state = 'pending'
             AND NOT EXISTS (SELECT 1 FROM result r
                 WHERE r.lead_seq = delivery.lead_seq AND r.attempt = delivery.attempt)",
    )
    .bind(spreadsheet)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE sheet SET mark = CASE WHEN $3 THEN $2 ELSE mark END, open_mark = NULL,
             open_tab = NULL, open_sent_at = NULL
         WHERE spreadsheet = $1 AND open_mark = $2",
    )
    .bind(spreadsheet)
    .bind(mark)
    .bind(applied)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
