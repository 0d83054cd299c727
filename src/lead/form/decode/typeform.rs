use serde_json::Value;

use super::{Decoded, MOST_ANSWERS, Unreadable, name_in, text};
use crate::lead::form::submission::{Answer, Hint, Submission};

pub fn decode(body: &Value) -> Result<Decoded, Unreadable> {
    if let Some(kind) = name_in(body, "event_type")
        && kind != "form_response"
    {
        return Ok(Decoded::Nothing("not a whole response"));
    }
    let response = body
        .get("form_response")
        .ok_or(Unreadable::Lacks("form_response"))?;
    // The token names the response; the event's id only names this one notice of it.
    let id = name_in(response, "token").or_else(|| name_in(body, "event_id"));
    let definitions = response.pointer("/definition/fields");
    let definitions = definitions.and_then(Value::as_array);
    let definitions = definitions.map_or(&[][..], Vec::as_slice);
    let given = response.get("answers").and_then(Value::as_array);
    let mut answers: Vec<Answer> = given
        .into_iter()
        .flatten()
        .take(MOST_ANSWERS)
        .map(|answer| read(answer, definitions))
        .collect();
    let hidden = response.get("hidden").and_then(Value::as_object);
    let hidden = hidden.into_iter().flatten();
    answers.extend(hidden.map(|(name, value)| Answer::new(name, text(value))));
    Ok(Decoded::Submissions(vec![Submission {
        id: Some(id.ok_or(Unreadable::Lacks("form_response.token"))?),
        answers,
    }]))
}

fn read(answer: &Value, definitions: &[Value]) -> Answer {
    let field = answer.get("field").unwrap_or(&Value::Null);
    let id = name_in(field, "id");
    let defined = definitions
        .iter()
        .find(|definition| id.is_some() && name_in(definition, "id") == id);
    let title = defined.and_then(|definition| name_in(definition, "title"));
    let kind = answer.get("type").and_then(Value::as_str);
    let value = kind.and_then(|kind| answer.get(kind));
    Answer {
        names: [id, name_in(field, "ref"), title]
            .into_iter()
            .flatten()
            .collect(),
        value: value.map(chosen).unwrap_or_default(),
        hint: match kind {
            Some("url") => Some(Hint::Website),
            Some("email") => Some(Hint::Email),
            _ => None,
        },
    }
}

/// A choice is an object with its label, and with what was typed instead.
fn chosen(value: &Value) -> String {
    let Value::Object(choice) = value else {
        return text(value);
    };
    let parts = ["label", "labels", "other"].into_iter();
    let parts = parts.filter_map(|name| choice.get(name)).map(text);
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
