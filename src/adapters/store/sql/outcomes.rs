use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Store, Tx, one, queue_delivery, text};
use crate::flow::ports::{AttemptRef, OutcomeStore, Sent, StoreError};
use crate::lead::money::CREDITS_PER_RUN;
use crate::lead::run::RunSnapshot;

#[async_trait]
impl OutcomeStore for Store {
    async fn record_started(
        &self,
        attempt: AttemptRef,
        run: &RunSnapshot,
        first_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        // A webhook can be quicker than the answer that names the run.
        let hinted: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM webhook_event WHERE run_id = $1)")
                .bind(&run.id)
                .fetch_one(&mut *tx)
                .await?;
        sqlx::query(
            // What a later look has told of the same run is newer than the answer to its start.
            "UPDATE attempt SET
                 charged = CASE WHEN outcome = 'started' AND run_id = $4 THEN charged ELSE $3 END,
                 settled_at = CASE WHEN outcome = 'started' AND run_id = $4 THEN settled_at
                                   ELSE $5 END,
                 outcome = 'started', run_id = $4
             WHERE lead_seq = $1 AND number = $2",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(run.credits_charged.unwrap_or(CREDITS_PER_RUN))
        .bind(&run.id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let moved = sqlx::query(
            "UPDATE lead SET status = 'waiting', reason = '', run_id = $3, run_status = $4,
                 run_since = $5, due_at = $6, hinted = $7, failed_looks = 0, misses = 0,
                 hints = CASE WHEN $7 THEN hints + 1 ELSE hints END,
                 missing_since = NULL, updated_at = $5, finished_at = NULL
             WHERE seq = $1 AND attempt = $2
               AND (status = 'starting' OR (status = 'parked' AND run_id IS NULL))",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(&run.id)
        .bind(text(run.status.as_str()))
        .bind(now)
        .bind(if hinted { now } else { first_look })
        .bind(hinted)
        .execute(&mut *tx)
        .await?;
        add_up_credits(&mut tx, attempt.lead).await?;
        // What the run costs is kept even when the lead has moved on in the meantime.
        tx.commit().await?;
        one(&moved)
    }

    async fn record_refused(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let attempt = sent.attempt;
        let mut tx = self.write().await?;
        settle_uncharged(&mut tx, sent, "refused", now).await?;
        one(&sqlx::query(
            "UPDATE lead SET status = 'queued', to_buy = FALSE, reason = $3, origin = NULL,
                 agent = NULL, due_at = NULL, updated_at = $4
             WHERE seq = $1 AND attempt = $2 AND status = 'starting'",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(text(why))
        .bind(now)
        .execute(&mut *tx)
        .await?)?;
        tx.commit().await?;
        Ok(())
    }

    async fn record_unknown(
        &self,
        attempt: AttemptRef,
        why: &str,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE lead SET reason = $3, due_at = $4, updated_at = $5
             WHERE seq = $1 AND attempt = $2 AND status = 'starting'",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(text(why))
        .bind(due_at)
        .bind(now)
        .execute(&self.writer)
        .await?;
        one(&result)
    }

    async fn record_rejected(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let attempt = sent.attempt;
        let mut tx = self.write().await?;
        settle_uncharged(&mut tx, sent, "rejected", now).await?;
        one(&sqlx::query(
            "UPDATE lead SET status = 'rejected', reason = $3, due_at = NULL, updated_at = $4,
                 finished_at = $4
             WHERE seq = $1 AND attempt = $2 AND status = 'starting'",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(text(why))
        .bind(now)
        .execute(&mut *tx)
        .await?)?;
        queue_delivery(&mut tx, attempt.lead, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn record_conflict(
        &self,
        sent: Sent,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let latest = sqlx::query(
            "UPDATE attempt SET outcome = 'unknown', settled_at = $4
             WHERE lead_seq = $1 AND number = $2 AND sends + refusals = $3 AND outcome = 'open'",
        )
        .bind(sent.attempt.lead)
        .bind(sent.attempt.number)
        .bind(sent.number)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        one(&latest)?;
        park_attempt(&mut tx, sent.attempt, why, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn park(
        &self,
        attempt: AttemptRef,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        park_attempt(&mut tx, attempt, why, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn park_attempt(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE attempt SET outcome = 'unknown', settled_at = $3
         WHERE lead_seq = $1 AND number = $2 AND outcome = 'open'",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    one(&sqlx::query(
        // Of a forgotten company there is nothing left for a person to decide.
        "UPDATE lead SET status = CASE WHEN forgotten_at IS NULL THEN 'parked' ELSE 'rejected' END,
             reason = $3, due_at = NULL, hinted = FALSE,
             buy_if_missing = FALSE, updated_at = $4, finished_at = $4
         WHERE seq = $1 AND attempt = $2 AND status IN ('starting', 'waiting')",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(text(why))
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    queue_delivery(tx, attempt.lead, now).await
}

async fn settle_uncharged(
    tx: &mut Tx<'_>,
    sent: Sent,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    one(&sqlx::query(
        "UPDATE attempt SET reserved = 0, charged = 0, outcome = $3, settled_at = $5
         WHERE lead_seq = $1 AND number = $2 AND outcome = 'open' AND sends + refusals = $4",
    )
    .bind(sent.attempt.lead)
    .bind(sent.attempt.number)
    .bind(outcome)
    .bind(sent.number)
    .bind(now)
    .execute(&mut **tx)
    .await?)
}

/// What a lead has cost in all its attempts.
pub(super) async fn add_up_credits(tx: &mut Tx<'_>, lead_seq: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET credits = (SELECT CAST(COALESCE(SUM(charged), 0) AS BIGINT)
                                    FROM attempt WHERE lead_seq = $1)
         WHERE seq = $1",
    )
    .bind(lead_seq)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
