use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Store, Tx, known, parsed, text};
use crate::flow::ports::{AccountStore, Balance, Pause, PauseKind, Signals, StoreError};

#[async_trait]
impl AccountStore for Store {
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        let rows = sqlx::query("SELECT kind, message, link, since FROM pause ORDER BY since")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get("kind")?;
                Ok(Pause {
                    kind: known(PauseKind::parse(&kind), "pause", &kind)?,
                    message: row.try_get("message")?,
                    link: row.try_get("link")?,
                    since: row.try_get("since")?,
                })
            })
            .collect()
    }

    async fn set_pause(&self, pause: &Pause) -> Result<(), StoreError> {
        let mut tx = self.urgent().await?;
        insert_pause(&mut tx, pause).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn stop(&self, pause: &Pause) -> Result<i64, StoreError> {
        let mut tx = self.urgent().await?;
        insert_pause(&mut tx, pause).await?;
        let stop: String = sqlx::query_scalar(
            "INSERT INTO setting (name, value) VALUES ('stop', '1')
             ON CONFLICT (name) DO UPDATE
                 SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)
             RETURNING value",
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        parsed(stop.parse())
    }

    async fn signals(&self) -> Result<Signals, StoreError> {
        let rows =
            sqlx::query("SELECT name, value FROM setting WHERE name IN ('stop', 'account news')")
                .fetch_all(&self.readers)
                .await?;
        let mut signals = Signals::default();
        for row in &rows {
            let value: String = row.try_get("value")?;
            match row.try_get::<String, _>("name")?.as_str() {
                "stop" => signals.stop = parsed(value.parse())?,
                _ => signals.account_news = value,
            }
        }
        Ok(signals)
    }

    async fn clear_pause(&self, kind: PauseKind) -> Result<bool, StoreError> {
        let result = sqlx::query("DELETE FROM pause WHERE kind = $1")
            .bind(kind.as_str())
            .execute(&self.writer)
            .await?;
        Ok(result.rows_affected() > 0)
    }

    async fn known_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
    ) -> Result<Option<String>, StoreError> {
        self.setting(&agent_setting(origin, key_fingerprint)).await
    }

    async fn remember_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
        agent: &str,
    ) -> Result<(), StoreError> {
        self.remember(&agent_setting(origin, key_fingerprint), &text(agent))
            .await
    }

    async fn remember_balance(
        &self,
        credits: i64,
        asked_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let asked_at = asked_at.to_rfc3339();
        self.remember("balance asked at", &asked_at).await?;
        self.remember("balance", &credits.to_string()).await
    }

    async fn balance(&self) -> Result<Option<Balance>, StoreError> {
        let told = self.setting("balance").await?;
        let Some(told) = told.map(|text| parsed(text.parse())).transpose()? else {
            return Ok(None);
        };
        let spent_since = match self.setting("balance asked at").await? {
            Some(text) => {
                let since = parsed(DateTime::parse_from_rfc3339(&text))?.to_utc();
                self.spent_since(since).await?
            }
            // Told before the time was kept.
            None => 0,
        };
        Ok(Some(Balance {
            told,
            spent_since,
            top_up: self.setting("top up").await?,
        }))
    }

    async fn remember_top_up(&self, link: &str) -> Result<(), StoreError> {
        self.remember("top up", link).await
    }

    async fn startable(&self, most: i64) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM (
                 SELECT 1 AS one FROM lead WHERE status = 'queued' AND ready LIMIT $1) AS waiting",
        )
        .bind(most)
        .fetch_one(&self.readers)
        .await?)
    }
}

impl Store {
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    async fn spent_since(&self, since: DateTime<Utc>) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT CAST(COALESCE(SUM(COALESCE(charged, reserved)), 0) AS BIGINT)
             FROM attempt WHERE first_sent_at >= $1",
        )
        .bind(since)
        .fetch_one(&self.readers)
        .await?)
    }
}

pub(super) async fn insert_pause(tx: &mut Tx<'_>, pause: &Pause) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pause (kind, message, link, since) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind) DO UPDATE SET message = excluded.message, link = excluded.link",
    )
    .bind(pause.kind.as_str())
    .bind(text(&pause.message))
    .bind(pause.link.as_deref().map(text))
    .bind(pause.since)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn agent_setting(origin: &str, key_fingerprint: &str) -> String {
    format!("agent:{origin}:{key_fingerprint}")
}
