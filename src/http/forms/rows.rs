//! What a form's submissions ask for, and what they are known by, so that nothing that is sent
//! again is bought again.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use super::body::{self, Fields};
use crate::flow::intake::IntakeRow;
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::lead::form::{Answer, Form, PostNames, Provider, Submission};
use crate::lead::{CompanyDomain, RequestOptions};

/// The same contents without a name within so many seconds are a second click, or sent again by a
/// sender that heard nothing.
const SAME_POST: i64 = 10 * 60;
const LONGEST_KEY: usize = 200;

/// What is asked for, of every submission that could name a company.
pub fn rows(
    request: &HttpRequest,
    form: &Form,
    said: &[u8],
    submissions: Vec<Submission>,
    state: &AppState,
) -> Result<Vec<IntakeRow>, Problem> {
    let names = &state.forms.names;
    let named = match post_name(request.headers(), form, names)? {
        Some(named) => named,
        None => {
            let bucket = state.flow.clock.now().timestamp().div_euclid(SAME_POST);
            format!("said {bucket} {}", names.of(said))
        }
    };
    let many = submissions.len() > 1;
    let row = |(place, submission): (usize, &Submission)| {
        let mapped = form.mapping.read(submission, &form.defaults);
        let of_post = || match many {
            true => format!("{named} {place}"),
            false => named.clone(),
        };
        let id = submission.id.as_ref().map(|id| format!("id {id}"));
        let id = id.unwrap_or_else(of_post);
        let row = IntakeRow {
            domain: mapped.domain,
            options: mapped.options,
            refused: mapped.refused,
            deliver_to: form.deliver_to.clone(),
            ..IntakeRow::default()
        };
        let known_as = known_as(form, &row, &id);
        IntakeRow {
            known_as: Some(known_as),
            ..row
        }
    };
    // Of an app's events each is about one property, and most are about no company.
    let is_event = |submission: &Submission| {
        form.provider == Provider::HubSpot && submission.answers.len() == 1
    };
    let concerns =
        |submission: &Submission| !is_event(submission) || form.mapping.concerns(submission);
    let kept = submissions.iter().enumerate().filter(|(_, s)| concerns(s));
    Ok(kept.map(row).collect())
}

/// What of a submission cannot be used, for the person who typed it.
pub enum Unusable {
    /// Nothing in it names a company.
    Company,
    /// Why the other answers cannot be used.
    Options(String),
}

impl Unusable {
    /// `None`: everything can be used.
    pub fn of(row: &IntakeRow) -> Option<Self> {
        if row.refused.is_some() || CompanyDomain::parse(&row.domain).is_err() {
            return Some(Unusable::Company);
        }
        let error = RequestOptions::parse(&row.options).err()?;
        Some(Unusable::Options(error.to_string()))
    }
}

/// The name of a submission among all forms' leads.
fn known_as(form: &Form, row: &IntakeRow, id: &str) -> String {
    let form = form.id();
    match Unusable::of(row) {
        None => format!("{form}\u{1f}{id}"),
        // Sent again once the mapping is mended, it is a lead after all.
        Some(_) => format!("{form}\u{1f}{id}\u{1f}refused"),
    }
}

/// What the sender calls this post, where nothing else names it.
fn post_name(
    headers: &HeaderMap,
    form: &Form,
    names: &PostNames,
) -> Result<Option<String>, Problem> {
    let key = headers.get("idempotency-key");
    let key = key.filter(|_| form.provider == Provider::Generic);
    let Some(key) = key else { return Ok(None) };
    let fits = |key: &&str| !key.is_empty() && key.len() <= LONGEST_KEY;
    let key = key.to_str().ok().filter(fits).ok_or_else(|| {
        Problem::BadRequest(format!(
            "an Idempotency-Key has 1 to {LONGEST_KEY} characters"
        ))
    })?;
    Ok(Some(format!("key {}", names.of(key.as_bytes()))))
}

/// Whether the field is filled in that no person sees.
pub fn is_robots(form: &Form, fields: Option<&Fields>, submission: &Submission) -> bool {
    if form.provider != Provider::Generic {
        return false;
    }
    let named = |answer: &&Answer| answer.names.contains(&form.honeypot);
    let in_json = submission.answers.iter().filter(named);
    let in_json = in_json.map(|answer| answer.value.as_str());
    let in_html = fields.and_then(|fields| body::value(fields, &form.honeypot));
    in_json.chain(in_html).any(|value| !value.trim().is_empty())
}
