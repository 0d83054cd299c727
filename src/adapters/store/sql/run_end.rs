//! What is written when a run has ended, within one transaction.

use chrono::{DateTime, Utc};

use super::{Tx, json, one, parsed, text};
use crate::flow::ports::{AttemptRef, Ended, StoreError};
use crate::lead::{Cell, FlatRow, StoredCells};

/// What the attempt cost, as the run's end tells, and how long it took.
pub(super) async fn settle_ended(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    ended: &Ended<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE attempt SET charged = COALESCE($3, charged), outcome = 'started', run_id = $4,
             settled_at = CASE WHEN outcome = 'started' AND charged = COALESCE($3, charged)
                 THEN settled_at ELSE $5 END,
             took_ms = $6, named = $7, ended_at = CASE WHEN $6 IS NULL THEN NULL ELSE $5 END
         WHERE lead_seq = $1 AND number = $2",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(ended.run.credits_charged)
    .bind(&ended.run.id)
    .bind(now)
    .bind(ended.time.map(|time| time.took.num_milliseconds()))
    .bind(ended.time.map(|time| time.named))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The lead takes the run's end, and adds up what all its attempts have cost.
pub(super) async fn end_lead(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    ended: &Ended<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = $3, reason = $4, run_status = $3, due_at = NULL,
             hinted = FALSE, misses = 0, missing_since = NULL, buy_if_missing = FALSE,
             result_attempt = $2, result_run_id = $5, reused_from = NULL,
             removed_at = NULL, removed_after = NULL,
             updated_at = $6, finished_at = $6,
             credits = (SELECT CAST(COALESCE(SUM(charged), 0) AS BIGINT)
                        FROM attempt WHERE lead_seq = $1)
         WHERE seq = $1 AND attempt = $2 AND status = 'waiting'",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(ended.status.as_str())
    .bind(text(&ended.reason))
    .bind(&ended.run.id)
    .bind(now)
    .execute(&mut **tx)
    .await?)
}

/// The result as it came, and its rows.
pub(super) async fn store_result(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    ended: Ended<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO result (lead_seq, attempt, run_id, stored_at, run, status)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(&ended.run.id)
    .bind(now)
    .bind(json(&ended.run.raw)?)
    .bind(ended.status.as_str())
    .execute(&mut **tx)
    .await?;
    for (row, number) in ended.rows.into_iter().zip(1_i64..) {
        insert_row(tx, attempt, number, row).await?;
    }
    Ok(())
}

async fn insert_row(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    number: i64,
    row: FlatRow,
) -> Result<(), StoreError> {
    let (keys, cells): (Vec<String>, Vec<Cell<'_>>) = row.cells.into_iter().unzip();
    // The update that changes nothing makes RETURNING answer for a known shape too.
    let shape_id: i64 = sqlx::query_scalar(concat!(
        "INSERT INTO row_shape (keys) VALUES ($1) ON CONFLICT (",
        shape_key!(),
        ") DO UPDATE SET keys = excluded.keys RETURNING id"
    ))
    .bind(json(&keys)?)
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(number)
    .bind(shape_id)
    .bind(parsed(StoredCells::new(&cells))?.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
