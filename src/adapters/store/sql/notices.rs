//! The outbox. What puts events into it are the triggers of `0006_notices.sql`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::notice_view::{due_notice, select_sends, send_view, target_view};
use super::{Store, Tx, list, text};
use crate::flow::ports::{
    DueNotice, FailedSend, NoticeStore, NotifyTarget, SendFilter, SendPage, SendState, SendView,
    StoreError, TargetView,
};

#[async_trait]
impl NoticeStore for Store {
    async fn set_notify_targets(
        &self,
        targets: &[NotifyTarget],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE notify_target SET place = 0")
            .execute(&mut *tx)
            .await?;
        for (target, place) in targets.iter().zip(1_i64..) {
            let events: String = target
                .events
                .iter()
                .map(|kind| format!(",{}", kind.as_str()))
                .collect();
            sqlx::query(
                "INSERT INTO notify_target (name, kind, host, events, place)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (name) DO UPDATE SET
                     kind = excluded.kind, host = excluded.host, events = excluded.events,
                     place = excluded.place",
            )
            .bind(&target.name)
            .bind(target.kind.as_str())
            .bind(&target.host)
            .bind(format!("{events},"))
            .bind(place)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("DELETE FROM notify_target WHERE place = 0")
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE notice_send SET state = 'dead', tried_at = $1,
                 error = 'the target is not in the configuration any more'
             WHERE state = 'waiting' AND target NOT IN (SELECT name FROM notify_target)",
        )
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn notify_targets(&self) -> Result<Vec<TargetView>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, kind, host, events, last_sent_at, last_failed_at, last_error,
                 (SELECT COUNT(*) FROM notice_send
                  WHERE target = name AND state = 'waiting') AS waiting,
                 (SELECT COUNT(*) FROM notice_send
                  WHERE target = name AND state = 'dead') AS dead
             FROM notify_target ORDER BY place",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(target_view).collect()
    }

    async fn due_notices(
        &self,
        target: &str,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<DueNotice>, StoreError> {
        let rows = sqlx::query(
            "SELECT n.seq, n.id, n.kind, n.at, n.attempt, n.status, n.detail, s.attempts,
                 l.id AS lead_id, l.domain,
                 CASE WHEN l.attempt = n.attempt AND l.status = n.status THEN l.reason
                      ELSE '' END AS reason,
                 (SELECT COUNT(*) FROM result_row r
                  WHERE r.lead_seq = n.lead_seq AND r.attempt = n.attempt) AS row_count,
                 b.id AS batch_id, b.source
             FROM notice_send s JOIN notice n ON n.seq = s.notice_seq
             LEFT JOIN lead l ON l.seq = n.lead_seq
             LEFT JOIN batch b ON b.seq = n.batch_seq
             WHERE s.target = $1 AND s.state = 'waiting' AND s.due_at <= $2
               AND NOT EXISTS (SELECT 1 FROM pause WHERE kind = 'moved')
             ORDER BY s.due_at, n.seq LIMIT $3",
        )
        .bind(target)
        .bind(now)
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(due_notice).collect()
    }

    async fn record_notices_sent(
        &self,
        target: &str,
        notices: &[i64],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(concat!(
            "UPDATE notice_send SET state = 'sent', attempts = attempts + 1, tried_at = $2,
                 error = NULL
             WHERE target = $1 AND state <> 'sent' AND notice_seq IN ",
            each!("$3")
        ))
        .bind(target)
        .bind(now)
        .bind(list(notices))
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE notify_target SET last_sent_at = $2 WHERE name = $1")
            .bind(target)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn record_notices_failed(
        &self,
        target: &str,
        failed: &[FailedSend],
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for send in failed {
            sqlx::query(
                "UPDATE notice_send SET attempts = attempts + 1, tried_at = $3, error = $4,
                     state = $5, due_at = $6
                 WHERE target = $1 AND notice_seq = $2 AND state = 'waiting'",
            )
            .bind(target)
            .bind(send.notice_seq)
            .bind(now)
            .bind(text(why))
            .bind(match send.next {
                Some(_) => SendState::Waiting.as_str(),
                None => SendState::Dead.as_str(),
            })
            .bind(send.next.unwrap_or(now))
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "UPDATE notify_target SET last_failed_at = $2, last_error = $3 WHERE name = $1",
        )
        .bind(target)
        .bind(now)
        .bind(text(why))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn notice_sends(
        &self,
        filter: &SendFilter,
        cursor: Option<i64>,
        most: u32,
    ) -> Result<SendPage, StoreError> {
        let mut query = select_sends(filter, cursor, most);
        let rows = query.build().fetch_all(&self.readers).await?;
        let sends: Vec<SendView> = rows.iter().map(send_view).collect::<Result<_, _>>()?;
        let mut notices: Vec<i64> = sends.iter().map(|send| send.seq).collect();
        notices.dedup();
        let full = notices.len() >= most as usize;
        Ok(SendPage {
            next: notices.last().copied().filter(|_| full),
            sends,
        })
    }

    async fn resend_notice(
        &self,
        id: &str,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        self.send_again(id, target, now).await
    }

    async fn resend_dead_notices(
        &self,
        target: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        self.send_dead_again(target, now).await
    }

    async fn note_balance(
        &self,
        low: Option<&serde_json::Value>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.tell_balance(low, now).await
    }

    async fn sweep_notices(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let old = "SELECT EXISTS (SELECT 1 FROM notice WHERE at < $1)";
        while sqlx::query_scalar(old)
            .bind(before)
            .fetch_one(&self.readers)
            .await?
        {
            // A few at a time: others write in between.
            sqlx::query(
                "DELETE FROM notice WHERE seq IN
                     (SELECT seq FROM notice WHERE at < $1 ORDER BY at LIMIT 500)",
            )
            .bind(before)
            .execute(&self.writer)
            .await?;
        }
        Ok(())
    }
}

/// After a restore: what waited when the copy was made has been sent since, as like as not.
pub(super) async fn give_up_waiting(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE notice_send SET state = 'dead', tried_at = $1,
             error = 'it waited in a back-up that was restored; it may have been sent since'
         WHERE state = 'waiting'",
    )
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
