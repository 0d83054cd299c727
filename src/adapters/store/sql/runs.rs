use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::decisions::new_attempt;
use super::forget::forget_end;
use super::reuse::report_came;
use super::run_end::{end_lead, settle_ended, store_result};
use super::{Store, attempt_ref, lead_id, list, one, queue_delivery, queue_sheet_rows, text};
use crate::flow::ports::{
    AttemptRef, Ended, LiveRun, Payer, Recorded, RunStore, RunTime, StoreError, WorkLeft,
};
use crate::lead::Status;
use crate::lead::webhook::VerifiedWebhook;

#[async_trait]
impl RunStore for Store {
    async fn live_runs(
        &self,
        payer: &Payer,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<LiveRun>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT seq, attempt, id, run_id, run_since, seen_at, due_at, hinted, hints, failed_looks, misses,
                 missing_since, buy_if_missing
             FROM lead
             WHERE status = 'waiting' AND origin = $1 AND agent = $2
               AND run_id IS NOT NULL AND due_at IS NOT NULL
               AND seq NOT IN ",
            each!("$3"),
            "
             ORDER BY hinted DESC, due_at LIMIT $4"
        ))
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(list(busy))
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(LiveRun {
                    attempt: attempt_ref(row)?,
                    lead_id: lead_id(row)?,
                    run_id: row.try_get("run_id")?,
                    since: row.try_get("run_since")?,
                    seen_at: row.try_get("seen_at")?,
                    due_at: row.try_get("due_at")?,
                    hinted: row.try_get("hinted")?,
                    hints: row.try_get("hints")?,
                    failed_looks: row.try_get("failed_looks")?,
                    misses: row.try_get("misses")?,
                    missing_since: row.try_get("missing_since")?,
                    buy_if_missing: row.try_get("buy_if_missing")?,
                })
            })
            .collect()
    }

    async fn work_left(
        &self,
        payer: &Payer,
        only: Option<&[i64]>,
        busy: &[i64],
        most: u32,
    ) -> Result<WorkLeft, StoreError> {
        let (queued, live, begun): (i64, i64, i64) = sqlx::query_as(concat!(
            "SELECT
                 (SELECT COUNT(*) FROM (
                     SELECT 1 AS one FROM lead l
                     WHERE l.status = 'queued' AND l.ready AND l.to_buy
                       AND ($3 IS NULL OR l.seq IN ",
            each!("$3"),
            ") AND l.seq NOT IN ",
            each!("$5"),
            " LIMIT $4) AS counted),
                 (SELECT COUNT(*) FROM lead
                  WHERE status IN ('starting', 'waiting') AND origin = $1 AND agent = $2),
                 (SELECT COUNT(*) FROM lead WHERE status = 'queued' AND seq IN ",
            each!("$5"),
            ")"
        ))
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(only.map(list))
        .bind(i64::from(most))
        .bind(list(busy))
        .fetch_one(&self.readers)
        .await?;
        Ok(WorkLeft {
            queued: queued.unsigned_abs(),
            live: (live + begun).unsigned_abs(),
        })
    }

    async fn ended_runs(&self, payer: &Payer, most: u32) -> Result<Vec<RunTime>, StoreError> {
        let rows = sqlx::query(
            "SELECT took_ms, named FROM attempt
             WHERE ended_at IS NOT NULL AND origin = $1 AND agent = $2
             ORDER BY ended_at DESC LIMIT $3",
        )
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let took: i64 = row.try_get("took_ms")?;
                Ok(RunTime {
                    took: TimeDelta::milliseconds(took),
                    named: row.try_get("named")?,
                })
            })
            .collect()
    }

    async fn seen_going(&self, payer: &Payer) -> Result<Vec<(i64, TimeDelta)>, StoreError> {
        let rows: Vec<(i64, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
            "SELECT seq, run_since, seen_at FROM lead
             WHERE status = 'waiting' AND origin = $1 AND agent = $2 AND seen_at > run_since",
        )
        .bind(&payer.origin)
        .bind(&payer.agent)
        .fetch_all(&self.readers)
        .await?;
        let age = |(lead, since, seen)| (lead, seen - since);
        Ok(rows.into_iter().map(age).collect())
    }

    async fn overdue_runs(
        &self,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<AttemptRef>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, attempt FROM lead
             WHERE status = 'waiting' AND run_since < $1 AND (due_at > $2 OR run_since < $3)",
        )
        .bind(since)
        .bind(now)
        .bind(since - TimeDelta::days(1))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(attempt_ref).collect()
    }

    async fn record_look(
        &self,
        attempt: AttemptRef,
        run_status: &str,
        hints: i64,
        next_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // A hint that came after the question was asked is about news the answer cannot hold.
        let result = sqlx::query(
            "UPDATE lead SET run_status = $3, reason = '', failed_looks = 0, misses = 0,
                 missing_since = NULL,
                 due_at = CASE WHEN hints <> $4 THEN due_at ELSE $5 END,
                 hinted = (hints <> $4), looked_at = $6, seen_at = $6,
                 updated_at = CASE WHEN run_status IS NOT DISTINCT FROM $3 THEN updated_at ELSE $6 END
             WHERE seq = $1 AND attempt = $2 AND status = 'waiting'",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(text(run_status))
        .bind(hints)
        .bind(next_look)
        .bind(now)
        .execute(&self.writer)
        .await?;
        one(&result)
    }

    async fn record_no_look(
        &self,
        attempt: AttemptRef,
        why: &str,
        missing: bool,
        hints: i64,
        next_look: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE lead SET reason = $3, failed_looks = failed_looks + 1,
                 due_at = CASE WHEN hints <> $7 THEN due_at ELSE $4 END,
                 hinted = (hints <> $7),
                 misses = CASE WHEN $5 THEN misses + 1 ELSE misses END,
                 missing_since = CASE WHEN $5 THEN COALESCE(missing_since, $6)
                                      ELSE missing_since END,
                 looked_at = $6, updated_at = $6
             WHERE seq = $1 AND attempt = $2 AND status = 'waiting'",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .bind(text(why))
        .bind(next_look)
        .bind(missing)
        .bind(now)
        .bind(hints)
        .execute(&self.writer)
        .await?;
        one(&result)
    }

    async fn record_end(
        &self,
        attempt: AttemptRef,
        ended: Ended<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let status = ended.status;
        let mut tx = self.write().await?;
        settle_ended(&mut tx, attempt, &ended, now).await?;
        end_lead(&mut tx, attempt, &ended, now).await?;
        if forget_end(&mut tx, attempt.lead).await? {
            tx.commit().await?;
            return Ok(());
        }
        store_result(&mut tx, attempt, ended, now).await?;
        queue_delivery(&mut tx, attempt.lead, now).await?;
        queue_sheet_rows(&mut tx, attempt, now).await?;
        if status == Status::Completed {
            report_came(&mut tx, attempt.lead).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn record_missing_bought_again(
        &self,
        attempt: AttemptRef,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let still: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM lead
             WHERE seq = $1 AND attempt = $2 AND status = 'waiting' AND buy_if_missing)",
        )
        .bind(attempt.lead)
        .bind(attempt.number)
        .fetch_one(&mut *tx)
        .await?;
        if !still {
            return Err(StoreError::Stale);
        }
        new_attempt(&mut tx, attempt.lead, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn record_event(
        &self,
        event: &VerifiedWebhook,
        now: DateTime<Utc>,
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.write().await?;
        let of_forgotten: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM lead WHERE run_id = $1 AND forgotten_at IS NOT NULL)",
        )
        .bind(event.run_id())
        .fetch_one(&mut *tx)
        .await?;
        let stored = sqlx::query(
            "INSERT INTO webhook_event (event_id, event_type, run_id, body, received_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event_id) DO NOTHING",
        )
        .bind(event.event_id())
        .bind(event.event_type().map(text))
        .bind(event.run_id())
        .bind(if of_forgotten { &[] } else { event.body() })
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if stored.rows_affected() == 0 {
            return Ok(Recorded::Repeat);
        }
        if event.is_about_billing() {
            sqlx::query(
                "INSERT INTO setting (name, value) VALUES ('account news', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(event.event_id())
            .execute(&mut *tx)
            .await?;
        }
        let due = sqlx::query(
            "UPDATE lead SET hinted = TRUE, hints = hints + 1, due_at = $2
             WHERE run_id = $1 AND status = 'waiting'",
        )
        .bind(event.run_id())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Recorded::New {
            made_due: due.rows_affected() > 0,
        })
    }
}
