//! Browsers that are signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{DbRow, Store, text};
use crate::flow::ports::{Session, SessionStore, StoreError};

#[async_trait]
impl SessionStore for Store {
    async fn open_session(&self, session: &Session, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO session (id, token_hash, browser, opened_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&session.id)
        .bind(token_hash)
        .bind(text(&session.browser))
        .bind(session.opened_at)
        .bind(session.expires_at)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn session(
        &self,
        id: &str,
        token_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(
            "SELECT id, browser, opened_at, expires_at FROM session
             WHERE id = $1 AND token_hash = $2 AND expires_at > $3",
        )
        .bind(id)
        .bind(token_hash)
        .bind(now)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(session).transpose()
    }

    async fn sessions(
        &self,
        token_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, browser, opened_at, expires_at FROM session
             WHERE token_hash = $1 AND expires_at > $2 ORDER BY opened_at DESC, id",
        )
        .bind(token_hash)
        .bind(now)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(session).collect()
    }

    async fn end_session(&self, id: &str) -> Result<bool, StoreError> {
        let ended = sqlx::query("DELETE FROM session WHERE id = $1")
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(ended.rows_affected() > 0)
    }

    async fn end_sessions(&self) -> Result<u64, StoreError> {
        let ended = sqlx::query("DELETE FROM session")
            .execute(&self.writer)
            .await?;
        Ok(ended.rows_affected())
    }

    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let swept = sqlx::query("DELETE FROM session WHERE expires_at <= $1")
            .bind(now)
            .execute(&self.writer)
            .await?;
        Ok(swept.rows_affected())
    }
}

fn session(row: &DbRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get("id")?,
        browser: row.try_get("browser")?,
        opened_at: row.try_get("opened_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
