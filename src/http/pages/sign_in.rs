//! In and out: the form that a browser gives the admin token in, and the ends of a sign-in.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, get, post};
use askama::Template;
use serde::Deserialize;

use super::own_path::own_path;
use super::page_form::{NoFields, PageForm};
use super::{AppState, PageError, Problem, assets, page, see_other};
use crate::http::access::session::LASTS;
use crate::http::access::{SIGN_IN, Visitor};

const WRONG: &str = "That is not the admin token of this service.";
const NOT_DONE: &str = "You are not signed in any more, so nothing was done. Sign in, open the page \
                        anew and send it again.";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    links: &'static assets::Links,
    csrf_token: String,
    /// Where to go once signed in.
    next: String,
    problem: Option<String>,
    /// How long a sign-in holds.
    days: i64,
}

/// Where a person wanted to go.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wish {
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SignInForm {
    token: String,
    next: String,
}

/// The form, unless nobody needs to sign in here or somebody has.
#[get("/sign-in")]
pub async fn show(
    request: HttpRequest,
    wish: Query<Wish>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let access = &state.access;
    let signed_in = access.session(&state.flow, request.headers()).await?;
    if signed_in.is_some() || !access.needs_token() {
        return Ok(see_other("/"));
    }
    let next = own_path(&wish.next);
    Ok(form(token(&state)?, next, StatusCode::OK, None)?)
}

/// Answers with the form again when the token is wrong, or comes too soon after wrong ones.
#[post("/sign-in")]
pub async fn sign_in(
    request: HttpRequest,
    sent: PageForm<SignInForm>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let PageForm(sent) = sent;
    let access = &state.access;
    let next = own_path(&sent.next);
    let given = sent.token.trim();
    if access.needs_token() && given.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let problem = "Type the admin token.".to_owned();
        return Ok(form(token(&state)?, next, status, Some(problem))?);
    }
    if let Err(problem) = access.try_token(&request, given) {
        return Ok(refused(token(&state)?, next, &problem, Some(WRONG))?);
    }
    let cookie = access.sign_in(&state.flow, request.headers()).await?;
    tracing::info!(address = %access.client(&request), "a browser has signed in");
    let answer = see_other(if next.is_empty() { "/" } else { next });
    match cookie {
        Some(cookie) => with_cookie(answer, &cookie),
        None => Ok(answer),
    }
}

/// Ends this browser's sign-in: its cookie is worth nothing from now on, whoever has kept it.
#[post("/sign-out")]
pub async fn sign_out(
    request: HttpRequest,
    _form: PageForm<NoFields>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    if let Some(session) = visitor.signed_in.id() {
        state.access.sign_out(&state.flow, session).await?;
    }
    signed_out(&state, &request)
}

/// Ends every sign-in, on every browser and instance.
#[post("/sign-out-everywhere")]
pub async fn sign_out_everywhere(
    request: HttpRequest,
    _form: PageForm<NoFields>,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let ended = state.access.sign_out_everywhere(&state.flow).await?;
    tracing::info!(ended, "every browser was signed out");
    signed_out(&state, &request)
}

/// Without a cookie, and without what the browser has kept of the pages.
fn signed_out(state: &AppState, request: &HttpRequest) -> Result<HttpResponse, PageError> {
    let cookie = state.access.no_cookie(request.headers());
    let mut answer = with_cookie(see_other(SIGN_IN), &cookie)?;
    let kept = (
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\""),
    );
    answer.headers_mut().insert(kept.0, kept.1);
    Ok(answer)
}

/// What the sign-in form carries.
fn token(state: &AppState) -> Result<String, Problem> {
    state.access.sign_in_token().ok_or(Problem::Internal)
}

/// The form in place of a page that needs a sign-in, at that page's own address. `wanted` is what
/// was asked for, as path and query; `None` if a form was sent.
pub fn asked(
    state: &AppState,
    wanted: Option<&str>,
    problem: &Problem,
) -> Result<HttpResponse, Problem> {
    let token = token(state)?;
    let next = own_path(wanted.unwrap_or_default());
    let why = wanted.is_none().then_some(NOT_DONE);
    refused(token, next, problem, why)
}

/// The form again. `why`: what is told of a missing or wrong token.
fn refused(
    csrf_token: String,
    next: &str,
    problem: &Problem,
    why: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let told = match problem {
        Problem::Unauthorized => why.map(str::to_owned),
        other => Some(super::view::sentence(&other.to_string())),
    };
    let mut answer = form(csrf_token, next, problem.status_code(), told)?;
    let of_problem = problem.error_response();
    for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
        if let Some(value) = of_problem.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    Ok(answer)
}

fn form(
    csrf_token: String,
    next: &str,
    status: StatusCode,
    problem: Option<String>,
) -> Result<HttpResponse, Problem> {
    let shown = SignInPage {
        links: assets::links(),
        csrf_token,
        next: next.to_owned(),
        problem,
        days: LASTS.num_days(),
    };
    page(status, &shown)
}

fn with_cookie(mut answer: HttpResponse, cookie: &str) -> Result<HttpResponse, PageError> {
    let cookie = HeaderValue::from_str(cookie).map_err(|_| Problem::Internal)?;
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
}
