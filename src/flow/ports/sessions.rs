//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's value, hex: what is stored opens nothing.
    pub id: String,
    /// What the browser calls itself.
    pub browser: String,
    pub opened_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Who is signed in. `token_hash` says which admin token was given and opens nothing: under another
/// admin token no session holds.
#[async_trait]
pub trait SessionStore: Send + Sync {
    async fn open_session(&self, session: &Session, token_hash: &str) -> Result<(), StoreError>;

    /// The session with this id, unless it has expired or another token opened it.
    async fn session(
        &self,
        id: &str,
        token_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, StoreError>;

    /// Every session that holds, the newest first.
    async fn sessions(
        &self,
        token_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, StoreError>;

    /// `true` if there was one.
    async fn end_session(&self, id: &str) -> Result<bool, StoreError>;

    /// Ends all of them; answers how many there were.
    async fn end_sessions(&self) -> Result<u64, StoreError>;

    /// Forgets those that have expired; answers how many.
    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
