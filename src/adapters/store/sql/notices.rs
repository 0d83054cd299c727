//! The outbox. What puts events into it are the triggers of `0005_notices.sql`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::{Db, DbRow, Store, Tx, known, list, parsed, text};
use crate::flow::ports::{
    DueNotice, FailedSend, Notice, NoticeBatch, NoticeLead, NoticeStore, NotifyTarget, SendFilter,
    SendPage, SendState, SendView, StoreError, TargetView,
};
use crate::lead::notice::{NoticeKind, TargetKind};

/// Set while the balance is low: it is told once.
const BALANCE_IS_LOW: &str = "balance is low";

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
        let mut query = QueryBuilder::<Db>::new(
            "SELECT n.seq, n.id, n.kind, n.at, s.target, s.state, s.attempts, s.due_at, s.tried_at,
                 s.error, l.id AS lead_id, b.id AS batch_id
             FROM notice_send s JOIN notice n ON n.seq = s.notice_seq
             LEFT JOIN lead l ON l.seq = n.lead_seq
             LEFT JOIN batch b ON b.seq = n.batch_seq
             WHERE ",
        );
        push_filter(&mut query, filter);
        // Whole notices: a page does not end between the targets of one.
        query.push(" AND s.notice_seq IN (SELECT DISTINCT s.notice_seq FROM notice_send s WHERE ");
        push_filter(&mut query, filter);
        query
            .push(" AND s.notice_seq < ")
            .push_bind(cursor.unwrap_or(i64::MAX));
        query
            .push(" ORDER BY s.notice_seq DESC LIMIT ")
            .push_bind(i64::from(most));
        query.push(") ORDER BY n.seq DESC, s.target");
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
        let id = text(id);
        let target = target.map(text);
        let mut tx = self.write().await?;
        let Some(seq) = sqlx::query_scalar::<_, i64>(
            "SELECT n.seq FROM notice n WHERE n.id = $1 AND EXISTS (SELECT 1 FROM notice_send s
             WHERE s.notice_seq = n.seq AND s.target = COALESCE($2, s.target))",
        )
        .bind(&*id)
        .bind(target.as_deref())
        .fetch_optional(&mut *tx)
        .await?
        else {
            return Ok(None);
        };
        let again = sqlx::query(
            "UPDATE notice_send SET state = 'waiting', attempts = 0, due_at = $3
             WHERE notice_seq = $1 AND target = COALESCE($2, target) AND state <> 'waiting'
               AND target IN (SELECT name FROM notify_target)",
        )
        .bind(seq)
        .bind(target.as_deref())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(again.rows_affected()))
    }

    async fn resend_dead_notices(
        &self,
        target: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        let target = &*text(target);
        let mut tx = self.write().await?;
        let there: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM notify_target WHERE name = $1)")
                .bind(target)
                .fetch_one(&mut *tx)
                .await?;
        if !there {
            return Ok(None);
        }
        let again = sqlx::query(
            "UPDATE notice_send SET state = 'waiting', attempts = 0, due_at = $2
             WHERE target = $1 AND state = 'dead'",
        )
        .bind(target)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(again.rows_affected()))
    }

    async fn note_balance(
        &self,
        low: Option<&serde_json::Value>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // Looked at every minute: nothing is written while nothing has changed.
        let was_low: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM setting WHERE name = $1)")
                .bind(BALANCE_IS_LOW)
                .fetch_one(&self.readers)
                .await?;
        if was_low == low.is_some() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        match low {
            Some(detail) => become_low(&mut tx, detail, now).await?,
            None => {
                sqlx::query("DELETE FROM setting WHERE name = $1")
                    .bind(BALANCE_IS_LOW)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn sweep_notices(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM notice WHERE at < $1)")
            .bind(before)
            .fetch_one(&self.readers)
            .await?;
        if any {
            sqlx::query("DELETE FROM notice WHERE at < $1")
                .bind(before)
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }
}

/// Of two instances that see it at once one tells it.
async fn become_low(
    tx: &mut Tx<'_>,
    detail: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let first =
        sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(BALANCE_IS_LOW)
            .bind(now.to_rfc3339())
            .execute(&mut **tx)
            .await?;
    let wanted: bool = sqlx::query_scalar(concat!(
        "SELECT EXISTS (SELECT 1 FROM notify_target WHERE ",
        place_in!(),
        "(events, ',balance.low,') > 0)"
    ))
    .fetch_one(&mut **tx)
    .await?;
    if first.rows_affected() == 0 || !wanted {
        return Ok(());
    }
    sqlx::query("INSERT INTO notice (kind, subject, detail, at) VALUES ($1, $2, $3, $4)")
        .bind(NoticeKind::BalanceLow.as_str())
        .bind(format!("balance.low {}", now.to_rfc3339()))
        .bind(detail.to_string())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
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

fn push_filter(query: &mut QueryBuilder<Db>, filter: &SendFilter) {
    query.push("TRUE");
    if let Some(state) = filter.state {
        query.push(" AND s.state = ").push_bind(state.as_str());
    }
    if let Some(target) = &filter.target {
        query
            .push(" AND s.target = ")
            .push_bind(text(target).into_owned());
    }
}

fn kind(row: &DbRow) -> Result<NoticeKind, StoreError> {
    let text: String = row.try_get("kind")?;
    known(NoticeKind::parse(&text), "notice", &text)
}

fn count(row: &DbRow, column: &str) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

fn attempts(row: &DbRow) -> Result<u32, StoreError> {
    parsed(u32::try_from(row.try_get::<i64, _>("attempts")?))
}

fn target_view(row: &DbRow) -> Result<TargetView, StoreError> {
    let kind: String = row.try_get("kind")?;
    let events: String = row.try_get("events")?;
    Ok(TargetView {
        name: row.try_get("name")?,
        kind: known(TargetKind::parse(&kind), "target", &kind)?,
        host: row.try_get("host")?,
        events: events.split(',').filter_map(NoticeKind::parse).collect(),
        waiting: count(row, "waiting")?,
        dead: count(row, "dead")?,
        last_sent_at: row.try_get("last_sent_at")?,
        last_failed_at: row.try_get("last_failed_at")?,
        last_error: row.try_get("last_error")?,
    })
}

fn due_notice(row: &DbRow) -> Result<DueNotice, StoreError> {
    let lead_id: Option<String> = row.try_get("lead_id")?;
    let lead = match lead_id {
        None => None,
        Some(id) => Some(NoticeLead {
            id,
            domain: row.try_get("domain")?,
            reason: row.try_get("reason")?,
            rows: count(row, "row_count")?,
        }),
    };
    let batch_id: Option<String> = row.try_get("batch_id")?;
    let batch = match batch_id {
        None => None,
        Some(id) => Some(NoticeBatch {
            id,
            source: row.try_get("source")?,
        }),
    };
    let detail: String = row.try_get("detail")?;
    Ok(DueNotice {
        notice: Notice {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            kind: kind(row)?,
            at: row.try_get("at")?,
            status: row.try_get("status")?,
            attempt: row.try_get("attempt")?,
            detail: parsed(serde_json::from_str(&detail))?,
            lead,
            batch,
        },
        attempts: attempts(row)?,
    })
}

fn send_view(row: &DbRow) -> Result<SendView, StoreError> {
    let state: String = row.try_get("state")?;
    let state = known(SendState::parse(&state), "state of a notice", &state)?;
    let due_at: DateTime<Utc> = row.try_get("due_at")?;
    Ok(SendView {
        seq: row.try_get("seq")?,
        id: row.try_get("id")?,
        kind: kind(row)?,
        at: row.try_get("at")?,
        target: row.try_get("target")?,
        state,
        attempts: attempts(row)?,
        due_at: (state == SendState::Waiting).then_some(due_at),
        tried_at: row.try_get("tried_at")?,
        error: row.try_get("error")?,
        lead_id: row.try_get("lead_id")?,
        batch_id: row.try_get("batch_id")?,
    })
}
