use serde_json::Value;

use super::{Decoded, MOST_ANSWERS, Unreadable, name_in, text};
use crate::lead::form::submission::{Answer, Hint, Submission};

pub fn decode(body: &Value) -> Result<Decoded, Unreadable> {
    if let Some(kind) = name_in(body, "eventType")
        && kind != "FORM_RESPONSE"
    {
        return Ok(Decoded::Nothing("not a form response"));
    }
    let data = body.get("data").ok_or(Unreadable::Lacks("data"))?;
    let fields = data.get("fields").and_then(Value::as_array);
    let fields = fields.ok_or(Unreadable::Lacks("data.fields"))?;
    let id = name_in(data, "responseId").or_else(|| name_in(data, "submissionId"));
    Ok(Decoded::Submissions(vec![Submission {
        id: Some(id.ok_or(Unreadable::Lacks("data.responseId"))?),
        answers: fields.iter().take(MOST_ANSWERS).map(answer).collect(),
    }]))
}

fn answer(field: &Value) -> Answer {
    let names = ["key", "label"].into_iter();
    Answer {
        names: names.filter_map(|name| name_in(field, name)).collect(),
        value: field
            .get("value")
            .map(|value| chosen(field, value))
            .unwrap_or_default(),
        hint: match field.get("type").and_then(Value::as_str) {
            Some("INPUT_LINK") => Some(Hint::Website),
            Some("INPUT_EMAIL") => Some(Hint::Email),
            _ => None,
        },
    }
}

/// What was chosen is named by ids; the field's options tell what they read.
fn chosen(field: &Value, value: &Value) -> String {
    let options = field.get("options").and_then(Value::as_array);
    let Some(options) = options else {
        return text(value);
    };
    let read = |id: &Value| {
        let same = options.iter().find(|option| option.get("id") == Some(id));
        same.and_then(|option| name_in(option, "text"))
            .unwrap_or_else(|| text(id))
    };
    match value {
        Value::Array(ids) => ids.iter().map(read).collect::<Vec<_>>().join("; "),
        one => read(one),
    }
}
