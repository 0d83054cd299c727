use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// A list in the watched folder as it was last read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WatchedFile {
    pub name: String,
    /// Found at the first look at the folder: its rows wait for a person.
    pub held: bool,
    /// Size in bytes and time of change when it was read last; `None` if never.
    pub look: Option<FileLook>,
    /// Why it could not be read.
    pub problem: Option<String>,
    pub read_at: Option<DateTime<Utc>>,
}

/// What tells whether a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FileLook {
    pub size: u64,
    pub modified_at: DateTime<Utc>,
}

#[async_trait]
pub trait FolderStore: Send + Sync {
    /// Remembers what stood in the folder at the first look ever; later calls change nothing.
    /// `hold`: whether those files wait for a person.
    async fn first_look(
        &self,
        folder: &str,
        names: &[String],
        hold: bool,
    ) -> Result<(), StoreError>;

    async fn watched_files(&self, folder: &str) -> Result<Vec<WatchedFile>, StoreError>;

    async fn record_file(
        &self,
        folder: &str,
        name: &str,
        look: FileLook,
        problem: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
