//! How warm a lead is, and what a policy says of it.

use serde_json::Value;

use super::fields::Fields;
use super::shown::{Others, Room, Text};
use super::words::{Share, label};

const TOTALS: [&str; 7] = [
    "score",
    "total",
    "totalscore",
    "overall",
    "overallscore",
    "leadscore",
    "value",
];
const TIERS: [&str; 7] = [
    "tier",
    "grade",
    "band",
    "level",
    "rating",
    "temperature",
    "label",
];
pub const CONFIDENCES: [&str; 3] = ["confidence", "confidencescore", "certainty"];
const BREAKDOWNS: [&str; 6] = [
    "breakdown",
    "components",
    "factors",
    "parts",
    "subscores",
    "dimensions",
];
const PART_NAMES: [&str; 6] = ["name", "factor", "label", "key", "dimension", "component"];
const PART_VALUES: [&str; 5] = ["score", "value", "points", "total", "weight"];
const VERDICTS: [&str; 8] = [
    "allowed",
    "ok",
    "passed",
    "permitted",
    "compliant",
    "approved",
    "eligible",
    "value",
];
/// More are no breakdown that a person takes in at a glance.
const MOST_PARTS: usize = 20;
const REASONS: [&str; 6] = [
    "reason",
    "blockedreason",
    "message",
    "explanation",
    "summary",
    "rationale",
];

/// How well the company fits; all blank where nothing is scored.
#[derive(Default)]
pub struct Score {
    pub total: Option<String>,
    pub tier: Option<String>,
    pub confidence: Option<Share>,
    pub parts: Vec<Part>,
    pub others: Others,
}

/// One part that a score is made of.
pub struct Part {
    pub name: String,
    pub share: Share,
    /// As it came.
    pub points: String,
}

impl Score {
    pub fn read(value: &Value, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        let parts = fields.parts();
        Self {
            total: fields.badge(&TOTALS),
            tier: fields.badge(&TIERS).map(|tier| label(&tier)),
            confidence: fields.share(&CONFIDENCES),
            parts,
            others: fields.others(room),
        }
    }

    /// "Score 71 · Hot · Confidence 87 %"; what is not known is left out.
    pub fn in_short(&self) -> Option<String> {
        let total = self.total.as_ref().map(|total| format!("Score {total}"));
        let confidence = self.confidence.as_ref();
        let confidence = confidence.map(|share| format!("Confidence {}", share.text));
        let known: Vec<String> = [total, self.tier.clone(), confidence]
            .into_iter()
            .flatten()
            .collect();
        (!known.is_empty()).then(|| known.join(" \u{b7} "))
    }

    pub fn is_empty(&self) -> bool {
        self.total.is_none()
            && self.tier.is_none()
            && self.confidence.is_none()
            && self.parts.is_empty()
            && self.others.is_empty()
    }
}

impl Fields<'_> {
    /// The parts of a score, if every one of them is a name and a number.
    fn parts(&mut self) -> Vec<Part> {
        let read = |value: &Value| -> Option<Vec<Part>> {
            let is_short = |length| (1..=MOST_PARTS).contains(&length);
            match value {
                Value::Object(parts) if is_short(parts.len()) => parts
                    .iter()
                    .map(|(name, points)| Part::of(label(name), points))
                    .collect(),
                Value::Array(parts) if is_short(parts.len()) => {
                    parts.iter().map(Part::read).collect()
                }
                _ => None,
            }
        };
        self.find(&BREAKDOWNS, read).unwrap_or_default()
    }
}

impl Part {
    fn of(name: String, points: &Value) -> Option<Self> {
        let share = Share::of(points).filter(|_| points.is_number())?;
        Some(Self {
            name,
            share,
            points: points.to_string(),
        })
    }

    /// An entry of a list, if it says nothing besides its name and its points.
    fn read(value: &Value) -> Option<Self> {
        let mut fields = Fields::of(value);
        let name = fields.heading(&PART_NAMES)?;
        let points = fields.any(&PART_VALUES)?;
        let others = fields.others(&mut Room::default());
        others.is_empty().then(|| Self::of(label(&name), points))?
    }
}

/// What a policy allows, and why.
pub struct Policy {
    pub allowed: Option<bool>,
    pub reason: Option<Text>,
    pub others: Others,
}

impl Policy {
    pub fn read(value: &Value, room: &mut Room) -> Self {
        let mut fields = Fields::of(value);
        Self {
            allowed: fields.truth(&VERDICTS),
            reason: fields.text(room, &REASONS),
            others: fields.others(room),
        }
    }
}
