//! Every row of every report, delivered exactly once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A run, and a row's position in its report, from 1.
pub type RowKey = (String, u64);

/// What a run's report has to deliver. One that brings no rows of its own is told in a row for
/// each contact, at least one.
pub fn of_run(run: &Value) -> Vec<RowKey> {
    let id = run["id"].as_str().unwrap_or_default();
    let count = |part: &str| run["result"][part].as_array().map_or(0, Vec::len);
    let rows = match count("exportRows") {
        0 => count("contacts").max(1),
        rows => rows,
    };
    (1..=rows as u64).map(|row| (id.to_owned(), row)).collect()
}

/// Rows that are missing, delivered twice or nobody's, at one destination.
pub fn differences(place: &str, due: &[RowKey], delivered: &[RowKey]) -> Vec<String> {
    let mut counts: BTreeMap<&RowKey, usize> = BTreeMap::new();
    for row in delivered {
        *counts.entry(row).or_default() += 1;
    }
    let due: BTreeSet<&RowKey> = due.iter().collect();
    let missing = due.iter().filter(|row| !counts.contains_key(**row));
    let missing = missing.map(|row| format!("{place}: {row:?} is missing"));
    let odd = counts.iter().filter_map(|(row, count)| {
        let known = due.contains(*row);
        let what = format!("{place}: {row:?} is there {count} times, and due: {known}");
        (!known || *count > 1).then_some(what)
    });
    missing.chain(odd).collect()
}

/// Run and position of each exported row.
pub fn exported(rows: &[Value]) -> Vec<RowKey> {
    let key = |row: &Value| {
        let run = row["run_id"].as_str().unwrap_or("no run").to_owned();
        (run, row["row"].as_u64().unwrap_or_default())
    };
    rows.iter().map(key).collect()
}

/// Texts that were changed on their way from a run's report into the export.
pub fn changed_texts(runs: &BTreeMap<String, Value>, exported: &[Value]) -> Vec<String> {
    let original = |row: &Value| {
        let run = runs.get(row["run_id"].as_str()?)?;
        let position = usize::try_from(row["row"].as_u64()?).ok()?.checked_sub(1)?;
        // Only such a row has no keys that must be renamed.
        let own = run["result"]["exportRows"].get(position)?.as_object()?;
        own.contains_key("company_domain").then(|| own.clone())
    };
    let differs = |row: &Value| {
        let own: Map<String, Value> = original(row)?;
        let (key, text) = own
            .iter()
            .find(|(key, value)| value.is_string() && row[key.as_str()] != **value)?;
        Some(format!(
            "{key} of {} became {}, was {text}",
            row["run_id"],
            row[key.as_str()]
        ))
    };
    exported.iter().filter_map(differs).collect()
}

#[test]
fn a_row_that_is_missing_or_there_twice_or_nobodys_is_a_difference() {
    let row = |number| ("run".to_owned(), number);
    let due = [row(1), row(2)];
    assert!(differences("here", &due, &due).is_empty());
    assert_eq!(differences("here", &due, &due[..1]).len(), 1);
    assert_eq!(
        differences("here", &due, &[row(1), row(2), row(2)]).len(),
        1
    );
    assert_eq!(
        differences("here", &due, &[row(1), row(2), row(3)]).len(),
        1
    );
}
