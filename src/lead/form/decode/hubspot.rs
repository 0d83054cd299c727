use serde_json::Value;

use super::any::answers_of;
use super::{Decoded, Unreadable, name_in, text};
use crate::lead::form::submission::{Answer, Submission};

/// A workflow posts one object with its properties; an app gets a list of events, each about one
/// property.
pub fn decode(
    body: &Value,
    digest: impl FnOnce() -> Option<String>,
) -> Result<Decoded, Unreadable> {
    if let Value::Array(events) = body {
        let changed: Vec<Submission> = events.iter().filter_map(event).collect();
        return Ok(if changed.is_empty() {
            Decoded::Nothing("no event about a property")
        } else {
            Decoded::Submissions(changed)
        });
    }
    if !body.is_object() {
        return Err(Unreadable::Lacks("properties"));
    }
    // An object that changes is another wish, so its own id would lose what comes later.
    let mut answers = Vec::new();
    match body.get("properties") {
        Some(Value::Object(properties)) => {
            for (name, value) in properties {
                let value = value.get("value").unwrap_or(value);
                answers.push(Answer::new(name, text(value)));
            }
        }
        _ => answers = answers_of(body),
    }
    Ok(Decoded::Submissions(vec![Submission {
        id: digest(),
        answers,
    }]))
}

/// HubSpot does not promise that an event's id is unique; with what it is about it is.
fn event(event: &Value) -> Option<Submission> {
    let name = name_in(event, "propertyName")?;
    let about = ["eventId", "subscriptionId", "objectId", "occurredAt"];
    let about = about.map(|part| name_in(event, part).unwrap_or_default());
    Some(Submission {
        id: Some(format!("{} {name}", about.join(" "))),
        answers: vec![Answer::new(
            name,
            event.get("propertyValue").map(text).unwrap_or_default(),
        )],
    })
}
