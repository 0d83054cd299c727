use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Source, StoreError};
use crate::lead::{BatchId, CompanyDomain, LeadId, RequestOptions, Status};

/// When a new batch waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRule {
    /// A folder's first look, and what else spends nothing until somebody agrees.
    Always,
    /// More new leads than this.
    Above(u64),
    Never,
}

impl HoldRule {
    /// Whether a batch waits with so many leads that can be used.
    pub fn holds(self, usable: u64) -> bool {
        match self {
            HoldRule::Always => usable > 0,
            HoldRule::Above(most) => usable > most,
            HoldRule::Never => false,
        }
    }
}

/// Leads that came together: one post, one file, one call of `run`.
#[derive(Debug, Clone)]
pub struct NewBatch {
    pub source: Source,
    /// The file's name, or empty.
    pub source_name: String,
    pub hold: HoldRule,
    pub leads: Vec<NewLead>,
}

/// One row as it came in.
#[derive(Debug, Clone)]
pub struct NewLead {
    pub id: LeadId,
    /// The domain cell as typed.
    pub input: String,
    /// 1-based line or row in its file.
    pub row: Option<u32>,
    /// What makes the same row recognisable when it is read again.
    pub source_key: Option<String>,
    pub external: Option<ExternalId>,
    /// The id of a connected spreadsheet that gets the lead's rows as well.
    pub deliver_to: Option<String>,
    /// Buy a report however lately the company was reported on.
    pub force: bool,
    pub parsed: Parsed,
    /// Filled in by the store: the company is forgotten, its hash and since when.
    pub forgotten: Option<(String, DateTime<Utc>)>,
}

/// What the boundary made of a row.
#[derive(Debug, Clone)]
pub enum Parsed {
    Good(CompanyDomain, RequestOptions),
    /// Why the row cannot be used, for the person who typed it.
    Bad(String),
}

/// The caller's own name for a lead, and a hash of what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    pub id: String,
    pub hash: String,
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// `None` when every row was known before.
    pub batch: Option<BatchId>,
    /// In the order of [`NewBatch::leads`]; a row known before answers the lead it became then.
    pub leads: Vec<AcceptedLead>,
    /// New leads that wait for approval.
    pub held: u64,
    pub queued: u64,
    pub rejected: u64,
    pub known: u64,
}

impl Accepted {
    /// An empty batch of this name.
    pub fn of(batch: BatchId) -> Self {
        Self {
            batch: Some(batch),
            leads: Vec::new(),
            held: 0,
            queued: 0,
            rejected: 0,
            known: 0,
        }
    }

    /// The numbers of the leads that are new.
    pub fn new_seqs(&self) -> Vec<i64> {
        let new = self.leads.iter().filter(|lead| lead.is_new);
        new.map(|lead| lead.seq).collect()
    }
}

#[derive(Debug, Clone)]
pub struct AcceptedLead {
    /// The lead's number in this database.
    pub seq: i64,
    pub id: LeadId,
    pub status: Status,
    pub domain: Option<String>,
    pub reason: String,
    pub is_new: bool,
}

#[async_trait]
pub trait IntakeStore: Send + Sync {
    /// Stores a batch in one transaction: all of it or nothing.
    async fn accept(&self, batch: NewBatch, now: DateTime<Utc>) -> Result<Accepted, StoreError>;

    /// The highest generation of leads that `run --again` made for this file, 0 at first.
    async fn run_generation(&self, file: &str) -> Result<u32, StoreError>;

    /// Whether rows of this scope have not reached an end yet.
    async fn has_unfinished(&self, scope: &str) -> Result<bool, StoreError>;

    async fn set_run_generation(&self, file: &str, generation: u32) -> Result<(), StoreError>;
}
