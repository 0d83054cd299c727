//! From a run's result to flat rows, and from rows to the columns of a report.

use serde::{Deserialize, Serialize};

/// One flat value of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Empty,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
}

/// One row of a result: dotted keys with their values, in first-seen order, no key twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlatRow {
    pub cells: Vec<(String, Cell)>,
}

/// Which keys stand in which column of one report, and where the values of each row shape go.
#[derive(Debug, Clone, Default)]
pub struct Layout {}

pub fn result_rows(_: &str, _: Option<&serde_json::Value>, _: Option<&str>, _: Option<&str>) -> Vec<FlatRow> { Vec::new() }
