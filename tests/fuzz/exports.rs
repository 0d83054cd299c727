//! `exportRows` of any shape: nothing in them gets lost.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};
use warmsheet::lead::rows::{LEADING, result_rows};
use warmsheet::lead::{Cell, FlatRow, StoredCells};

use crate::run::fuzz;

const KEYS: [&str; 16] = [
    "company",
    "a",
    "a.b",
    "b",
    "b.c",
    "",
    " ",
    "(no name)",
    "(no name) (2)",
    "row",
    "lead_id",
    "result.row",
    "=1+1",
    "a (2)",
    "ключ",
    "Domain",
];

const TEXTS: [&str; 14] = [
    "",
    "Acme",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    " =1+1",
    "\t=1+1",
    "\r\n=1",
    "\0=1",
    "two\nlines",
    "a,\"b\";c",
    "https://acme.com",
    "=HYPERLINK(\"http://evil.example\")",
];

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        3 => prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => text,
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => fields(inner),
        ]
    })
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        4 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec((key, value), 0..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// Rows as promised, and now and then something else.
pub fn export_rows() -> impl Strategy<Value = Vec<Value>> {
    let row = prop_oneof![5 => fields(value()), 1 => value()];
    prop::collection::vec(row, 0..5)
}

/// The values at the ends of all branches, in their order; an empty list or object is one.
fn leaves<'v>(value: &'v Value, into: &mut Vec<&'v Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.values().for_each(|field| leaves(field, into));
        }
        other => into.push(other),
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items
            .iter()
            .any(|item| item.is_array() || item.is_object() || says_something(item)),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

/// Something that was said is somewhere in its cell.
fn is_told(leaf: &Value, cell: &Cell<'_>) -> bool {
    match (leaf, cell) {
        (Value::Null, Cell::Empty) => true,
        (Value::Bool(said), Cell::Bool(told)) => said == told,
        (Value::Number(said), Cell::Number(told)) => said == told,
        (Value::String(said), Cell::Text(told)) => said == told,
        (Value::Array(items), Cell::Text(told)) => items.iter().all(|item| match item {
            Value::String(said) => told.contains(said.as_str()) || told.contains(&item.to_string()),
            Value::Null => true,
            said => told.contains(&said.to_string()),
        }),
        (Value::Array(items), Cell::Empty) => items.is_empty(),
        (Value::Object(fields), Cell::Empty) => fields.is_empty(),
        _ => false,
    }
}

fn flattened(rows: &[Value], flat: &[FlatRow]) -> TestCaseResult {
    for (given, flat) in rows.iter().zip(flat) {
        let mut said = Vec::new();
        match given {
            // A row without anything is a row without cells.
            Value::Object(fields) if fields.is_empty() => {}
            other => leaves(other, &mut said),
        }
        prop_assert_eq!(said.len(), flat.cells.len());
        for (leaf, (key, cell)) in said.iter().zip(&flat.cells) {
            prop_assert!(is_told(leaf, cell), "{}: {} became {:?}", key, leaf, cell);
            prop_assert!(!key.trim().is_empty() && !LEADING.contains(&key.as_str()));
        }
        let mut keys: Vec<&String> = flat.cells.iter().map(|(key, _)| key).collect();
        keys.sort();
        prop_assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", keys);
    }
    Ok(())
}

#[test]
fn every_row_of_a_result_stays_a_row_and_every_value_stays_in_it() {
    fuzz("export_rows", 200, export_rows(), |rows| {
        let result = json!({"exportRows": rows});
        let flat = result_rows("completed", Some(&result), None, None);
        let says = |row: &FlatRow| {
            row.cells.iter().any(|(_, cell)| match cell {
                Cell::Text(text) => !text.trim().is_empty(),
                cell => *cell != Cell::Empty,
            })
        };
        prop_assert!(!flat.is_empty() && flat.iter().any(says));
        for row in &flat {
            let cells: Vec<Cell<'_>> = row.cells.iter().map(|(_, cell)| cell.clone()).collect();
            let stored = StoredCells::new(&cells).expect("JSON");
            prop_assert_eq!(stored.read().expect("cells"), cells);
        }
        // Where no row says anything, rows are made of all else that came.
        if rows.iter().any(says_something) {
            prop_assert_eq!(flat.len(), rows.len());
            flattened(&rows, &flat)?;
        }
        Ok(())
    });
}

#[test]
fn a_result_of_any_shape_has_a_row_to_show() {
    let result = prop_oneof![
        1 => value(),
        3 => (value(), value(), value(), export_rows()).prop_map(|(account, contacts, drafts, rows)| {
            json!({"account": account, "contacts": contacts, "drafts": drafts, "exportRows": rows})
        }),
    ];
    let status = prop::sample::select(vec!["completed", "blocked", "failed"]);
    let reason = prop::option::of(".{0,20}");
    fuzz(
        "results",
        150,
        (result, status, reason),
        |(result, status, reason)| {
            let rows = result_rows(status, Some(&result), reason.as_deref(), None);
            prop_assert!(rows.iter().any(|row| !row.cells.is_empty()));
            Ok(())
        },
    );
}

#[test]
fn thousands_of_keys_that_collide_take_no_time() {
    let blank =
        |number: u32| (0..17).map(move |bit| if number >> bit & 1 == 0 { ' ' } else { '\t' });
    let fields: Map<String, Value> = (0..30_000)
        .map(|number| (blank(number).collect(), Value::from(number)))
        .collect();
    let result = json!({"exportRows": [fields]});
    let begun = std::time::Instant::now();
    let flat = result_rows("completed", Some(&result), None, None);
    assert_eq!(flat[0].cells.len(), 30_000);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
