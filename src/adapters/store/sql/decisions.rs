use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Store, Tx, lead_status, one, queue_delivery};
use crate::flow::ports::{BatchDecided, Decided, DecisionStore, RetryNote, StoreError};
use crate::lead::{BatchId, Decision, LeadId, Status};

#[async_trait]
impl DecisionStore for Store {
    async fn decide(
        &self,
        lead: &LeadId,
        decision: Decision,
        accept_possible_charge: bool,
        now: DateTime<Utc>,
    ) -> Result<Decided, StoreError> {
        let mut tx = self.write().await?;
        let seq: i64 = sqlx::query_scalar("SELECT seq FROM lead WHERE id = $1")
            .bind(lead.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("lead {lead}")))?;
        let decided = decide_one(&mut tx, seq, decision, accept_possible_charge, now).await?;
        tx.commit().await?;
        Ok(decided)
    }

    async fn decide_batch(
        &self,
        batch: &BatchId,
        decision: Decision,
        lift_cap: bool,
        now: DateTime<Utc>,
    ) -> Result<BatchDecided, StoreError> {
        let mut tx = self.write().await?;
        let seq: i64 = sqlx::query_scalar("SELECT seq FROM batch WHERE id = $1")
            .bind(batch.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("batch {batch}")))?;
        let changed = decide_all(&mut tx, seq, decision, lift_cap, now).await?;
        tx.commit().await?;
        Ok(BatchDecided { changed })
    }
}

/// One lead's decision, within a transaction.
pub(super) async fn decide_one(
    tx: &mut Tx<'_>,
    seq: i64,
    decision: Decision,
    accept_possible_charge: bool,
    now: DateTime<Utc>,
) -> Result<Decided, StoreError> {
    let row = sqlx::query("SELECT status, run_id, forgotten_at FROM lead WHERE seq = $1")
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    let status = lead_status(&row)?;
    let run_id: Option<String> = row.try_get("run_id")?;
    if !status.allows(decision) {
        return Ok(Decided::NotNow { status });
    }
    if let Some(since) = row.try_get("forgotten_at")? {
        return Ok(Decided::Forgotten { since });
    }
    let (status, note) = match decision {
        Decision::Approve => (approve(tx, seq, now).await?, RetryNote::None),
        Decision::Cancel => (cancel(tx, seq, now).await?, RetryNote::None),
        Decision::Retry if status == Status::Parked && run_id.is_some() => {
            (look_first(tx, seq, now).await?, RetryNote::LooksFirst)
        }
        Decision::Retry if status == Status::Parked && !accept_possible_charge => {
            return Ok(Decided::ChargeMayExist);
        }
        Decision::Retry => (new_attempt(tx, seq, now).await?, RetryNote::None),
    };
    Ok(Decided::Done { status, note })
}

/// A whole batch's decision, within a transaction. Answers how many leads changed.
pub(super) async fn decide_all(
    tx: &mut Tx<'_>,
    batch_seq: i64,
    decision: Decision,
    lift_cap: bool,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    match decision {
        Decision::Approve => {
            if lift_cap {
                sqlx::query(
                    "UPDATE lead SET cap_lifted = TRUE
                     WHERE batch_seq = $1 AND status IN ('held', 'queued')",
                )
                .bind(batch_seq)
                .execute(&mut **tx)
                .await?;
            }
            approve_batch(tx, batch_seq, now).await
        }
        Decision::Cancel => cancel_batch(tx, batch_seq, now).await,
        // A batch is never bought again as a whole: that is one decision a lead.
        Decision::Retry => Ok(0),
    }
}

async fn approve(tx: &mut Tx<'_>, seq: i64, now: DateTime<Utc>) -> Result<Status, StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = 'queued', to_buy = FALSE, reason = '', updated_at = $2,
             finished_at = NULL
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    Ok(Status::Queued)
}

async fn cancel(tx: &mut Tx<'_>, seq: i64, now: DateTime<Utc>) -> Result<Status, StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = 'cancelled', reason = '', updated_at = $2, finished_at = $2
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    queue_delivery(tx, seq, now).await?;
    Ok(Status::Cancelled)
}

async fn look_first(tx: &mut Tx<'_>, seq: i64, now: DateTime<Utc>) -> Result<Status, StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = 'waiting', reason = '', buy_if_missing = TRUE, due_at = $2,
             run_since = $2, failed_looks = 0, misses = 0, missing_since = NULL, updated_at = $2,
             finished_at = NULL
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    Ok(Status::Waiting)
}

/// Back to the queue under the next number: a new key, and a new charge when it starts. No
/// stored report serves it: a person has seen that one, or there is none.
pub(super) async fn new_attempt(
    tx: &mut Tx<'_>,
    seq: i64,
    now: DateTime<Utc>,
) -> Result<Status, StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = 'queued', attempt = attempt + 1, force = TRUE, to_buy = FALSE,
             reason = '', origin = NULL, agent = NULL, run_id = NULL, run_status = NULL, run_since = NULL, due_at = NULL,
             cap_lifted = FALSE, hinted = FALSE, hints = 0, failed_looks = 0, misses = 0, missing_since = NULL,
             buy_if_missing = FALSE, updated_at = $2, finished_at = NULL
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    Ok(Status::Queued)
}

async fn approve_batch(
    tx: &mut Tx<'_>,
    batch_seq: i64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE lead SET status = 'queued', to_buy = FALSE, updated_at = $2
         WHERE batch_seq = $1 AND status = 'held'",
    )
    .bind(batch_seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected())
}

async fn cancel_batch(
    tx: &mut Tx<'_>,
    batch_seq: i64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let cancelled: Vec<i64> = sqlx::query_scalar(
        "UPDATE lead SET status = 'cancelled', reason = '', updated_at = $2, finished_at = $2
         WHERE batch_seq = $1 AND status IN ('held', 'queued') RETURNING seq",
    )
    .bind(batch_seq)
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    for seq in &cancelled {
        queue_delivery(tx, *seq, now).await?;
    }
    Ok(cancelled.len() as u64)
}
