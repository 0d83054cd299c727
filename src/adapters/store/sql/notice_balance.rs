//! A low balance as a notice: told once, until it has been enough again.

use chrono::{DateTime, Utc};

use super::{Store, Tx};
use crate::flow::ports::StoreError;
use crate::lead::notice::NoticeKind;

/// Set while the balance is low: it is told once.
const BALANCE_IS_LOW: &str = "balance is low";

impl Store {
    /// Keeps whether the balance is low, and records the notice when it becomes so.
    pub(super) async fn tell_balance(
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
