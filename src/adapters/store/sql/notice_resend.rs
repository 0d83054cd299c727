//! Notices that go out again because a person wants it.

use chrono::{DateTime, Utc};

use super::{Store, text};
use crate::flow::ports::StoreError;

impl Store {
    /// One notice again, to one target or all. `None`: there is no such notice.
    pub(super) async fn send_again(
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

    /// All that was given up. `None`: there is no such target.
    pub(super) async fn send_dead_again(
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
}
