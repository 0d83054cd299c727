use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::custody::{CAME_AFTER, is_restored};
use super::forget::forgotten;
use super::take_in::{AT_ONCE, take_in};
use super::{Store, Tx, parsed, text};
use crate::flow::ports::{Accepted, HoldRule, IntakeStore, NewBatch, Source, StoreError};
use crate::lead::{BatchId, Status};

#[async_trait]
impl IntakeStore for Store {
    async fn accept(&self, batch: NewBatch, now: DateTime<Utc>) -> Result<Accepted, StoreError> {
        let mut tx = self.write().await?;
        let mut accepted = Accepted {
            batch: None,
            leads: Vec::with_capacity(batch.leads.len()),
            held: 0,
            queued: 0,
            rejected: 0,
            known: 0,
        };
        let mut batch_seq = None;
        let forgotten = forgotten(&mut tx).await?;
        for leads in batch.leads.chunks(AT_ONCE) {
            let (seq, answer) = (&mut batch_seq, &mut accepted);
            take_in(&mut tx, &batch, leads, &forgotten, seq, answer, now).await?;
        }
        if let Some(seq) = batch_seq {
            hold_by(&mut tx, batch.hold, seq, &mut accepted).await?;
        }
        tx.commit().await?;
        Ok(accepted)
    }

    async fn run_generation(&self, file: &str) -> Result<u32, StoreError> {
        let value: Option<String> =
            sqlx::query_scalar("SELECT value FROM setting WHERE name = 'run generation:' || $1")
                .bind(file)
                .fetch_optional(&self.readers)
                .await?;
        value.map_or(Ok(0), |text| parsed(text.parse::<u32>()))
    }

    async fn has_unfinished(&self, scope: &str) -> Result<bool, StoreError> {
        // The separator behind a scope is the smallest character that may follow it.
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM lead
             WHERE source_key >= $1 || $2 AND source_key < $1 || $3
               AND status IN ('held', 'queued', 'starting', 'waiting'))",
        )
        .bind(scope)
        .bind("\u{1f}")
        .bind("\u{20}")
        .fetch_one(&self.readers)
        .await?)
    }

    async fn set_run_generation(&self, file: &str, generation: u32) -> Result<(), StoreError> {
        let name = format!("run generation:{file}");
        self.remember(&name, &generation.to_string()).await
    }
}

/// Makes a new batch wait for a person if the rule says so, or if the database was restored and
/// nobody has resumed since.
pub(super) async fn hold_by(
    tx: &mut Tx<'_>,
    rule: HoldRule,
    batch_seq: i64,
    accepted: &mut Accepted,
) -> Result<(), StoreError> {
    let restored = is_restored(tx).await?;
    if accepted.queued == 0 || !(rule.holds(accepted.queued) || restored) {
        return Ok(());
    }
    sqlx::query(
        "UPDATE lead SET status = 'held', reason = $2
         WHERE batch_seq = $1 AND status = 'queued'",
    )
    .bind(batch_seq)
    .bind(if restored { CAME_AFTER } else { "" })
    .execute(&mut **tx)
    .await?;
    for lead in &mut accepted.leads {
        if lead.is_new && lead.status == Status::Queued {
            lead.status = Status::Held;
        }
    }
    accepted.held = std::mem::take(&mut accepted.queued);
    Ok(())
}

pub(super) async fn insert_batch(
    tx: &mut Tx<'_>,
    source: Source,
    source_name: &str,
    id: &BatchId,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "INSERT INTO batch (id, source, source_name, created_at)
         VALUES ($1, $2, $3, $4) RETURNING seq",
    )
    .bind(id.as_str())
    .bind(source.as_str())
    .bind(text(source_name))
    .bind(now)
    .fetch_one(&mut **tx)
    .await?)
}
