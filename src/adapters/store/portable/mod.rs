//! The contents of a database as a file that both engines write and read.
//!
//! One JSON value a line: a header that counts what follows; for each table its name and columns,
//! then its rows as arrays; at the end a checksum of everything before, so that a cut or changed
//! file is refused. Leases are not contents: they say who works on a database now.

mod reader;
mod tables;
mod value;
mod writer;

pub use reader::{Line, PortableReader};
pub use tables::{Column, Kind, TABLES, Table};
pub use value::Value;
pub use writer::PortableWriter;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::flow::ports::StoreError;

/// Which words a file of this version is made of.
const FORMAT: u32 = 1;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Another database takes this one's place.
    Move,
    /// This one goes on; who opens the other knows that it is older.
    BackUp,
}

/// The first line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The version of these words.
    pub format: u32,
    /// The number of the last migration.
    pub schema: i64,
    pub purpose: Purpose,
    pub made_at: DateTime<Utc>,
    /// How many rows of each table follow.
    pub rows: BTreeMap<String, u64>,
}

impl Header {
    pub fn new(
        schema: i64,
        purpose: Purpose,
        made_at: DateTime<Utc>,
        rows: BTreeMap<String, u64>,
    ) -> Self {
        Self {
            format: FORMAT,
            schema,
            purpose,
            made_at,
            rows,
        }
    }
}

/// The last line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    rows: u64,
    /// SHA-256 of every byte before this line.
    sha256: String,
}

/// Why contents did not get from one place to the other.
#[derive(Debug, thiserror::Error)]
pub enum PortableError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error(
        "the file is cut: it ends in line {0} without its last line, which holds the checksum; \
         copy it again, or make another back-up"
    )]
    Cut(u64),
    #[error(
        "the file was changed since it was written: its checksum does not fit; copy it again, or \
         make another back-up"
    )]
    Changed,
    #[error("line {line}: {problem}")]
    Line { line: u64, problem: String },
    #[error("the file is no export of warmsheet: {0}; copy it again, or make another back-up")]
    NoExport(String),
    #[error(
        "the file has format {file}, this warmsheet reads format {ours}; export and import with \
         the same version of warmsheet"
    )]
    OtherFormat { file: u64, ours: u32 },
    #[error(
        "the file holds schema {file}, this warmsheet knows schema {ours}; export and import with \
         the same version of warmsheet"
    )]
    OtherSchema { file: i64, ours: i64 },
    #[error(
        "the database is not empty, it has {0}. Nothing was changed; import into a new, empty one"
    )]
    NotEmpty(String),
    #[error("{table}: {stored} rows were stored, {told} were told; nothing was changed")]
    Miscounted {
        table: &'static str,
        stored: u64,
        told: u64,
    },
}

impl From<sqlx::Error> for PortableError {
    fn from(error: sqlx::Error) -> Self {
        PortableError::Store(error.into())
    }
}

/// What a back-up is on an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupKind {
    /// A database that can be opened in place of the other.
    Database,
    /// A file for `import`.
    Portable,
}

/// A database whose contents can leave and enter as a whole.
#[async_trait]
pub trait Portable: Send + Sync {
    /// Writes every table as of one moment to a new file; answers how many rows.
    async fn export(
        &self,
        path: &Path,
        purpose: Purpose,
        made_at: DateTime<Utc>,
    ) -> Result<u64, PortableError>;

    /// Reads a file into this empty database: all of it or nothing.
    async fn import(&self, path: &Path) -> Result<(Header, u64), PortableError>;

    /// Writes a copy as of one moment to a new file, while others work; the copy knows what it
    /// is.
    async fn backup(
        &self,
        path: &Path,
        made_at: DateTime<Utc>,
    ) -> Result<BackupKind, PortableError>;
}
