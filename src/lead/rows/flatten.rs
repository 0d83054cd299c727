use serde_json::{Map, Value};

use super::{Cell, FlatRow, LEADING};

/// Objects nested deeper than this stay JSON in their cell.
const DEEPEST: usize = 16;

/// The rows of a run that has ended.
///
/// `exportRows` is a list of objects with unpublished keys: nested objects become dotted keys,
/// lists of simple values lines of one cell, everything else compact JSON. The contract does
/// not require `exportRows`: a completed run without them gets a row for each contact, else
/// one row of what there is, so that nothing paid for is invisible. A run that was blocked or
/// failed without a result gets one row that says so.
pub fn result_rows(
    run_status: &str,
    result: Option<&Value>,
    blocked_reason: Option<&str>,
    error_message: Option<&str>,
) -> Vec<FlatRow> {
    let given = result.and_then(|result| result.get("exportRows")?.as_array());
    if let Some(rows) = given.filter(|rows| !rows.is_empty()) {
        return rows.iter().map(flat_row).collect();
    }
    let reasons = [
        ("blocked_reason", blocked_reason),
        ("error_message", error_message),
    ];
    let ended_well = run_status == "completed";
    let mut rows = result.map(rows_of_result).unwrap_or_default();
    if rows.is_empty() || !ended_well {
        let mut row = Builder::default();
        row.put("status".to_owned(), Cell::Text(run_status.to_owned()));
        for (name, reason) in reasons {
            if let Some(reason) = reason {
                row.put(name.to_owned(), Cell::Text(reason.to_owned()));
            }
        }
        match rows.first_mut() {
            Some(first) => {
                for (key, cell) in std::mem::take(&mut first.cells) {
                    row.put(key, cell);
                }
                *first = row.done();
            }
            None => rows.push(row.done()),
        }
    }
    rows
}

fn flat_row(row: &Value) -> FlatRow {
    let mut flat = Builder::default();
    match row {
        Value::Object(map) => flat.object("", map, 0),
        other => flat.value("value", other, 0),
    }
    flat.done()
}

/// One row a contact, with the account before and the score behind; without contacts one row
/// of everything that is not a list of objects.
fn rows_of_result(result: &Value) -> Vec<FlatRow> {
    let part = |name: &str| result.get(name).and_then(Value::as_object);
    let contacts = result.get("contacts").and_then(Value::as_array);
    let row_with = |contact: Option<&Value>| {
        let mut row = Builder::default();
        if let Some(account) = part("account") {
            row.object("account", account, 0);
        }
        if let Some(contact) = contact {
            row.value("contact", contact, 0);
        }
        if let Some(scoring) = part("scoring") {
            row.object("scoring", scoring, 0);
        }
        if contact.is_none() {
            for name in ["signals", "drafts"] {
                if let Some(list) = result.get(name).filter(|list| !is_empty(list)) {
                    row.value(name, list, 0);
                }
            }
        }
        row.done()
    };
    let rows: Vec<FlatRow> = match contacts {
        Some(contacts) if !contacts.is_empty() => contacts
            .iter()
            .map(|contact| row_with(Some(contact)))
            .collect(),
        _ => vec![row_with(None)],
    };
    rows.into_iter()
        .filter(|row| !row.cells.is_empty())
        .collect()
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.is_null()
}

#[derive(Default)]
struct Builder {
    cells: Vec<(String, Cell)>,
}

impl Builder {
    fn object(&mut self, prefix: &str, map: &Map<String, Value>, depth: usize) {
        for (key, value) in map {
            let key = if key.trim().is_empty() {
                "(no name)"
            } else {
                key
            };
            let name = if prefix.is_empty() {
                key.to_owned()
            } else {
                format!("{prefix}.{key}")
            };
            self.value(&name, value, depth);
        }
    }

    fn value(&mut self, name: &str, value: &Value, depth: usize) {
        match value {
            Value::Object(map) if !map.is_empty() && depth < DEEPEST => {
                self.object(name, map, depth + 1);
            }
            other => self.put(name.to_owned(), cell(other)),
        }
    }

    /// No key stands twice and none takes the place of a leading column: what collides gets a
    /// name of its own instead of being lost.
    fn put(&mut self, key: String, cell: Cell) {
        let mut name = if LEADING.contains(&key.as_str()) {
            format!("result.{key}")
        } else {
            key.clone()
        };
        let mut number = 2;
        while self.cells.iter().any(|(known, _)| *known == name) {
            name = format!("{key} ({number})");
            number += 1;
        }
        self.cells.push((name, cell));
    }

    fn done(self) -> FlatRow {
        FlatRow { cells: self.cells }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(number) => Cell::Number(number.clone()),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(items) if items.iter().all(is_simple) => {
            Cell::Text(items.iter().map(simple_text).collect::<Vec<_>>().join("\n"))
        }
        other => Cell::Text(other.to_string()),
    }
}

fn is_simple(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn simple_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rows(result: Value) -> Vec<FlatRow> {
        result_rows("completed", Some(&result), None, None)
    }

    fn keys(row: &FlatRow) -> Vec<&str> {
        row.cells.iter().map(|(key, _)| key.as_str()).collect()
    }

    #[test]
    fn nesting_becomes_dotted_keys_and_lists_become_lines() {
        let rows = rows(json!({"exportRows": [{
            "name": "A", "score": {"total": 7, "parts": {"fit": 0.5}}, "tags": ["x", "y", 3],
            "links": [{"url": "u"}], "none": null, "yes": true, "empty": {}, "nobody": [],
        }]}));
        let row = &rows[0];
        assert_eq!(
            keys(row),
            [
                "name",
                "score.total",
                "score.parts.fit",
                "tags",
                "links",
                "none",
                "yes",
                "empty",
                "nobody"
            ]
        );
        assert_eq!(row.cells[1].1, Cell::Number(7.into()));
        assert_eq!(row.cells[3].1, Cell::Text("x\ny\n3".into()));
        assert_eq!(row.cells[4].1, Cell::Text(r#"[{"url":"u"}]"#.into()));
        assert_eq!(row.cells[5].1, Cell::Empty);
    }

    #[test]
    fn no_key_is_lost_by_colliding() {
        let rows =
            rows(json!({"exportRows": [{"a.b": 1, "a": {"b": 2}, "lead_id": "x", "": 3, " ": 4}]}));
        assert_eq!(
            keys(&rows[0]),
            [
                "a.b",
                "a.b (2)",
                "result.lead_id",
                "(no name)",
                "(no name) (2)"
            ]
        );
    }

    #[test]
    fn rows_that_are_no_objects_are_kept() {
        let rows = rows(json!({"exportRows": ["text", 5, null, ["a"]]}));
        assert_eq!(rows.len(), 4);
        assert_eq!(
            rows[0].cells,
            [("value".to_owned(), Cell::Text("text".into()))]
        );
    }

    #[test]
    fn without_export_rows_each_contact_is_a_row_with_its_account() {
        let rows = rows(json!({
            "account": {"name": "Acme"}, "scoring": {"total": 9},
            "contacts": [{"name": "A"}, {"name": "B"}],
        }));
        assert_eq!(rows.len(), 2);
        assert_eq!(
            keys(&rows[1]),
            ["account.name", "contact.name", "scoring.total"]
        );
    }

    #[test]
    fn nothing_paid_for_is_invisible() {
        for result in [
            None,
            Some(json!({})),
            Some(json!([])),
            Some(json!({"exportRows": {}})),
            Some(json!("x")),
        ] {
            for status in ["completed", "blocked", "failed"] {
                let rows = result_rows(status, result.as_ref(), None, None);
                assert_eq!(rows.len(), 1, "{status} {result:?}");
                assert!(!rows[0].cells.is_empty());
            }
        }
    }

    #[test]
    fn a_blocked_run_says_why_and_keeps_what_came_with_it() {
        let result = json!({"account": {"name": "Acme"}, "signals": [{"title": "s"}]});
        let rows = result_rows("blocked", Some(&result), Some("no evidence"), None);
        assert_eq!(
            keys(&rows[0]),
            ["status", "blocked_reason", "account.name", "signals"]
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[a-c.]{0,3}", inner), 0..6)
                    .prop_map(|pairs| pairs.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_result_gives_rows_whose_keys_are_all_different(rows in any_json(), status in "completed|blocked|failed") {
            let result = json!({"exportRows": rows.clone(), "contacts": rows});
            for row in result_rows(&status, Some(&result), None, None) {
                let mut seen = std::collections::HashSet::new();
                for (key, _) in &row.cells {
                    prop_assert!(seen.insert(key.clone()), "{key} twice");
                    prop_assert!(!LEADING.contains(&key.as_str()));
                }
            }
        }
    }
}
