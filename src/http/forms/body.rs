//! A post's body: raw, and as the fields of an HTML form.

use actix_multipart::Multipart;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::http::problem::Problem;
use crate::lead::form::{Answer, Decoded, ID_NAMES, PostNames, Submission, short_id};
use crate::lead::headers::folded;

const LARGEST: usize = 1024 * 1024;
/// Fields that are looked at.
const MOST_FIELDS: usize = 500;

/// The fields of a form, in their order.
pub type Fields = Vec<(String, String)>;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    UrlEncoded,
    Multipart,
    /// Or whatever else; then reading it fails.
    Json,
}

impl Kind {
    pub fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Kind::UrlEncoded,
            "multipart/form-data" => Kind::Multipart,
            _ => Kind::Json,
        }
    }
}

/// The raw bytes, never more than the limit.
pub async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::BadRequest(error.to_string()))?;
        if body.len() + chunk.len() > LARGEST {
            return Err(Problem::TooLarge(
                "a form\u{2019}s post is at most 1 MiB".to_owned(),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The fields of an HTML form; files are left out.
pub async fn fields(kind: Kind, headers: &HeaderMap, body: Bytes) -> Result<Fields, Problem> {
    if kind == Kind::UrlEncoded {
        let pairs = url::form_urlencoded::parse(&body).take(MOST_FIELDS);
        return Ok(pairs
            .map(|(name, value)| (name.into(), value.into()))
            .collect());
    }
    let stream = futures_util::stream::once(async move { Ok::<Bytes, PayloadError>(body) });
    let mut parts = Multipart::new(headers, Box::pin(stream));
    let mut fields = Fields::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(Problem::unreadable_form)?;
        let name = part.name().unwrap_or_default().to_owned();
        let disposition = part.content_disposition();
        let is_file = disposition.is_some_and(|d| d.get_filename().is_some());
        let mut value = Vec::new();
        while let Some(chunk) = part.next().await {
            value.extend_from_slice(&chunk.map_err(Problem::unreadable_form)?);
        }
        if !is_file && fields.len() < MOST_FIELDS {
            fields.push((name, String::from_utf8_lossy(&value).into_owned()));
        }
    }
    Ok(fields)
}

/// Whether a body that is called URL-encoded is JSON: curl calls everything so. Browsers escape
/// both brackets.
pub fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The first value of a field.
pub fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().find(|(known, _)| known == name)?;
    Some(value.as_str())
}

/// Fields that steer the post and are no answers.
pub const TOKEN: &str = "token";
pub const REDIRECT: &str = "redirect";

/// What an HTML form says: one submission.
pub fn submission(fields: &Fields, honeypot: &str, names: &PostNames) -> Decoded {
    // A field `id` is the form's own as often as not, the same for every visitor.
    let of_ids = ID_NAMES.iter().filter(|name| **name != "id");
    let own_id = of_ids.into_iter().find_map(|wanted| {
        let (_, id) = fields.iter().find(|(name, _)| folded(name) == *wanted)?;
        Some(id.clone()).filter(|id| !id.trim().is_empty())
    });
    let is_answer = |name: &str| name != TOKEN && name != REDIRECT && name != honeypot;
    let mut answers: Vec<Answer> = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| is_answer(name)) {
        // Several choices have the same name.
        match answers.iter_mut().find(|answer| answer.names[0] == *name) {
            Some(answer) => {
                answer.value.push_str("; ");
                answer.value.push_str(value);
            }
            None => answers.push(Answer::new(name, value)),
        }
    }
    Decoded::Submissions(vec![Submission {
        id: own_id.map(|id| short_id(id, names)),
        answers,
    }])
}
