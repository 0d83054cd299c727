use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::flatten::DEEPEST;
use super::*;

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
fn without_export_rows_every_part_of_a_result_is_shown() {
    let rows = rows(json!({
        "runId": "r", "status": "completed", "account": {"name": "Acme"},
        "signals": [{"title": "s"}], "contacts": [{"name": "A"}, {"name": "B"}],
        "scoring": {"total": 9}, "drafts": [{"subject": "one"}, {"subject": "two"}],
        "policy": {"ok": true}, "counters": {}, "new": "part",
    }));
    assert_eq!(rows.len(), 2);
    assert_eq!(
        keys(&rows[1]),
        [
            "account.name",
            "contact.name",
            "scoring.total",
            "drafts.1.subject",
            "drafts.2.subject",
            "signals",
            "policy.ok",
            "new"
        ]
    );
}

#[test]
fn export_rows_with_nothing_in_them_or_of_another_kind_hide_nothing() {
    for (odd, shown) in [
        (json!([{}, null, {"a": " "}]), vec!["account.name"]),
        (json!({"a": 1}), vec!["account.name", "exportRows.a"]),
        (json!("later"), vec!["account.name", "exportRows"]),
    ] {
        let rows = rows(json!({"account": {"name": "Acme"}, "exportRows": odd}));
        assert_eq!(rows.len(), 1);
        assert_eq!(keys(&rows[0]), shown);
    }
    assert_eq!(keys(&rows(json!(["odd", "result"]))[0]), ["result"]);
}

#[test]
fn the_deepest_json_that_can_be_read_is_flattened() {
    let deep = format!(
        r#"{{"exportRows":[{}1{}]}}"#,
        r#"{"a":"#.repeat(120),
        "}".repeat(120)
    );
    let rows = rows(serde_json::from_str(&deep).unwrap());
    assert_eq!(keys(&rows[0]), [["a"; DEEPEST].join(".")]);
}

#[test]
fn a_row_is_never_missing() {
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
fn a_blocked_run_says_why_in_each_row_and_keeps_what_came_with_it() {
    let contacts = json!([{"name": "A"}, {"name": "B"}]);
    let result = json!({"account": {"name": "Acme"}, "contacts": contacts});
    let rows = result_rows("blocked", Some(&result), Some("no evidence"), None);
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(
            keys(row),
            ["status", "blocked_reason", "account.name", "contact.name"]
        );
    }
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
