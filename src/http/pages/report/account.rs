//! The company that a report is about.

use serde_json::Value;

use super::fields::Fields;
use super::shown::{Others, Room, Text};

/// Names of a company, the best first.
const NAMES: [&str; 6] = [
    "name",
    "company",
    "companyname",
    "accountname",
    "displayname",
    "legalname",
];
const SUMMARIES: [&str; 5] = ["summary", "description", "about", "overview", "tagline"];

/// The company itself.
#[derive(Default)]
pub struct Account {
    pub name: Option<String>,
    pub summary: Option<Text>,
    pub others: Others,
}

impl Account {
    pub fn read(value: &Value, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        Self {
            name: fields.heading(&NAMES),
            summary: fields.text(room, &SUMMARIES),
            others: fields.others(room),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.summary.is_none() && self.others.is_empty()
    }
}
