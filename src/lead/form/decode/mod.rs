//! What each provider's body says.

mod any;
mod hubspot;
mod tally;
mod typeform;
mod webflow;

use bytes::Bytes;
use serde_json::Value;

use super::Provider;
use super::key::Verified;
use super::names::PostNames;
use super::submission::Submission;
use crate::lead::json;

pub use any::ID_NAMES;

/// Submissions of one post; more are no form any more.
pub const MOST_SUBMISSIONS: usize = 1000;
/// Answers of one submission that are looked at; no form has more fields.
const MOST_ANSWERS: usize = 500;
/// A longer id is stored as a digest.
const LONGEST_ID: usize = 120;

/// What was found in a body.
#[derive(Debug)]
pub enum Decoded {
    Submissions(Vec<Submission>),
    /// A test or an event that is about something else: acknowledged, and nothing is stored.
    Nothing(&'static str),
}

/// Why a body says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the body is not JSON")]
    NotJson,
    #[error("the body has no {0}")]
    Lacks(&'static str),
    #[error("more than {MOST_SUBMISSIONS} submissions came in one post; send them in several")]
    TooMany,
}

/// Reads what a provider has sent as JSON.
pub fn decode(
    provider: Provider,
    names: &PostNames,
    post: &Verified<Bytes>,
) -> Result<Decoded, Unreadable> {
    let bytes = post.content();
    let body = json::read(bytes).map_err(|_| Unreadable::NotJson)?;
    // Whatever has no name of its own is known by all that it says.
    let digest = || Some(format!("sha256:{}", names.of(bytes)));
    let decoded = match provider {
        Provider::Tally => tally::decode(&body),
        Provider::Typeform => typeform::decode(&body),
        Provider::Webflow => webflow::decode(&body, digest),
        Provider::HubSpot => hubspot::decode(&body, digest),
        Provider::Standard => Ok(any::signed(&body, post.message_id())),
        Provider::Generic => any::unsigned(&body),
    }?;
    Ok(match decoded {
        Decoded::Submissions(all) if all.len() > MOST_SUBMISSIONS => {
            return Err(Unreadable::TooMany);
        }
        Decoded::Submissions(all) => Decoded::Submissions(
            all.into_iter()
                .map(|one| with_short_id(one, names))
                .collect(),
        ),
        nothing => nothing,
    })
}

fn with_short_id(submission: Submission, names: &PostNames) -> Submission {
    Submission {
        id: submission.id.map(|id| short_id(id, names)),
        ..submission
    }
}

/// An id as it can be stored, whatever it is.
pub fn short_id(id: String, names: &PostNames) -> String {
    if id.len() > LONGEST_ID || id.contains(char::is_control) || id.contains('@') {
        format!("sha256:{}", names.of(id.as_bytes()))
    } else {
        id
    }
}

/// A text, or a number as one; nothing where it is blank.
fn name_in(value: &Value, key: &str) -> Option<String> {
    value.get(key).map(text).filter(|t| !t.trim().is_empty())
}

/// A JSON value as the text that a person would have typed: several are separated by `; `.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Object(_) => String::new(),
        Value::Array(values) => {
            let texts = values.iter().map(text).filter(|t| !t.is_empty());
            texts.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
