use serde_json::Value;

use super::any::answers_of;
use super::{Decoded, Unreadable, name_in};
use crate::lead::form::submission::Submission;

/// Webhooks of the API wrap what the older ones of the dashboard have at the top.
pub fn decode(
    body: &Value,
    digest: impl FnOnce() -> Option<String>,
) -> Result<Decoded, Unreadable> {
    if let Some(kind) = name_in(body, "triggerType")
        && kind != "form_submission"
    {
        return Ok(Decoded::Nothing("not a form submission"));
    }
    let payload = body.get("payload").unwrap_or(body);
    let data = payload.get("data").filter(|data| data.is_object());
    let data = data.ok_or(Unreadable::Lacks("payload.data"))?;
    let id = name_in(payload, "id").or_else(|| name_in(payload, "_id"));
    Ok(Decoded::Submissions(vec![Submission {
        id: id.or_else(digest),
        answers: answers_of(data),
    }]))
}
