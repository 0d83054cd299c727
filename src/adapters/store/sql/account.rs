use async_trait::async_trait;
use sqlx::Row;

use super::{Store, Tx, known, parsed};
use crate::flow::ports::{AccountStore, Pause, PauseKind, Signals, StoreError};

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
        let mut tx = self.write().await?;
        insert_pause(&mut tx, pause).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn stop(&self, pause: &Pause) -> Result<i64, StoreError> {
        let mut tx = self.write().await?;
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
        Ok(
            sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
                .bind(agent_setting(origin, key_fingerprint))
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    async fn remember_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
        agent: &str,
    ) -> Result<(), StoreError> {
        self.remember(&agent_setting(origin, key_fingerprint), agent)
            .await
    }

    async fn remember_balance(&self, credits: i64) -> Result<(), StoreError> {
        self.remember("balance", &credits.to_string()).await
    }
}

async fn insert_pause(tx: &mut Tx<'_>, pause: &Pause) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pause (kind, message, link, since) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind) DO UPDATE SET message = excluded.message, link = excluded.link",
    )
    .bind(pause.kind.as_str())
    .bind(&pause.message)
    .bind(&pause.link)
    .bind(pause.since)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn agent_setting(origin: &str, key_fingerprint: &str) -> String {
    format!("agent:{origin}:{key_fingerprint}")
}
