use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Source, StoreError};
use crate::lead::{CompanyDomain, Forgotten, LeadId, Status};

/// What this database knows of a company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// It is forgotten already, since then.
    pub since: Option<DateTime<Utc>>,
    /// Its leads, the oldest first; also those in which nothing names it any more.
    pub leads: Vec<KnownLead>,
    /// Where a spreadsheet of these leads has its tabs, as far as they were ever read.
    pub places: Vec<SheetPlace>,
    /// Domains below its own: companies of their own, which are not forgotten with it.
    pub subdomains: Vec<String>,
}

/// A lead of that company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLead {
    pub id: LeadId,
    pub status: Status,
    pub source: Source,
    /// The file, or the spreadsheet's id.
    pub source_name: String,
    /// 1-based, as it was when the row came in.
    pub row: Option<u32>,
    /// Charged in all its attempts.
    pub credits: i64,
    /// Something in it still names the company.
    pub named: bool,
    pub sent: Vec<SentRowsOf>,
}

/// A spreadsheet whose results tab got rows of a lead, or may have got them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRowsOf {
    pub spreadsheet: String,
    /// `None`: nobody knows yet whether they arrived.
    pub at: Option<DateTime<Utc>>,
}

/// A spreadsheet's tabs, by Google's `sheetId`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetPlace {
    pub spreadsheet: String,
    /// Leads are read from these.
    pub inputs: Vec<i32>,
    pub results: Option<i32>,
}

/// Other companies whose stored results name a company. Those results were paid for and are not its
/// own: what becomes of them is for a person to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotedBy {
    /// With an e-mail address at its domain: contact data of that company.
    pub addresses: QuotingLeads,
    /// Its domain, and no such address.
    pub mentions: QuotingLeads,
}

/// Some leads by name, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotingLeads {
    /// The oldest first, no more than were asked for.
    pub leads: Vec<QuotingLead>,
    pub count: u64,
}

/// A lead of another company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotingLead {
    pub id: LeadId,
    pub domain: CompanyDomain,
}

/// What one turn of forgetting came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Leads in which nothing names the company any more.
    pub leads: u64,
    /// Leads with a paid call that may be under way this moment: they come next.
    pub calling: u64,
}

/// What is left on disk of what was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoured {
    /// Nothing that the engine could find again.
    Clean,
    /// The write-ahead log is still in use by a reader, and holds what was there.
    LogInUse,
    /// The engine keeps overwritten pages until it needs them.
    UntilVacuumed,
}

/// Results that are older than they should become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Stored before that time.
    pub before: DateTime<Utc>,
    /// The setting that this follows from.
    pub after_days: i64,
}

/// What is removed from the database for good. Leads and what they cost always stay.
#[async_trait]
pub trait PrivacyStore: Send + Sync {
    /// Every forgotten company.
    async fn forgotten(&self) -> Result<Forgotten, StoreError>;

    /// What is known of a company; only reads.
    async fn footprint(&self, domain: &CompanyDomain) -> Result<Footprint, StoreError>;

    /// The leads of other companies whose stored results name this one, at most so many of either
    /// kind by name; goes through every stored result, a few at a time, and only reads.
    async fn quoted_by(&self, domain: &CompanyDomain, most: usize) -> Result<QuotedBy, StoreError>;

    /// From now on no lead of this company is taken in or bought. Answers since when; saying it
    /// again changes nothing.
    async fn stop_company(
        &self,
        domain: &CompanyDomain,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError>;

    /// Removes what names the company, and its results, from at most so many of its leads, in one
    /// transaction. What is not bought yet ends as `rejected`; a run that is paid for is looked at
    /// until it ends, and its result is not kept. Calls that went out after `calls_since` may be
    /// under way: their leads are left for later.
    async fn scrub(
        &self,
        domain: &CompanyDomain,
        most: u32,
        calls_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Scrubbed, StoreError>;

    /// Removes its name where other things quote it, in whatever spelling: rows that could not be
    /// used, webhooks, reasons. Answers how many did. Reads page by page, and writes some texts a
    /// transaction.
    async fn scrub_mentions(
        &self,
        domain: &CompanyDomain,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;

    /// It may be bought again. Nothing comes back. `false`: it was not forgotten.
    async fn lift_stop(&self, domain: &CompanyDomain) -> Result<bool, StoreError>;

    /// Rewrites the database's files without what was deleted from them. Writers wait meanwhile.
    async fn scour(&self) -> Result<Scoured, StoreError>;

    /// Keeps what was deleted from standing in the log beside the database for long. Waits for
    /// nobody: while a reader needs the log, it stays. Answers whether it is empty.
    async fn empty_log(&self) -> Result<bool, StoreError>;

    /// Removes at most so many results with their rows, in one transaction. What some destination
    /// does not have yet stays. Answers how many were removed.
    async fn remove_results(
        &self,
        overdue: Overdue,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;

    /// Removes what else may name people, at most so many of each: what webhooks brought, and
    /// addresses that stood in a row in place of a domain.
    async fn remove_traces(&self, overdue: Overdue, most: u32) -> Result<u64, StoreError>;

    /// How many results are kept only because some destination does not have them yet.
    async fn kept_back(&self, overdue: Overdue) -> Result<u64, StoreError>;
}
