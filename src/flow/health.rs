//! How the parts that read and write outside are doing: for the status page and the checks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::budget::BudgetView;

/// One part's last success and, while it lasts, its fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PartHealth {
    pub last_ok: Option<DateTime<Utc>>,
    /// What is wrong, and since when.
    pub problem: Option<String>,
    pub problem_since: Option<DateTime<Utc>>,
}

/// How one spreadsheet is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// Webhooks that were turned away: forged, or signed with a secret that is not known here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Refusals {
    /// Since the process started.
    pub count: u64,
    pub last_at: Option<DateTime<Utc>>,
}

/// Of an instance that runs, something younger than this is known.
pub const GONE_AFTER: TimeDelta = TimeDelta::minutes(3);

/// What an instance tells the others of itself; their pages show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceHealth {
    pub version: String,
    pub started_at: DateTime<Utc>,
    pub parts: BTreeMap<String, PartHealth>,
    pub refused_webhooks: Refusals,
    /// Of the key that it drives; `None` while it drives none.
    pub budget: Option<BudgetView>,
}

/// Connected spreadsheets by id.
pub type Sheets = BTreeMap<String, SheetHealth>;

/// All parts by name, `folder`, `reports`, `webhooks`; spreadsheets by their ids.
#[derive(Debug, Default)]
pub struct Health {
    parts: Mutex<BTreeMap<String, PartHealth>>,
    sheets: Mutex<Sheets>,
    refused_webhooks: Mutex<Refusals>,
    budget: Mutex<Option<BudgetView>>,
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
        locked(&self.parts).clone()
    }

    /// Everything that is wrong at the moment, part by part, for people.
    pub fn problems(&self) -> Vec<String> {
        let parts = self
            .parts()
            .into_iter()
            .filter_map(|(part, health)| Some(format!("{part}: {}", health.problem?)));
        let sheets = self.sheets().into_iter().flat_map(|(id, health)| {
            let name = health.name(&id).to_owned();
            [health.problem, health.warning]
                .into_iter()
                .flatten()
                .map(move |text| format!("Google Sheet {name}: {text}"))
        });
        parts.chain(sheets).collect()
    }

    /// Counts a webhook that was turned away.
    pub fn webhook_refused(&self, now: DateTime<Utc>) {
        let mut refused = locked(&self.refused_webhooks);
        refused.count += 1;
        refused.last_at = Some(now);
    }

    pub fn refused_webhooks(&self) -> Refusals {
        *locked(&self.refused_webhooks)
    }

    /// Notes the budget of the key that is driven here; `None`: none any more.
    pub fn set_budget(&self, budget: Option<BudgetView>) {
        *locked(&self.budget) = budget;
    }

    pub fn budget(&self) -> Option<BudgetView> {
        *locked(&self.budget)
    }

    pub fn sheets(&self) -> Sheets {
        locked(&self.sheets).clone()
    }

    /// Changes what is told of a spreadsheet.
    pub fn sheet<T>(&self, spreadsheet: &str, change: impl FnOnce(&mut SheetHealth) -> T) -> T {
        let mut sheets = locked(&self.sheets);
        change(sheets.entry(spreadsheet.to_owned()).or_default())
    }

    fn change(&self, part: &str, change: impl FnOnce(&mut PartHealth)) {
        let mut parts = locked(&self.parts);
        change(parts.entry(part.to_owned()).or_default());
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
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
