use std::io::Write;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{FileLook, LeadFilter, LedgerFilter, LedgerFormat, LedgerTotals, StoreError};
use crate::flow::intake::IntakeRow;

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    Xlsx,
    Csv,
    Json,
}

impl ReportFormat {
    /// By a file name's ending, whatever its case.
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Self::of_ending(&ending.to_ascii_lowercase())
    }

    /// `csv`, `xlsx` or `json`, in small letters.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "xlsx" => Some(Self::Xlsx),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// How the name of such a file ends; Citedy's word for the format, too.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A list as it stands in the watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    pub name: String,
    pub look: FileLook,
}

/// Why a list or a folder cannot be used, for the person who put it there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ListProblem(pub String);

/// Reads a list that somebody hands in.
pub trait ListReader: Send + Sync {
    /// The rows that may start, each with its own options. What the file is shows in its bytes; the
    /// name is for messages. Takes its time: only for threads that may block.
    fn read(&self, name: &str, bytes: &[u8]) -> Result<Vec<IntakeRow>, ListProblem>;
}

/// Held by the one process that reads a folder, until dropped.
pub struct FolderGuard(
    #[expect(dead_code, reason = "held for its drop")] Box<dyn std::any::Any + Send + Sync>,
);

impl FolderGuard {
    pub fn new(held: impl std::any::Any + Send + Sync) -> Self {
        Self(Box::new(held))
    }
}

/// The watched folder.
#[async_trait]
pub trait ListFolder: Send + Sync {
    /// The folder's full path: its name in the database.
    fn path(&self) -> String;

    /// Takes the folder for this process; `None` while another one reads it.
    fn try_own(&self) -> Option<FolderGuard>;

    /// Lists in the folder; never a file that we made.
    async fn found(&self) -> Result<Vec<FoundFile>, ListProblem>;

    async fn read(&self, name: &str) -> Result<Vec<IntakeRow>, ListProblem>;

    /// Says beside the list why it could not be read (`companies.csv.error.txt`), or takes
    /// that back.
    async fn tell_problem(&self, name: &str, problem: Option<&str>) -> Result<(), ListProblem>;

    /// Replaces the list's report (`companies.csv.results.xlsx`) as a whole.
    /// Puts the report of a list aside if it was written before that time: it may hold what this
    /// database does not know.
    async fn put_report_aside(
        &self,
        name: &str,
        written_before: DateTime<Utc>,
    ) -> Result<(), ListProblem>;

    async fn write_report(&self, name: &str, filter: &LeadFilter) -> Result<(), ReportFault>;
}

/// Writes reports of any size; memory does not grow with the number of rows.
#[async_trait]
pub trait Reports: Send + Sync {
    async fn write(
        &self,
        filter: &LeadFilter,
        format: ReportFormat,
        out: Box<dyn Write + Send>,
    ) -> Result<(), ReportFault>;

    /// Writes every attempt with what it cost; answers what they come to.
    async fn write_ledger(
        &self,
        filter: &LedgerFilter,
        format: LedgerFormat,
        out: Box<dyn Write + Send>,
    ) -> Result<LedgerTotals, ReportFault>;
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the report could not be written: {0}")]
    Write(String),
}
