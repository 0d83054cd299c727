//! Invented `exportRows`: one a contact. Which keys they have is not published and may differ
//! from run to run, so a base set is joined by a few others drawn for each run.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::people::Person;
use super::signals::Signal;
use super::{NOTE, company_name};
use crate::sandbox::request::StartRequest;

/// Probability of each of the keys that only some runs have.
const EXTRA_KEY: f64 = 0.4;

pub(super) fn invent(
    request: &StartRequest,
    signals: &[Signal],
    people: &[Person],
    random: &mut StdRng,
) -> Vec<Value> {
    let extras = extras(signals, random);
    people
        .iter()
        .zip(signals.iter().cycle())
        .enumerate()
        .map(|(index, (person, signal))| {
            let mut row = base(request, person, signal);
            if index < request.options.drafts {
                row.insert("draft_subject".to_owned(), json!(signal.subject()));
                row.insert("draft_body".to_owned(), json!(person.letter(signal)));
            }
            row.extend(extras.clone());
            Value::Object(row)
        })
        .collect()
}

fn base(request: &StartRequest, person: &Person, signal: &Signal) -> Map<String, Value> {
    let pairs = [
        ("company", json!(company_name(&request.normalized_domain))),
        ("company_domain", json!(request.normalized_domain)),
        ("contact_name", json!(person.name())),
        ("contact_role", json!(person.role())),
        ("contact_email", json!(person.email())),
        ("rationale", json!(person.rationale())),
        ("confidence", json!(person.confidence())),
        ("signal", json!(signal.title())),
        ("signal_date", json!(signal.date())),
        ("evidence_url", json!(signal.evidence_url())),
        ("note", json!(NOTE)),
    ];
    owned(pairs)
}

/// Keys and values that all rows of this run have beside the base set.
fn extras(signals: &[Signal], random: &mut StdRng) -> Map<String, Value> {
    let kinds: Vec<&str> = Signal::kinds(signals).collect();
    let strongest = signals.iter().map(Signal::strength).fold(0.0, f64::max);
    let candidates = [
        ("priority", json!(random.random_range(1..=5))),
        ("is_hiring", json!(kinds.contains(&"hiring"))),
        ("last_funding", Value::Null),
        ("signal_types", json!(kinds)),
        (
            "score",
            json!({"total": strongest, "parts": {"signals": kinds.len()}}),
        ),
        ("company_size", json!({"min": 50, "max": 200})),
        (
            "sources",
            json!([{"url": "https://example.com/source", "kind": "news"}]),
        ),
        ("next_step", json!("Invented: write within a week")),
    ];
    owned(candidates)
        .into_iter()
        .filter(|_| random.random_bool(EXTRA_KEY))
        .collect()
}

fn owned<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
