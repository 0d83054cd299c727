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
    match lost(body, &kept, "") {
        Some(message) => Err(Refusal::invalid(message)),
        None => Ok(parsed),
    }
}

fn lost(given: &Value, kept: &Value, path: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(name, value)| {
                // A field mask is a text of its own kind, which its type writes in another form.
                if name == "fields" && value.is_string() {
                    return None;
                }
                let Some(found) = kept.get(name) else {
                    let at = match path {
                        "" => String::new(),
                        path => format!(" at '{path}'"),
                    };
                    return Some(format!(
                        "Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find \
                         field."
                    ));
                };
                let dot = if path.is_empty() { "" } else { "." };
                lost(value, found, &format!("{path}{dot}{name}"))
            }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| lost(given, kept, &format!("{path}[{index}]"))),
        (Value::Number(given), Value::Number(kept)) => {
            let (given, kept) = (given.as_f64()?, kept.as_f64()?);
            // Colours are kept in half the bits.
            let close = (given - kept).abs() <= 1e-6 * given.abs().max(1.0);
            (!close).then(|| wrong_value(path, &given.to_string()))
        }
        (given, kept) if given == kept || given.is_null() => None,
        (given, _) => Some(wrong_value(path, &given.to_string())),
    }
}

fn wrong_value(path: &str, value: &str) -> String {
    format!("Invalid value at '{path}', {value}")
}
