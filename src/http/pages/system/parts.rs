//! Sheets, folders, leases and instances as rows.

use chrono::{DateTime, TimeDelta, Utc};

use super::Moment;
use crate::flow::Flow;
use crate::flow::health::{GONE_AFTER, SheetHealth, Sheets};
use crate::flow::ports::{InstanceView, LeaseView, StoreError};
use crate::flow::{lease, notify};

/// This instance as it is now, and the others as they told last.
pub async fn instances(flow: &Flow, now: DateTime<Utc>) -> Result<Vec<InstanceView>, StoreError> {
    let own = InstanceView {
        name: flow.instance.clone(),
        told_at: now,
        health: flow.instance_health(),
    };
    let mut all = vec![own];
    if flow.store.is_shared() {
        let others = flow.store.instances(now - GONE_AFTER).await?;
        all.extend(others.into_iter().filter(|view| view.name != flow.instance));
    }
    Ok(all)
}

/// A connected spreadsheet.
pub struct SheetRow {
    pub name: String,
    /// In the place where people open it.
    pub href: String,
    pub last_ok: Option<Moment>,
    pub last_read: Option<Moment>,
    pub last_write: Option<Moment>,
    /// What is wrong, since when, and when it is tried again; or a warning.
    pub trouble: Option<Trouble>,
}

/// What is wrong with a part, since when, and when it tries again.
pub struct Trouble {
    pub text: String,
    pub since: Option<Moment>,
    pub next_try: Option<Moment>,
}

impl SheetRow {
    pub fn new((id, health): (String, SheetHealth)) -> Self {
        let trouble = health.problem.clone().map(|text| Trouble {
            text,
            since: health.problem_since.map(Moment::from),
            next_try: health.next_try.map(Moment::from),
        });
        let warning = health.warning.clone().map(|text| Trouble {
            text,
            since: None,
            next_try: None,
        });
        Self {
            name: health.name(&id).to_owned(),
            href: format!("https://docs.google.com/spreadsheets/d/{id}/edit"),
            last_ok: health.last_ok.map(Moment::from),
            last_read: health.last_read.map(Moment::from),
            last_write: health.last_write.map(Moment::from),
            trouble: trouble.or(warning),
        }
    }
}

/// A part that reads or writes outside: the watched folder, the reports beside its lists.
pub struct PartRow {
    pub name: &'static str,
    /// Which instance tells it; empty while there is one.
    pub instance: String,
    pub last_ok: Option<Moment>,
    pub trouble: Option<Trouble>,
}

/// Webhooks have a section of their own.
pub fn parts(instances: &[InstanceView]) -> Vec<PartRow> {
    let several = instances.len() > 1;
    let of_one = |view: &InstanceView| {
        let parts = view.health.parts.iter();
        let rows = parts.filter_map(|(part, health)| {
            Some(PartRow {
                name: part_name(part)?,
                instance: if several {
                    view.name.clone()
                } else {
                    String::new()
                },
                last_ok: health.last_ok.map(Moment::from),
                trouble: health.problem.clone().map(|text| Trouble {
                    text,
                    since: health.problem_since.map(Moment::from),
                    next_try: None,
                }),
            })
        });
        rows.collect::<Vec<_>>()
    };
    instances.iter().flat_map(of_one).collect()
}

fn part_name(part: &str) -> Option<&'static str> {
    match part {
        "folder" => Some("Watched folder: lists read"),
        "retention" => Some("Results older than the retention time removed"),
        "reports" => Some("Watched folder: reports written"),
        _ => None,
    }
}

/// Who does what.
pub struct LeaseRow {
    pub what: String,
    pub holder: String,
    pub state: &'static str,
    pub tone: &'static str,
}

impl LeaseRow {
    pub fn new(lease: LeaseView, sheets: &Sheets, own: &str) -> Self {
        let held = lease.is_held();
        let here = lease.holder == own;
        Self {
            what: lease_name(&lease.name, sheets),
            state: match (held, here) {
                (true, true) => "held here",
                (true, false) => "held there",
                (false, _) => "free: its holder stopped",
            },
            tone: if held { "good" } else { "ask" },
            holder: lease.holder,
        }
    }
}

fn lease_name(name: &str, sheets: &Sheets) -> String {
    if let Some(key) = name.strip_prefix(lease::AGENT) {
        return format!("Calls Citedy with the key {key}\u{2026}");
    }
    if name == notify::LEASE {
        return "Sends notifications".to_owned();
    }
    match name.strip_prefix(lease::SHEET) {
        Some(id) => {
            let title = sheets.get(id).map_or(id, |sheet| sheet.name(id));
            format!("Writes the sheet {title}")
        }
        None => name.to_owned(),
    }
}

/// An instance on this database.
pub struct InstanceRow {
    pub name: String,
    pub here: bool,
    pub version: String,
    pub started: Moment,
    pub told: Moment,
    /// What is left of the key's requests, while it drives one.
    pub budget: Option<String>,
}

impl InstanceRow {
    pub fn new(view: InstanceView, own: &str, now: DateTime<Utc>) -> Self {
        Self {
            here: view.name == own,
            budget: view.health.budget.map(|budget| {
                // A minute after its last request everything is there again.
                let left = match now - budget.at {
                    quiet if quiet >= TimeDelta::minutes(1) => budget.per_minute,
                    _ => budget.left,
                };
                let mut text = format!("{left} of {} a minute", budget.per_minute);
                if budget.per_minute < budget.configured {
                    text.push_str(&format!(
                        "; {} are configured, but Citedy asked to slow down",
                        budget.configured
                    ));
                }
                if budget.blocked_until > now {
                    let until = budget.blocked_until.format("%H:%M:%S");
                    text.push_str(&format!("; nothing is sent until {until}"));
                }
                text
            }),
            version: view.health.version,
            started: view.health.started_at.into(),
            told: view.told_at.into(),
            name: view.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::budget::RequestBudget;
    use crate::flow::health::InstanceHealth;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    fn row(budget: &RequestBudget, now: DateTime<Utc>, told_at: DateTime<Utc>) -> InstanceRow {
        let view = InstanceView {
            name: "one".into(),
            told_at,
            health: InstanceHealth {
                budget: Some(budget.view(told_at)),
                ..InstanceHealth::default()
            },
        };
        InstanceRow::new(view, "one", now)
    }

    #[test]
    fn what_is_left_of_the_budget_is_told_and_all_of_it_after_a_quiet_minute() {
        let mut budget = RequestBudget::new(60, now() - TimeDelta::minutes(5));
        budget.take(now());
        let left = |later| row(&budget, now() + TimeDelta::seconds(later), now()).budget;
        assert_eq!(left(5).as_deref(), Some("59 of 60 a minute"));
        assert_eq!(left(60).as_deref(), Some("60 of 60 a minute"));
        budget.refused(now(), TimeDelta::seconds(90));
        let refused = row(&budget, now(), now()).budget.expect("a budget");
        assert!(
            refused.starts_with("0 of 45 a minute; 60 are configured"),
            "{refused}"
        );
        assert!(refused.contains("nothing is sent until"), "{refused}");
    }

    #[test]
    fn a_lease_is_told_in_words() {
        let sheets = Sheets::from([(
            "1AbC".to_owned(),
            SheetHealth {
                title: "Campaign".into(),
                ..SheetHealth::default()
            },
        )]);
        let lease = |name: &str, seconds| LeaseView {
            name: name.to_owned(),
            holder: "two".into(),
            ends_in: TimeDelta::seconds(seconds),
            stop_seen: 0,
        };
        let row = LeaseRow::new(lease("sheet:1AbC", 9), &sheets, "one");
        assert_eq!(
            (row.what.as_str(), row.state),
            ("Writes the sheet Campaign", "held there")
        );
        let row = LeaseRow::new(lease("agent:0123456789ab", 0), &sheets, "two");
        assert!(row.what.contains("0123456789ab"));
        assert_eq!(row.tone, "ask");
    }
}
