//! Results that have been kept long enough.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Pool, Tx, list, parsed};
use crate::flow::ports::{Overdue, StoreError};

/// What stands in the place of an address that a row had for a domain.
const REMOVED: &str = "(removed)";

/// Some destination does not have the news of a result's lead yet.
macro_rules! undelivered {
    () => {
        "EXISTS (SELECT 1 FROM delivery d WHERE d.lead_seq = r.lead_seq AND d.state <> 'done')"
    };
}

/// Removes the oldest results that everybody has.
pub async fn remove(
    tx: &mut Tx<'_>,
    overdue: Overdue,
    most: u32,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT r.lead_seq, r.attempt FROM result r WHERE r.stored_at < $1 AND NOT ",
        undelivered!(),
        " ORDER BY r.stored_at LIMIT $2"
    ))
    .bind(overdue.before)
    .bind(i64::from(most))
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let (lead, attempt) = (row.try_get("lead_seq")?, row.try_get("attempt")?);
        remove_one(tx, lead, attempt, overdue.after_days, now).await?;
    }
    Ok(rows.len() as u64)
}

/// What was told of the end of a run may quote what it found, so that goes, too.
async fn remove_one(
    tx: &mut Tx<'_>,
    lead: i64,
    attempt: i64,
    after_days: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let shapes = shapes_of(tx, lead, Some(attempt)).await?;
    for statement in [
        "DELETE FROM errand WHERE name LIKE 'export %' AND substr(name, 8) IN (
             SELECT f.ending || ' ' || r.run_id FROM result r
             CROSS JOIN (SELECT 'json' AS ending UNION SELECT 'csv' UNION SELECT 'xlsx') f
             WHERE r.lead_seq = $1 AND r.attempt = $2)",
        "DELETE FROM result_row WHERE lead_seq = $1 AND attempt = $2",
        "DELETE FROM result WHERE lead_seq = $1 AND attempt = $2",
        "UPDATE lead_event SET reason = '' WHERE lead_seq = $1 AND attempt = $2
             AND kind = 'state' AND word IN ('blocked', 'failed')",
    ] {
        sqlx::query(statement)
            .bind(lead)
            .bind(attempt)
            .execute(&mut **tx)
            .await?;
    }
    drop_shapes(tx, &shapes).await?;
    sqlx::query(
        "UPDATE lead SET removed_at = $3, removed_after = $4,
             reason = CASE WHEN status IN ('blocked', 'failed') THEN '' ELSE reason END
         WHERE seq = $1 AND result_attempt = $2",
    )
    .bind(lead)
    .bind(attempt)
    .bind(now)
    .bind(after_days)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The shapes that rows of a lead have.
pub async fn shapes_of(
    tx: &mut Tx<'_>,
    lead: i64,
    attempt: Option<i64>,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT shape_id FROM result_row
         WHERE lead_seq = $1 AND ($2 IS NULL OR attempt = $2)",
    )
    .bind(lead)
    .bind(attempt)
    .fetch_all(&mut **tx)
    .await?)
}

/// Drops those that no row has any more: keys come from strangers, and may name somebody.
pub async fn drop_shapes(tx: &mut Tx<'_>, shapes: &[i64]) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "DELETE FROM row_shape WHERE id IN ",
        each!("$1"),
        " AND NOT EXISTS (SELECT 1 FROM result_row r WHERE r.shape_id = row_shape.id)"
    ))
    .bind(list(shapes))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What webhooks brought, and addresses of people that were typed where a domain belongs. A row
/// that was of no use is not known again: should it come once more, it is rejected once more.
pub async fn remove_traces(
    tx: &mut Tx<'_>,
    overdue: Overdue,
    most: u32,
) -> Result<u64, StoreError> {
    let most = i64::from(most);
    let bodies = sqlx::query(
        "UPDATE webhook_event SET body = $3 WHERE seq IN (
             SELECT seq FROM webhook_event WHERE length(body) > 0 AND received_at < $1
             ORDER BY received_at LIMIT $2)",
    )
    .bind(overdue.before)
    .bind(most)
    .bind(Vec::<u8>::new())
    .execute(&mut **tx)
    .await?;
    let typed: Vec<i64> = sqlx::query_scalar(concat!(
        "SELECT seq FROM lead WHERE ",
        place_in!(),
        "(input, '@') > 0 AND finished_at < $1 ORDER BY finished_at LIMIT $2"
    ))
    .bind(overdue.before)
    .bind(most)
    .fetch_all(&mut **tx)
    .await?;
    sqlx::query(concat!(
        "UPDATE lead_event SET reason = '' WHERE kind = 'state' AND word = 'rejected'
             AND lead_seq IN ",
        each!("$1")
    ))
    .bind(list(&typed))
    .execute(&mut **tx)
    .await?;
    sqlx::query(concat!(
        "UPDATE lead SET input = COALESCE(domain, $2),
             source_key = CASE WHEN domain IS NULL THEN NULL ELSE source_key END,
             reason = CASE WHEN domain IS NULL THEN $3 ELSE reason END
         WHERE seq IN ",
        each!("$1")
    ))
    .bind(list(&typed))
    .bind(REMOVED)
    .bind(format!(
        "What was typed could not be used; it was removed after {} days",
        overdue.after_days
    ))
    .execute(&mut **tx)
    .await?;
    Ok(bodies.rows_affected() + typed.len() as u64)
}

/// How many are kept only because somebody does not have them yet.
pub async fn kept_back(readers: &Pool, overdue: Overdue) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(concat!(
        "SELECT COUNT(*) FROM result r WHERE r.stored_at < $1 AND ",
        undelivered!()
    ))
    .bind(overdue.before)
    .fetch_one(readers)
    .await?;
    parsed(u64::try_from(count))
}
