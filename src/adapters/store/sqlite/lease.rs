use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::flow::ports::{LeaseGuard, StoreError, WorkerLease};

/// A lock of the operating system on `<database>.lock`. It ends with the process, also with a
/// killed one, so a restart never waits for a dead owner.
#[derive(Debug, Clone)]
pub struct SqliteWorkerLease {
    path: PathBuf,
}

impl SqliteWorkerLease {
    pub(super) fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        Self { path: path.into() }
    }
}

impl WorkerLease for SqliteWorkerLease {
    fn try_take(&self) -> Result<Option<LeaseGuard>, StoreError> {
        let unavailable = |error| StoreError::Unavailable(Box::new(error));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)
            .map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(LeaseGuard::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
        }
    }
}
