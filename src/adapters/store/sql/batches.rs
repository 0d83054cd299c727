//! Batches, and what tells how long one takes.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::lead_view::source;
use super::{DbRow, Store, parsed};
use crate::flow::ports::{BatchQueue, BatchView, StoreError};
use crate::lead::BatchId;

/// The newest attempts among which completed ones are looked for: most of them may still be under
/// way.
const LOOKED_AT: i64 = 500;

impl Store {
    pub(super) async fn held(&self) -> Result<Vec<BatchView>, StoreError> {
        let rows = sqlx::query(
            "SELECT b.id, b.source, b.source_name, b.created_at, h.held
             FROM (SELECT batch_seq, COUNT(*) AS held FROM lead WHERE status = 'held'
                   GROUP BY batch_seq ORDER BY batch_seq DESC LIMIT 100) h
             JOIN batch b ON b.seq = h.batch_seq ORDER BY b.seq DESC",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(batch_view).collect()
    }

    pub(super) async fn one_batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        let row = sqlx::query(
            "SELECT b.id, b.source, b.source_name, b.created_at,
                 (SELECT COUNT(*) FROM lead l WHERE l.batch_seq = b.seq AND l.status = 'held')
                     AS held
             FROM batch b WHERE b.id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(batch_view).transpose()
    }

    pub(super) async fn queue_of(&self, id: &BatchId) -> Result<BatchQueue, StoreError> {
        let row = sqlx::query(
            "SELECT
                 (SELECT COUNT(*) FROM lead o
                  WHERE o.status = 'queued' AND o.ready AND o.batch_seq <> b.seq
                    AND o.seq < (SELECT MAX(l.seq) FROM lead l
                                 WHERE l.batch_seq = b.seq AND l.status = 'queued')) AS ahead,
                 EXISTS (SELECT 1 FROM lead l WHERE l.batch_seq = b.seq
                     AND l.status = 'queued' AND l.cap_lifted) AS cap_lifted,
                 (SELECT MAX(a.first_sent_at) FROM lead l
                  JOIN attempt a ON a.lead_seq = l.seq AND a.number = l.attempt
                  WHERE l.batch_seq = b.seq AND l.status IN ('starting', 'waiting'))
                     AS last_sent_at
             FROM batch b WHERE b.id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(BatchQueue::default());
        };
        Ok(BatchQueue {
            before: row.try_get::<i64, _>("ahead")?.unsigned_abs(),
            cap_lifted: row.try_get("cap_lifted")?,
            last_sent_at: row.try_get("last_sent_at")?,
        })
    }

    pub(super) async fn latest_run_times(&self, most: u32) -> Result<Vec<TimeDelta>, StoreError> {
        // CROSS JOIN keeps SQLite to this order: it would begin with every completed lead.
        let rows = sqlx::query(
            "SELECT a.first_sent_at, r.stored_at FROM (
                 SELECT lead_seq, number, first_sent_at, key FROM attempt
                 WHERE outcome = 'started' ORDER BY first_sent_at DESC, key DESC LIMIT $1) a
             CROSS JOIN lead l CROSS JOIN result r
             WHERE l.seq = a.lead_seq AND l.status = 'completed'
                 AND l.result_attempt = a.number
                 AND r.lead_seq = a.lead_seq AND r.attempt = a.number
             ORDER BY a.first_sent_at DESC, a.key DESC LIMIT $2",
        )
        .bind(LOOKED_AT)
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let sent: DateTime<Utc> = row.try_get("first_sent_at")?;
                let stored: DateTime<Utc> = row.try_get("stored_at")?;
                Ok(stored - sent)
            })
            .collect()
    }
}

fn batch_view(row: &DbRow) -> Result<BatchView, StoreError> {
    Ok(BatchView {
        id: parsed(BatchId::try_from(row.try_get::<String, _>("id")?))?,
        source: source(row)?,
        source_name: row.try_get("source_name")?,
        held: row.try_get::<i64, _>("held")?.unsigned_abs(),
        created_at: row.try_get("created_at")?,
    })
}
