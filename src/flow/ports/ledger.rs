use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::{Payer, Source, StoreError};
use crate::lead::LeadId;

/// What became of an attempt's paid call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Sent, and not settled yet: the same key goes out again until it is.
    Open,
    /// A run was made; what it cost is `charged`.
    Started,
    /// Refused, or it never left this machine: nothing was charged. Its lead waits in the queue,
    /// and the same key may go out again.
    Refused,
    /// Refused for good; nothing was charged.
    Rejected,
    /// Never answered for: a charge may exist, so the reservation stays.
    Unknown,
}

impl Outcome {
    pub const ALL: [Outcome; 5] = [
        Outcome::Open,
        Outcome::Started,
        Outcome::Refused,
        Outcome::Rejected,
        Outcome::Unknown,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Open => "open",
            Outcome::Started => "started",
            Outcome::Refused => "refused",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|o| o.as_str() == text)
    }
}

/// One attempt: one idempotency key, at most one charge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    pub lead_id: LeadId,
    pub attempt: i64,
    pub key: String,
    pub domain: Option<String>,
    pub source: Source,
    pub source_name: String,
    /// The first send that counts: its UTC day is the charge's. A key that was refused counts
    /// from the send after that.
    pub first_sent_at: DateTime<Utc>,
    /// How often its key was sent, refusals included.
    pub sent: i64,
    /// How many of these sends were refused before the first that counts.
    pub refusals: i64,
    /// When what is told of its charge became known; of an unknown outcome, when it was given
    /// up. Not known of attempts that were settled before this was kept.
    pub settled_at: Option<DateTime<Utc>>,
    pub outcome: Outcome,
    pub run_id: Option<String>,
    /// Credits kept for a charge that may exist; 0 once the charge is known.
    pub reserved: i64,
    /// Credits; `None` while not known.
    pub charged: Option<i64>,
    /// The account that pays.
    #[serde(flatten)]
    pub payer: Payer,
}

/// Which attempts; everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// First day of the first send, UTC.
    pub from: Option<NaiveDate>,
    /// Last day of the first send, UTC.
    pub to: Option<NaiveDate>,
    pub outcome: Option<Outcome>,
}

/// A place in the ledger, which is ordered by first send, then by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerMark {
    pub first_sent_at: DateTime<Utc>,
    pub key: String,
}

impl LedgerMark {
    /// The place of this entry.
    pub fn at(entry: &LedgerEntry) -> Self {
        Self {
            first_sent_at: entry.first_sent_at,
            key: entry.key.clone(),
        }
    }

    /// Reads a mark as [`Display`](std::fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, key) = text.split_once(',')?;
        Some(Self {
            first_sent_at: DateTime::parse_from_rfc3339(time).ok()?.to_utc(),
            key: key.to_owned(),
        })
    }
}

impl std::fmt::Display for LedgerMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self
            .first_sent_at
            .to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(f, "{time},{}", self.key)
    }
}

/// What attempts come to, credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerTotals {
    pub attempts: i64,
    pub charged: i64,
    /// Kept for charges that may exist: of attempts that are open or unknown.
    pub reserved: i64,
    pub open: i64,
    pub unknown: i64,
}

impl LedgerTotals {
    /// Counts one attempt more.
    pub fn add(&mut self, entry: &LedgerEntry) {
        self.attempts += 1;
        self.charged += entry.charged.unwrap_or(0);
        self.reserved += entry.reserved;
        self.open += i64::from(entry.outcome == Outcome::Open);
        self.unknown += i64::from(entry.outcome == Outcome::Unknown);
    }
}

/// What a ledger is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerFormat {
    /// For people's eyes, totals below.
    Table,
    /// Attempts alone, so that a column's sum is its sum.
    Csv,
    /// Attempts, totals, and once more those of unknown outcome.
    Json,
}

/// Every attempt that was ever sent, with what it cost.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Attempts in the ledger's order, from behind `after`.
    async fn ledger(
        &self,
        filter: &LedgerFilter,
        after: Option<&LedgerMark>,
        most: u32,
    ) -> Result<Vec<LedgerEntry>, StoreError>;

    async fn ledger_totals(&self, filter: &LedgerFilter) -> Result<LedgerTotals, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_way_through_an_address() {
        let mark = LedgerMark {
            first_sent_at: "2026-11-24T12:00:00.000007Z".parse().expect("a time"),
            key: "ws-L0123456789AB-1".to_owned(),
        };
        assert_eq!(LedgerMark::parse(&mark.to_string()), Some(mark));
        assert_eq!(LedgerMark::parse("ws-L0123456789AB-1"), None);
    }

    #[test]
    fn every_outcome_is_read_back_from_its_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
