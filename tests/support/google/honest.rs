//! Holds a request against Google's own types: what they do not know, Google does not know.

use serde::Serialize;
use serde::de::Deserialize;
use serde_json::Value;

use super::refusal::Refusal;

/// Reads a body as one of Google's types, and refuses what got lost on the way.
pub fn read<'a, T: Deserialize<'a> + Serialize>(body: &'a Value) -> Result<T, Refusal> {
    let parsed = T::deserialize(body)
        .map_err(|error| Refusal::invalid(format!("Invalid JSON payload received. {error}")))?;
    let kept = serde_json::to_value(&parsed).expect("Google's types become JSON");
    match lost(body, &kept) {
        Some(lost) => Err(Refusal::invalid(lost.message())),
        None => Ok(parsed),
    }
}

/// What got lost, and the way to it, the last step first. The way is noted down only when
/// something is lost: bodies are large.
struct Lost {
    what: What,
    way: Vec<String>,
}

enum What {
    Name(String),
    Value(String),
}

impl Lost {
    fn below(mut self, step: String) -> Self {
        self.way.push(step);
        self
    }

    fn message(&self) -> String {
        let way: String = self.way.iter().rev().map(String::as_str).collect();
        let way = way.trim_start_matches('.');
        match &self.what {
            What::Value(value) => format!("Invalid value at '{way}', {value}"),
            What::Name(name) if way.is_empty() => format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
            ),
            What::Name(name) => format!(
                "Invalid JSON payload received. Unknown name \"{name}\" at '{way}': Cannot find \
                 field."
            ),
        }
    }
}

fn lost(given: &Value, kept: &Value) -> Option<Lost> {
    let here = |what| {
        Some(Lost {
            what,
            way: Vec::new(),
        })
    };
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            given.iter().find_map(|(name, value)| match kept.get(name) {
                _ if value.is_null() => None,
                // A field mask is a text of its own kind, which its type writes in another form.
                Some(_) if name == "fields" && value.is_string() => None,
                Some(found) => lost(value, found).map(|lost| lost.below(format!(".{name}"))),
                None => here(What::Name(name.clone())),
            })
        }
        (Value::Array(given), Value::Array(kept)) => {
            given
                .iter()
                .zip(kept)
                .enumerate()
                .find_map(|(index, (given, kept))| {
                    lost(given, kept).map(|lost| lost.below(format!("[{index}]")))
                })
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64()?, other.as_f64()?);
            // Colours are kept in half the bits.
            let close = (one - other).abs() <= 1e-6 * one.abs().max(1.0);
            if close {
                None
            } else {
                here(What::Value(given.to_string()))
            }
        }
        (given, kept) if given == kept || given.is_null() => None,
        (given, _) => here(What::Value(given.to_string())),
    }
}
