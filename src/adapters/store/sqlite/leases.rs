use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sqlx::Row;

use super::{SqliteStore, sql};
use crate::flow::ports::{LeaseStore, LeaseTerm, LeaseView, StoreError};

/// A lock of the operating system on `<database>.lock`: whoever has it may take every lease. It
/// ends with the process, also with a killed one, so a restart never waits for a dead owner.
#[derive(Debug)]
pub(super) struct DatabaseLock {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    file: Option<File>,
    /// The leases that keep it.
    names: BTreeSet<String>,
}

impl DatabaseLock {
    /// The file must exist. Its name is resolved: two names of one file are one lock.
    pub fn beside(database: &Path) -> Self {
        let database = database
            .canonicalize()
            .unwrap_or_else(|_| database.to_owned());
        let mut path = database.into_os_string();
        path.push(".lock");
        Self {
            path: path.into(),
            held: Mutex::default(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while another process has it.
    fn lock(&self) -> Result<Option<File>, StoreError> {
        let unavailable = |error| StoreError::Unavailable(Box::new(error));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)
            .map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
        }
    }

    /// Takes it, or has it already.
    fn claim(&self) -> Result<bool, StoreError> {
        let mut held = self.held();
        if held.file.is_none() {
            held.file = self.lock()?;
        }
        Ok(held.file.is_some())
    }

    /// `false` if it is kept for that already.
    fn keep_for(&self, name: &str) -> bool {
        self.held().names.insert(name.to_owned())
    }

    fn give_up(&self, name: &str) {
        let mut held = self.held();
        held.names.remove(name);
        if held.names.is_empty() {
            held.file = None;
        }
    }

    /// Some process, perhaps this one, has it.
    fn is_taken(&self) -> Result<bool, StoreError> {
        Ok(self.held().file.is_some() || self.lock()?.is_none())
    }
}

/// Keeps the lock between leases; no lease is called so.
const THIS_PROCESS: &str = "";

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

#[async_trait]
impl LeaseStore for SqliteStore {
    fn is_shared(&self) -> bool {
        false
    }

    fn claim(&self) -> Result<bool, StoreError> {
        let claimed = self.lock.claim()?;
        if claimed {
            self.lock.keep_for(THIS_PROCESS);
        }
        Ok(claimed)
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        lasts: TimeDelta,
    ) -> Result<Option<LeaseTerm>, StoreError> {
        if !self.lock.claim()? || !self.lock.keep_for(name) {
            return Ok(None);
        }
        let now = now();
        let taken = sqlx::query_scalar(
            "INSERT INTO lease (name, holder, token, taken_at, expires_at, stop_seen)
             VALUES ($1, $2, 1, $3, $4,
                 COALESCE((SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'stop'), 0))
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
                 token = lease.token + 1, taken_at = excluded.taken_at,
                 expires_at = excluded.expires_at, stop_seen = excluded.stop_seen
             RETURNING token",
        )
        .bind(name)
        .bind(holder)
        .bind(now)
        .bind(now + lasts)
        .fetch_one(&self.writer)
        .await;
        let token = taken.inspect_err(|_| self.lock.give_up(name))?;
        Ok(Some(LeaseTerm {
            name: name.to_owned(),
            token,
        }))
    }

    async fn renew_lease(&self, term: &LeaseTerm, lasts: TimeDelta) -> Result<bool, StoreError> {
        // Nobody else can have taken it, however long this process slept.
        let renewed =
            sqlx::query("UPDATE lease SET expires_at = $3 WHERE name = $1 AND token = $2")
                .bind(&term.name)
                .bind(term.token)
                .bind(now() + lasts)
                .execute(&self.writer)
                .await?;
        Ok(renewed.rows_affected() == 1)
    }

    async fn release_lease(&self, term: &LeaseTerm) -> Result<(), StoreError> {
        // First, because whoever waits for this may give up waiting.
        self.lock.give_up(&term.name);
        sqlx::query("UPDATE lease SET expires_at = $3 WHERE name = $1 AND token = $2")
            .bind(&term.name)
            .bind(term.token)
            .bind(now())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<LeaseView>, StoreError> {
        // Those of a process that died are over, whatever they say.
        let somebody_works = self.lock.is_taken()?;
        let now = now();
        let rows =
            sqlx::query("SELECT name, holder, expires_at, stop_seen FROM lease ORDER BY name")
                .fetch_all(&self.readers)
                .await?;
        rows.iter()
            .map(|row| {
                let ends_in = if somebody_works {
                    row.try_get::<DateTime<Utc>, _>("expires_at")? - now
                } else {
                    TimeDelta::zero()
                };
                sql::leases::lease_view(row, ends_in)
            })
            .collect()
    }

    async fn confirm_stop(&self, term: &LeaseTerm, stop: i64) -> Result<(), StoreError> {
        sql::leases::confirm_stop(&self.writer, term, stop).await
    }
}
