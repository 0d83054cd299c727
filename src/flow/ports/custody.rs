use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// What the database tells of its own past when work on it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// It is the one that was worked on last.
    Continuous,
    /// It is older than what was bought: it was restored from a back-up. Found out just now
    /// or before; no person has resumed since.
    Restored,
    /// It was exported so that another database takes its place.
    Moved { at: DateTime<Utc> },
}

impl Past {
    /// When it was moved away, if it was.
    pub fn moved_at(self) -> Option<DateTime<Utc>> {
        match self {
            Past::Moved { at } => Some(at),
            Past::Continuous | Past::Restored => None,
        }
    }
}

/// What telling that a database is a restored one came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBack {
    /// Leads that wait for a person now, those that did already included.
    pub leads: u64,
}

/// Whether this database is the one that was worked on last. What was bought after a back-up is
/// not in it: whoever went on as if nothing had happened would buy it again.
#[async_trait]
pub trait CustodyStore: Send + Sync {
    /// Looks for the mark of a back-up, and for the signs of a copy where the engine has any; a
    /// database that shows one is treated as [`CustodyStore::hold_as_restored`] does.
    async fn past(&self, now: DateTime<Utc>) -> Result<Past, StoreError>;

    /// When the back-up was made that this database still is: no work has begun on it.
    async fn backup_mark(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// When it was last found or told to be restored, if ever.
    async fn restored_at(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Pauses starts until a person resumes, and makes what may have been bought since the
    /// back-up wait for a decision. Lifts the mark of a move.
    async fn hold_as_restored(&self, now: DateTime<Utc>) -> Result<HeldBack, StoreError>;

    /// From now on no paid call is begun here: another database takes this one's place.
    async fn mark_moved(&self, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// The move came to nothing.
    async fn unmark_moved(&self) -> Result<(), StoreError>;
}
