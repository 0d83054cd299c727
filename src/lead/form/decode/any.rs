//! JSON of no agreed form: every value with the names that lead to it.

use serde_json::{Map, Value};

use super::{Decoded, MOST_ANSWERS, Unreadable, text};
use crate::lead::form::submission::{Answer, Submission};

/// How deep answers lie at most.
const DEEPEST: usize = 8;
/// Bytes; no form has a field with a longer name, and hundreds of answers below one would fill the memory.
const LONGEST_NAME: usize = 200;
/// Where the name of a field and its value stand in lists of them.
const NAMES: [&str; 8] = [
    "key", "id", "ref", "name", "field", "label", "title", "question",
];
const VALUES: [&str; 2] = ["value", "answer"];
/// The fields that name a post that nobody signs.
pub const ID_NAMES: [&str; 3] = ["externalid", "submissionid", "id"];

/// A signed body, whose message has an id.
pub fn signed(body: &Value, id: Option<&str>) -> Decoded {
    Decoded::Submissions(vec![Submission {
        id: id.map(str::to_owned),
        answers: answers_of(body),
    }])
}

/// One lead, a list of them, or `{"leads": [...]}`.
pub fn unsigned(body: &Value) -> Result<Decoded, Unreadable> {
    let all: &[Value] = match body {
        Value::Array(all) => all,
        Value::Object(one) => match one.get("leads") {
            Some(Value::Array(all)) => all,
            _ => std::slice::from_ref(body),
        },
        _ => return Err(Unreadable::Lacks("object with the fields of a lead")),
    };
    if all.is_empty() {
        return Err(Unreadable::Lacks("leads"));
    }
    let one = |value: &Value| Submission {
        id: value.as_object().and_then(own_id),
        answers: answers_of(value),
    };
    // A text in a list is a domain.
    let read = |value: &Value| match value {
        Value::String(domain) => Submission {
            id: None,
            answers: vec![Answer::new("domain", domain)],
        },
        other => one(other),
    };
    Ok(Decoded::Submissions(all.iter().map(read).collect()))
}

fn own_id(lead: &Map<String, Value>) -> Option<String> {
    let folded = |key: &String| crate::lead::headers::folded(key);
    ID_NAMES.iter().find_map(|name| {
        let (_, value) = lead.iter().find(|(key, _)| folded(key) == *name)?;
        Some(text(value)).filter(|id| !id.trim().is_empty())
    })
}

/// All answers in a JSON value.
pub fn answers_of(value: &Value) -> Vec<Answer> {
    let mut answers = Vec::new();
    collect(value, &mut Vec::new(), &mut answers);
    answers
}

fn collect(value: &Value, path: &mut Vec<String>, answers: &mut Vec<Answer>) {
    if path.len() > DEEPEST || answers.len() >= MOST_ANSWERS {
        return;
    }
    match value {
        Value::Object(object) => {
            if let Some(answer) = listed(object) {
                answers.push(answer);
                return;
            }
            for (key, inner) in object.iter().filter(|(key, _)| key.len() <= LONGEST_NAME) {
                path.push(key.clone());
                collect(inner, path, answers);
                path.pop();
            }
        }
        Value::Array(values) if values.iter().any(Value::is_object) => {
            for (place, inner) in values.iter().enumerate() {
                path.push(place.to_string());
                collect(inner, path, answers);
                path.pop();
            }
        }
        leaf => {
            let Some(name) = path.last() else { return };
            let mut names = vec![name.clone()];
            if path.len() > 1 {
                names.insert(0, path.join("."));
            }
            answers.push(Answer {
                names,
                value: text(leaf),
                hint: None,
            });
        }
    }
}

/// A field that is an object of its own: `{"label": "Website", "value": "acme.com"}`.
fn listed(object: &Map<String, Value>) -> Option<Answer> {
    let value = VALUES.iter().find_map(|name| object.get(*name))?;
    let names: Vec<String> = NAMES
        .iter()
        .filter_map(|name| object.get(*name).map(text))
        .filter(|name| !name.trim().is_empty() && name.len() <= LONGEST_NAME)
        .collect();
    (!names.is_empty()).then(|| Answer {
        names,
        value: text(value),
        hint: None,
    })
}
