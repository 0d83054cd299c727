//! Rows for a result without `exportRows`: nothing that was paid for stays invisible.

use serde_json::{Map, Value};

use super::FlatRow;
use super::flatten::{Builder, Ending};

/// Parts of a result with a place of their own, or which the leading columns already show.
const PLACED: [&str; 7] = [
    "runId",
    "status",
    "account",
    "contacts",
    "scoring",
    "drafts",
    "exportRows",
];

/// One row a contact, each with the account's fields and all else; one row without contacts.
pub(super) fn rows(result: Option<&Value>, ending: &Ending) -> Vec<FlatRow> {
    let nothing = Map::new();
    let parts = match result {
        Some(Value::Object(parts)) => parts,
        Some(Value::Null) | None => &nothing,
        Some(other) => return vec![ended_row(ending, |row| row.add("result", other))],
    };
    match parts.get("contacts") {
        Some(Value::Array(contacts)) if !contacts.is_empty() => contacts
            .iter()
            .map(|contact| row(parts, Some(contact), ending))
            .collect(),
        other => vec![row(parts, other, ending)],
    }
}

fn row(parts: &Map<String, Value>, contact: Option<&Value>, ending: &Ending) -> FlatRow {
    ended_row(ending, |row| {
        add_part(row, "account", parts.get("account"));
        add_part(row, "contact", contact);
        add_part(row, "scoring", parts.get("scoring"));
        add_drafts(row, parts.get("drafts"));
        for (key, value) in parts {
            if !PLACED.contains(&key.as_str()) {
                add_part(row, key, Some(value));
            }
        }
        // A list was looked at before; anything else under this name is shown as it came.
        if let Some(odd) = parts.get("exportRows").filter(|rows| !rows.is_array()) {
            add_part(row, "exportRows", Some(odd));
        }
    })
}

/// Drafts may belong to contacts by keys that are not published, so every row carries all of
/// them, a column a field, rather than a guess at whose they are.
fn add_drafts(row: &mut Builder, drafts: Option<&Value>) {
    match drafts {
        Some(Value::Array(drafts)) if drafts.iter().all(Value::is_object) => {
            for (index, draft) in drafts.iter().enumerate() {
                add_part(row, &format!("drafts.{}", index + 1), Some(draft));
            }
        }
        other => add_part(row, "drafts", other),
    }
}

fn add_part(row: &mut Builder, key: &str, value: Option<&Value>) {
    let blank = match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(_) => false,
    };
    if let (Some(value), false) = (value, blank) {
        row.add(key, value);
    }
}

/// A row that begins with how the run ended, unless it completed and has more to show.
fn ended_row(ending: &Ending, fill: impl FnOnce(&mut Builder)) -> FlatRow {
    let mut row = Builder::default();
    if ending.run_status != "completed" {
        row.add("status", &ending.run_status.into());
    }
    let reasons = [
        ("blocked_reason", ending.blocked_reason),
        ("error_message", ending.error_message),
    ];
    for (key, reason) in reasons {
        if let Some(reason) = reason.filter(|reason| !reason.trim().is_empty()) {
            row.add(key, &reason.into());
        }
    }
    fill(&mut row);
    let row = row.done();
    if row.cells.is_empty() {
        let mut only_status = Builder::default();
        only_status.add("status", &ending.run_status.into());
        return only_status.done();
    }
    row
}
