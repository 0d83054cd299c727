use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Cell, FlatRow, LEADING, fallback};

/// Objects nested deeper than this stay JSON in their cell.
pub(super) const DEEPEST: usize = 16;
/// The name of a key that is empty or blank, so that its column has a header.
const UNNAMED: &str = "(no name)";

/// The rows of a run that has ended, at least one.
///
/// `exportRows` is a list of objects with unpublished keys: nested objects become dotted keys,
/// lists of simple values lines of one cell, everything else compact JSON. The contract does
/// not require `exportRows`: a run without them, or with nothing in them, gets rows made of
/// all else that came, so that nothing paid for is invisible.
pub fn result_rows(
    run_status: &str,
    result: Option<&Value>,
    blocked_reason: Option<&str>,
    error_message: Option<&str>,
) -> Vec<FlatRow> {
    let given = result.and_then(|result| result.get("exportRows")?.as_array());
    let rows: Vec<FlatRow> = given.into_iter().flatten().map(flat_row).collect();
    if rows.iter().any(says_something) {
        return rows;
    }
    let ending = Ending {
        run_status,
        blocked_reason,
        error_message,
    };
    fallback::rows(result, &ending)
}

/// How a run ended, as the API told it.
pub(super) struct Ending<'a> {
    pub run_status: &'a str,
    pub blocked_reason: Option<&'a str>,
    pub error_message: Option<&'a str>,
}

fn flat_row(row: &Value) -> FlatRow {
    let mut flat = Builder::default();
    match row {
        Value::Object(fields) => flat.add_fields(fields),
        other => flat.add("value", other),
    }
    flat.done()
}

fn says_something(row: &FlatRow) -> bool {
    row.cells.iter().any(|(_, cell)| match cell {
        Cell::Empty => false,
        Cell::Text(text) => !text.trim().is_empty(),
        Cell::Bool(_) | Cell::Number(_) => true,
    })
}

/// Collects the cells of a row under keys that stay unique.
#[derive(Default)]
pub(super) struct Builder {
    cells: Vec<(String, Cell<'static>)>,
    /// Names in use, and the number that the last namesake of each has got: thousands of keys
    /// may collide, and none is to try all numbers before it.
    taken: HashMap<String, usize>,
}

impl Builder {
    /// Adds every field under its own name.
    pub fn add_fields(&mut self, fields: &Map<String, Value>) {
        for (key, value) in fields {
            self.add(key, value);
        }
    }

    /// Adds a value; the fields of an object go under `key.field`.
    pub fn add(&mut self, key: &str, value: &Value) {
        self.flatten(named(key).to_owned(), value, 1);
    }

    pub fn done(self) -> FlatRow {
        FlatRow { cells: self.cells }
    }

    fn flatten(&mut self, key: String, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() && depth < DEEPEST => {
                for (field, value) in fields {
                    self.flatten(format!("{key}.{}", named(field)), value, depth + 1);
                }
            }
            other => self.put(key, cell(other)),
        }
    }

    /// No key stands twice and none takes the place of a leading column: what collides gets a
    /// name of its own instead of being lost.
    fn put(&mut self, key: String, cell: Cell<'static>) {
        let key = if LEADING.contains(&key.as_str()) {
            format!("result.{key}")
        } else {
            key
        };
        let mut unique = key.clone();
        while self.taken.contains_key(&unique) {
            let number = self.taken.entry(key.clone()).or_insert(1);
            *number += 1;
            unique = format!("{key} ({number})");
        }
        self.taken.insert(unique.clone(), 1);
        self.cells.push((unique, cell));
    }
}

fn named(key: &str) -> &str {
    if key.trim().is_empty() { UNNAMED } else { key }
}

fn cell(value: &Value) -> Cell<'static> {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(number) => Cell::Number(number.clone()),
        Value::String(text) => Cell::Text(text.clone().into()),
        Value::Array(items) if items.is_empty() => Cell::Empty,
        Value::Object(fields) if fields.is_empty() => Cell::Empty,
        Value::Array(items) if items.iter().all(is_simple) => Cell::Text(
            items
                .iter()
                .map(simple_text)
                .collect::<Vec<_>>()
                .join("\n")
                .into(),
        ),
        other => Cell::Text(other.to_string().into()),
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
