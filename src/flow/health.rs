//! How the parts that read and write outside are doing: for the status page and the checks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One part's last success and, while it lasts, its fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartHealth {
    pub last_ok: Option<DateTime<Utc>>,
    /// What is wrong, and since when.
    pub problem: Option<String>,
    pub problem_since: Option<DateTime<Utc>>,
}

/// How one spreadsheet is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SheetHealth {
    /// Empty until it was reached.
    pub title: String,
    /// Looked at, and in step.
    pub last_ok: Option<DateTime<Utc>>,
    pub last_read: Option<DateTime<Utc>>,
    pub last_write: Option<DateTime<Utc>>,
    /// What is wrong, and since when.
    #[serde(rename = "lastError")]
    pub problem: Option<String>,
    #[serde(rename = "lastErrorSince")]
    pub problem_since: Option<DateTime<Utc>>,
    /// Works, but will not for ever.
    pub warning: Option<String>,
    pub next_try: Option<DateTime<Utc>>,
}

impl SheetHealth {
    /// What people call the spreadsheet: its title, or its id until it was reached.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        if self.title.is_empty() {
            id
        } else {
            &self.title
        }
    }
}

/// Connected spreadsheets by id.
pub type Sheets = BTreeMap<String, SheetHealth>;

/// All parts by name, `folder`, `webhooks`; spreadsheets by their ids.
#[derive(Debug, Default)]
pub struct Health {
    parts: Mutex<BTreeMap<String, PartHealth>>,
    sheets: Mutex<Sheets>,
    balance_is_low: AtomicBool,
}

impl Health {
    /// Notes whether the balance is low; `true` if that is new, one way or the other.
    pub fn balance_is_low(&self, low: bool) -> bool {
        self.balance_is_low.swap(low, Ordering::Relaxed) != low
    }

    pub fn ok(&self, part: &str, now: DateTime<Utc>) {
        self.change(part, |health| {
            health.last_ok = Some(now);
            health.problem = None;
            health.problem_since = None;
        });
    }

    /// `true` if this problem is new: worth a line in the log.
    pub fn fault(&self, part: &str, problem: &str, now: DateTime<Utc>) -> bool {
        let mut news = false;
        self.change(part, |health| {
            news = health.problem.as_deref() != Some(problem);
            health.problem = Some(problem.to_owned());
            health.problem_since.get_or_insert(now);
        });
        news
    }

    pub fn parts(&self) -> BTreeMap<String, PartHealth> {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn sheets(&self) -> Sheets {
        self.sheets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes what is told of a spreadsheet.
    pub fn sheet<T>(&self, spreadsheet: &str, change: impl FnOnce(&mut SheetHealth) -> T) -> T {
        let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        change(sheets.entry(spreadsheet.to_owned()).or_default())
    }

    fn change(&self, part: &str, change: impl FnOnce(&mut PartHealth)) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(parts.entry(part.to_owned()).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_news_once_and_keeps_its_beginning() {
        let health = Health::default();
        let start = DateTime::UNIX_EPOCH;
        let later = start + chrono::TimeDelta::minutes(1);
        assert!(health.fault("folder", "gone", start));
        assert!(!health.fault("folder", "gone", later));
        assert_eq!(health.parts()["folder"].problem_since, Some(start));
        health.ok("folder", later);
        assert_eq!(health.parts()["folder"].problem, None);
    }
}
