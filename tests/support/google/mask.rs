//! Field masks: which part of an answer was asked for.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A field mask of the forms `a,b(c,d),e/f` and `e.f`; a field without fields of its own is
/// asked for as a whole.
#[derive(Clone, Debug, Default)]
pub struct Mask(Vec<(String, Mask)>);

impl Mask {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut rest = text;
        let mask = list(&mut rest).filter(|_| rest.is_empty());
        mask.ok_or_else(|| {
            Refusal::invalid(format!(
                "Request contains an invalid argument. Invalid field selection {text}"
            ))
        })
    }

    /// Refuses fields that no answer has; `known` is an answer with all of them, and null where
    /// anything may follow.
    pub fn check(&self, known: &Value, way: &str) -> Result<(), Refusal> {
        let known = match known {
            Value::Array(items) => items.first().unwrap_or(&Value::Null),
            known => known,
        };
        let Value::Object(fields) = known else {
            return Ok(());
        };
        for (name, below) in self.0.iter().filter(|(name, _)| name != "*") {
            let here = format!("{way}{name}");
            let field = fields.get(name).ok_or_else(|| {
                Refusal::invalid(format!(
                    "Error expanding 'fields' parameter. Cannot find matching fields for path \
                     '{here}'."
                ))
            })?;
            below.check(field, &format!("{here}."))?;
        }
        Ok(())
    }

    /// Whether a path is asked for.
    pub fn asks_for(&self, path: &[&str]) -> bool {
        let [first, rest @ ..] = path else {
            return true;
        };
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|(name, below)| (name == first || name == "*") && below.asks_for(rest))
    }

    /// Leaves out of an answer what was not asked for.
    pub fn apply(&self, value: &Value) -> Value {
        if self.0.is_empty() {
            return value.clone();
        }
        match value {
            Value::Object(fields) => Value::Object(self.fields(fields)),
            Value::Array(items) => items.iter().map(|item| self.apply(item)).collect(),
            other => other.clone(),
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        fields
            .iter()
            .filter_map(|(name, value)| {
                let below: Vec<&Mask> = self
                    .0
                    .iter()
                    .filter(|(wanted, _)| wanted == name || wanted == "*")
                    .map(|(_, below)| below)
                    .collect();
                // A field may be named twice: `sheets.properties,sheets.data`.
                let together = match below.as_slice() {
                    [] => return None,
                    masks if masks.iter().any(|mask| mask.0.is_empty()) => Mask::default(),
                    masks => Mask(masks.iter().flat_map(|mask| mask.0.clone()).collect()),
                };
                Some((name.clone(), together.apply(value)))
            })
            .collect()
    }
}

fn list(rest: &mut &str) -> Option<Mask> {
    let mut entries = vec![entry(rest)?];
    while let Some(after) = rest.strip_prefix(',') {
        *rest = after;
        entries.push(entry(rest)?);
    }
    Some(Mask(entries))
}

fn entry(rest: &mut &str) -> Option<(String, Mask)> {
    let trimmed = rest.trim_start();
    let end = trimmed
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '*' && c != '_')
        .unwrap_or(trimmed.len());
    let (name, after) = trimmed.split_at(end);
    if name.is_empty() {
        return None;
    }
    *rest = after.trim_start();
    let below = if let Some(after) = rest.strip_prefix(['.', '/']) {
        *rest = after;
        Mask(vec![entry(rest)?])
    } else if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let inner = list(rest)?;
        *rest = rest.strip_prefix(')')?.trim_start();
        inner
    } else {
        Mask::default()
    };
    Some((name.to_owned(), below))
}
