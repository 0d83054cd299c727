use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};

use super::account::insert_pause;
use super::notices::give_up_waiting;
use super::{Store, Tx, parsed};
use crate::flow::ports::{CustodyStore, HeldBack, Past, Pause, PauseKind, StoreError};

/// In a back-up: when it was made. Gone once work has begun on it.
pub const BACKUP_MARK: &str = "backup made at";
/// When it was last found to be a restored one.
const RESTORED_AT: &str = "restored at";
/// Where the engine keeps this database; a copy of it is kept elsewhere.
pub const HOME: &str = "home";

/// What a lead says that may have been bought after the back-up.
const WAS_OPEN: &str = "It was not started when the back-up was made; it may have been since";
/// What a row says that comes in before a person has resumed.
pub const CAME_AFTER: &str = "New after the restore; it may have been bought since the back-up";

#[async_trait]
impl CustodyStore for Store {
    async fn past(&self, now: DateTime<Utc>) -> Result<Past, StoreError> {
        let mut tx = self.write().await?;
        if let Some(at) = paused_since(&mut tx, PauseKind::Moved).await? {
            return Ok(Past::Moved { at });
        }
        let home = self.home(&mut tx).await?;
        let known_home = setting(&mut tx, HOME).await?;
        let is_copy = known_home.is_some() && known_home != home;
        if is_copy || time(&mut tx, BACKUP_MARK).await?.is_some() {
            hold_back(&mut tx, now).await?;
        }
        if known_home != home {
            keep(&mut tx, HOME, home.as_deref()).await?;
        }
        let restored = is_restored(&mut tx).await?;
        tx.commit().await?;
        Ok(if restored {
            Past::Restored
        } else {
            Past::Continuous
        })
    }

    async fn backup_mark(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        time(&mut self.readers.begin().await?, BACKUP_MARK).await
    }

    async fn restored_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        time(&mut self.readers.begin().await?, RESTORED_AT).await
    }

    async fn hold_as_restored(&self, now: DateTime<Utc>) -> Result<HeldBack, StoreError> {
        let mut tx = self.write().await?;
        let held = hold_back(&mut tx, now).await?;
        tx.commit().await?;
        Ok(held)
    }

    async fn mark_moved(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let pause = Pause {
            kind: PauseKind::Moved,
            message: "It was exported, and another database takes its place".to_owned(),
            link: None,
            since: now,
        };
        insert_pause(&mut tx, &pause).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn unmark_moved(&self) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        lift(&mut tx, PauseKind::Moved).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Whether a person has yet to resume after a restore.
pub async fn is_restored(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(paused_since(tx, PauseKind::Restored).await?.is_some())
}

/// Everything that may have been bought since the back-up waits for a person. Runs that are known
/// go on being looked at, and an open call's key stays what it is: both cost nothing.
async fn hold_back(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<HeldBack, StoreError> {
    let made_at = time(tx, BACKUP_MARK).await?;
    let of = made_at.map_or_else(String::new, |at| {
        format!(" of {}", at.format("%Y-%m-%d %H:%M UTC"))
    });
    let pause = Pause {
        kind: PauseKind::Restored,
        message: format!(
            "This database was restored from a back-up{of}; what was bought since is not known \
             here. Nothing is bought, and new rows wait for approval, until you resume. Look at \
             what waits for approval first: approve only what was not bought since"
        ),
        link: None,
        since: now,
    };
    give_up_waiting(tx, now).await?;
    insert_pause(tx, &pause).await?;
    lift(tx, PauseKind::Moved).await?;
    keep(tx, BACKUP_MARK, None).await?;
    keep(tx, RESTORED_AT, Some(&told(now))).await?;
    let held = sqlx::query(
        "UPDATE lead SET status = 'held', reason = $1, updated_at = $2
         WHERE status IN ('queued', 'held')",
    )
    .bind(WAS_OPEN)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    for decided_before in [
        // A row that comes back to its sheet.
        "UPDATE sheet_row SET revive_to = 'held' WHERE revive_to = 'queued'",
        "UPDATE lead SET buy_if_missing = FALSE WHERE buy_if_missing",
        "UPDATE lead SET cap_lifted = FALSE WHERE cap_lifted",
        // The next look at each folder is its first again: lists that were read since the
        // back-up wait even if a person resumes before that look.
        "DELETE FROM setting WHERE name LIKE 'first look:%'",
        "DELETE FROM watched_file",
        // Whoever was signed out since, perhaps because a browser was stolen, stays so.
        "DELETE FROM session",
    ] {
        sqlx::query(decided_before).execute(&mut **tx).await?;
    }
    Ok(HeldBack {
        leads: held.rows_affected(),
    })
}

async fn lift(tx: &mut Tx<'_>, kind: PauseKind) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM pause WHERE kind = $1")
        .bind(kind.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn paused_since(
    tx: &mut Tx<'_>,
    kind: PauseKind,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT since FROM pause WHERE kind = $1")
            .bind(kind.as_str())
            .fetch_optional(&mut **tx)
            .await?,
    )
}

/// A setting that is a time.
async fn time(tx: &mut Tx<'_>, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let text = setting(tx, name).await?;
    let time = text.as_deref().map(DateTime::parse_from_rfc3339);
    Ok(parsed(time.transpose())?.map(|time| time.to_utc()))
}

/// Marks a copy as what it is; one of a back-up stays as old as that.
pub async fn mark_backup(tx: &mut Tx<'_>, made_at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(BACKUP_MARK)
        .bind(told(made_at))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn told(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn setting(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut **tx)
            .await?,
    )
}

/// Sets a setting, or forgets it.
async fn keep(tx: &mut Tx<'_>, name: &str, value: Option<&str>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM setting WHERE name = $1")
        .bind(name)
        .execute(&mut **tx)
        .await?;
    if let Some(value) = value {
        sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2)")
            .bind(name)
            .bind(value)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
