//! A database that was restored from a back-up does not know what was bought since. Nothing is
//! bought on it until a person has looked; one that was moved away is not worked on at all.

use chrono::{DateTime, Utc};

use super::ports::{Past, PauseKind, Store, StoreError};

/// Looks into the database's past before work under a lease begins, and tells the log of a restore.
/// `Some`: it was moved away then, and nobody may work on it.
pub async fn before_work(
    store: &dyn Store,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let past = store.past(now).await?;
    if past == Past::Restored {
        tracing::warn!(
            "this database was restored from a back-up: nothing is bought, and new rows wait for \
             approval, until a person resumes, on the page or with `warmsheet db resume`"
        );
    }
    Ok(past.moved_at())
}

/// What a person should know of the database's past, if anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It is a back-up on which no work has begun.
    BackUp {
        made_at: DateTime<Utc>,
    },
    /// It was restored, and no person has resumed since.
    Restored {
        since: DateTime<Utc>,
    },
    Moved {
        at: DateTime<Utc>,
    },
}

/// Reads that without changing anything.
pub async fn notice(store: &dyn Store) -> Result<Option<Notice>, StoreError> {
    let pauses = store.pauses().await?;
    let since = |kind| pauses.iter().find(|p| p.kind == kind).map(|p| p.since);
    if let Some(at) = since(PauseKind::Moved) {
        return Ok(Some(Notice::Moved { at }));
    }
    if let Some(made_at) = store.backup_mark().await? {
        return Ok(Some(Notice::BackUp { made_at }));
    }
    Ok(since(PauseKind::Restored).map(|since| Notice::Restored { since }))
}
