//! What the sender of a post gets to hear.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;
use serde::Serialize;

use super::body::{self, Fields};
use super::rows::Unusable;
use crate::flow::ports::AcceptedLead;
use crate::http::pages::assets;
use crate::http::pages::sentence;
use crate::http::problem::Problem;
use crate::lead::form::Form;
use crate::lead::{LeadId, Status};

/// What became of one submission.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Reply {
    id: LeadId,
    status: Status,
    /// Why it is rejected; else it is not there.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
}

/// What became of a post.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Taken {
    leads: Vec<Reply>,
    /// Why nothing of it is stored, where that is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ignored: Option<&'static str>,
}

impl Reply {
    pub fn of(lead: &AcceptedLead) -> Self {
        Self {
            id: lead.id.clone(),
            status: lead.status,
            reason: lead.reason.clone(),
        }
    }
}

/// Thanks, and with words what to do where something is missing.
#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage<'a> {
    links: &'static assets::Links,
    title: &'a str,
    text: &'a str,
    /// What was typed, to be copied.
    typed: Vec<(&'a str, &'a str)>,
}

/// Taken in, for a program.
pub fn taken(replies: Vec<Reply>) -> HttpResponse {
    HttpResponse::Ok().json(Taken {
        leads: replies,
        ignored: None,
    })
}

/// The same for whoever filled in an HTML form.
pub fn thanked(form: &Form, fields: &Fields) -> HttpResponse {
    let wanted = body::value(fields, body::REDIRECT);
    let place = wanted.and_then(|wanted| form.redirects.allowed(wanted));
    // Relative, so that it fits behind a proxy that takes off a path of its own.
    let place = place.map_or_else(
        || {
            let depth = if form.name.is_empty() {
                "../"
            } else {
                "../../"
            };
            format!("{depth}thanks")
        },
        String::from,
    );
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, place))
        .finish()
}

/// A test, or what is about something else: all is well, and nothing is stored.
pub fn ignored(why: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(Taken {
        leads: Vec::new(),
        ignored: Some(why),
    })
}

/// `GET /thanks`: the same for everybody.
pub async fn thanks() -> HttpResponse {
    let text = "Your answers have arrived. You can close this page.";
    page(StatusCode::OK, "Thank you", text, Vec::new())
}

/// Why a browser's post was not taken.
pub fn problem(problem: &Problem) -> HttpResponse {
    let text = match problem {
        Problem::TooManyPosts(_) => {
            "Too many answers came at once. Wait a minute, go back and send yours again."
        }
        Problem::StillStoring => {
            "Storing your answers takes too long. Send them again in a moment: they count once."
        }
        Problem::StoreUnavailable | Problem::Internal => {
            "Your answers could not be stored. Go back and send them again in a moment."
        }
        Problem::TooLarge(_) => {
            "Your answers are too long. Go back, shorten them and send them again."
        }
        _ => {
            "This form is not set up correctly, so your answers were not taken. Please tell the owner of the page."
        }
    };
    let mut answer = page(problem.status_code(), "Not sent", text, Vec::new());
    if let Some(seconds) = problem.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

/// What the person has to type otherwise.
pub fn not_usable(form: &Form, fields: &Fields, why: &Unusable) -> HttpResponse {
    let company = "Go back and give your company\u{2019}s own website, such as acme.com, or your \
                   e-mail address at work. This is what you typed:";
    let (title, text) = match why {
        Unusable::Company => ("Which company is it?", company.to_owned()),
        Unusable::Options(problem) => (
            "Please look at your answers again",
            format!(
                "{} Go back and change that answer. This is what you typed:",
                sentence(problem)
            ),
        ),
    };
    let hidden = [body::TOKEN, body::REDIRECT, form.honeypot.as_str()];
    let shown = fields
        .iter()
        .filter(|(name, value)| !hidden.contains(&name.as_str()) && !value.is_empty());
    let typed = shown.map(|(name, value)| (name.as_str(), value.as_str()));
    page(StatusCode::BAD_REQUEST, title, &text, typed.collect())
}

fn page(status: StatusCode, title: &str, text: &str, typed: Vec<(&str, &str)>) -> HttpResponse {
    let page = ThanksPage {
        links: assets::links(),
        title,
        text,
        typed,
    };
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::Internal.error_response()
        }
    }
}
