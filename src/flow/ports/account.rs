use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// Why no paid call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PauseKind {
    /// A person said stop.
    Person,
    /// The account has no credits left.
    Credits,
    /// The key is wrong, or its agent paused or revoked: only the account is asked.
    Key,
    /// The database was restored from a back-up: what was bought since is not known to it.
    Restored,
    /// The database was exported, and another one takes its place.
    Moved,
}

impl PauseKind {
    pub const ALL: [PauseKind; 5] = [
        PauseKind::Person,
        PauseKind::Credits,
        PauseKind::Key,
        PauseKind::Restored,
        PauseKind::Moved,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            PauseKind::Person => "person",
            PauseKind::Credits => "credits",
            PauseKind::Key => "key",
            PauseKind::Restored => "restored",
            PauseKind::Moved => "moved",
        }
    }

    /// The account's state brought it, and another state of the account ends it.
    pub fn ends_by_itself(self) -> bool {
        matches!(self, PauseKind::Credits | PauseKind::Key)
    }

    /// A person who says "resume" lifts it.
    pub fn ends_by_resume(self) -> bool {
        matches!(self, PauseKind::Person | PauseKind::Restored)
    }

    pub fn parse(text: &str) -> Option<PauseKind> {
        PauseKind::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Pause {
    pub kind: PauseKind,
    pub message: String,
    /// Where to top up, when Citedy told.
    pub link: Option<String>,
    pub since: DateTime<Utc>,
}

/// What one instance tells the others, as counters and marks that change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals {
    /// How often a person has said stop.
    pub stop: i64,
    /// Another text than before: an event spoke of billing.
    pub account_news: String,
}

/// What `/me` told last of the balance, and what has happened to it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Credits, as told.
    pub told: i64,
    /// Charged or reserved for attempts that were first sent since then.
    pub spent_since: i64,
    /// Where to top up, as Citedy told last.
    pub top_up: Option<String>,
}

impl Balance {
    /// Credits left now, as far as can be told.
    pub fn left(&self) -> i64 {
        self.told - self.spent_since
    }
}

/// What is known of the account, and what stops its spending.
#[async_trait]
pub trait AccountStore: Send + Sync {
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;

    /// Sets a pause, or renews its message.
    async fn set_pause(&self, pause: &Pause) -> Result<(), StoreError>;

    /// Sets a person's pause and answers the number of this stop.
    async fn stop(&self, pause: &Pause) -> Result<i64, StoreError>;

    async fn signals(&self) -> Result<Signals, StoreError>;

    /// `true` if there was one.
    async fn clear_pause(&self, kind: PauseKind) -> Result<bool, StoreError>;

    /// The agent that a key belongs to, if it was ever learnt.
    async fn known_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
    ) -> Result<Option<String>, StoreError>;

    async fn remember_agent(
        &self,
        origin: &str,
        key_fingerprint: &str,
        agent: &str,
    ) -> Result<(), StoreError>;

    /// The last balance that `/me` told, credits; asked at `asked_at`.
    async fn remember_balance(
        &self,
        credits: i64,
        asked_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// `None` until it was told.
    async fn balance(&self) -> Result<Option<Balance>, StoreError>;

    /// The address that a 402 names.
    async fn remember_top_up(&self, link: &str) -> Result<(), StoreError>;

    /// How many leads wait to be started and need nobody's approval; counts no further than
    /// `most`.
    async fn startable(&self, most: i64) -> Result<i64, StoreError>;
}
