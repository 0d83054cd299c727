use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use bytes::Bytes;

use super::answer::{self, Reply};
use super::body::{self, Fields, Kind};
use super::limits::Whose;
use crate::flow::intake::{Intake, IntakeRow, accept};
use crate::flow::ports::{Accepted, HoldRule, Source};
use crate::http::AppState;
use crate::http::access::{accepts_page, token};
use crate::http::problem::Problem;
use crate::lead::form::{Decoded, Form, Given, Provider, Refusal, Submission, decode};
use crate::lead::{CompanyDomain, RequestOptions};

/// HubSpot waits 5 s for an answer; whoever gets this one sends again.
const LONGEST_STORING: Duration = Duration::from_secs(4);
/// The same form from a browser within so many seconds is a second click.
const SAME_CLICK: i64 = 10 * 60;
const LONGEST_KEY: usize = 200;

/// What a post was read as.
struct Read {
    decoded: Decoded,
    /// Of an HTML form.
    fields: Option<Fields>,
}

/// 200 taken in, 303 or a page for browsers, 401 not believed, 413 too large, 429 too many, 503
/// not stored. Typeform switches off whatever answers 404 or 410, so it never gets those.
pub async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    let browser = is_browser(&request);
    match take(&request, payload, &state).await {
        Ok(answer) => answer,
        Err(problem) if browser => answer::problem(&problem),
        Err(problem) => problem.error_response(),
    }
}

/// A person's browser that posts an HTML form.
fn is_browser(request: &HttpRequest) -> bool {
    Kind::of(request.headers()) != Kind::Json && accepts_page(request.headers())
}

async fn take(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
) -> Result<HttpResponse, Problem> {
    let form = addressed(request, state)?;
    let now = Instant::now();
    let headers = request.headers();
    let bearer = token::given(headers);
    if bearer.is_none() && form.provider == Provider::Generic {
        let whose = Whose::address(form.id(), state.access.client(request));
        state.forms.count(whose, form.per_address_per_minute, now)?;
    }
    let body = body::read(payload).await?;
    let read = verified(request, form, bearer, body, state).await;
    let read = read.inspect_err(|problem| {
        tracing::warn!(form = form.id(), %problem, "a form's post was refused");
    })?;
    let fields = read.fields.as_ref();
    let robot = fields.and_then(|fields| body::value(fields, &form.honeypot));
    if robot.is_some_and(|value| !value.trim().is_empty()) {
        tracing::info!(
            form = form.id(),
            "a robot has filled in a form; nothing is stored"
        );
        return Ok(answer::taken(request, form, fields, &[]));
    }
    state
        .forms
        .count(Whose::Form(form.id()), form.per_minute, now)?;
    let submissions = match read.decoded {
        Decoded::Submissions(submissions) => submissions,
        Decoded::Nothing(why) => return Ok(answer::ignored(why)),
    };
    let rows = rows(request, form, fields, submissions, state)?;
    if rows.is_empty() {
        return Ok(answer::ignored("nothing that names a company"));
    }
    let accepted = store(state, form, rows).await?;
    let replies: Vec<Reply> = accepted.leads.iter().map(Reply::of).collect();
    Ok(answer::taken(request, form, fields, &replies))
}

/// The form that an address names.
fn addressed<'a>(request: &HttpRequest, state: &'a AppState) -> Result<&'a Form, Problem> {
    let rest = request.match_info().query("rest");
    let (provider, name) = rest.split_once('/').unwrap_or((rest, ""));
    let found = Provider::parse(provider);
    if request.method() != Method::POST {
        return Err(match found {
            Some(_) => Problem::OnlyPost,
            None => Problem::NotFound(format!("form {rest}")),
        });
    }
    let unknown = || format!("form {rest}; each needs a [[forms]] in warmsheet.toml");
    let form = found.and_then(|provider| state.forms.find(provider, name));
    form.ok_or_else(|| match found {
        Some(Provider::Typeform) => Problem::FormRefused(format!("there is no {}", unknown())),
        _ => Problem::NotFound(unknown()),
    })
}

impl super::Forms {
    pub fn count(&self, whose: Whose, most: u32, now: Instant) -> Result<(), Problem> {
        let mut limits = self
            .limits
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        limits
            .count(whose, most, now)
            .map_err(Problem::TooManyPosts)
    }
}

/// Checks who has sent the body, and only then reads it. A hidden field with the token is read of
/// a form that nobody signs.
async fn verified(
    request: &HttpRequest,
    form: &Form,
    bearer: Option<String>,
    body: Bytes,
    state: &AppState,
) -> Result<Read, Problem> {
    let refused = |refusal: Refusal| Problem::FormRefused(refusal.to_string());
    let headers = request.headers();
    let kind = Kind::of(headers);
    let token = bearer.or_else(|| token_in(request.query_string()));
    if form.provider == Provider::Generic && kind != Kind::Json {
        let fields = body::fields(kind, headers, body).await?;
        let hidden = body::value(&fields, body::TOKEN).map(str::to_owned);
        let given = token.or(hidden);
        let post = form.key.admit(given.as_deref(), fields).map_err(refused)?;
        let fields = post.content();
        return Ok(Read {
            decoded: body::submission(fields, &form.honeypot, &form.key),
            fields: Some(fields.clone()),
        });
    }
    let uri = state.access.called(request);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = Given {
        method: request.method().as_str(),
        uri: &uri,
        header: &header,
        token: token.as_deref(),
        body,
    };
    let now = state.flow.clock.now();
    let post = form.key.verify(given, now).map_err(refused)?;
    let decoded = decode(form.provider, &form.key, &post);
    Ok(Read {
        decoded: decoded.map_err(|error| Problem::BadRequest(error.to_string()))?,
        fields: None,
    })
}

fn token_in(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "token")?;
    Some(token.into_owned())
}

fn rows(
    request: &HttpRequest,
    form: &Form,
    fields: Option<&Fields>,
    submissions: Vec<Submission>,
    state: &AppState,
) -> Result<Vec<IntakeRow>, Problem> {
    let named = post_name(request.headers(), form)?;
    let click = fields.filter(|_| is_browser(request)).map(|fields| {
        let bucket = state.flow.clock.now().timestamp().div_euclid(SAME_CLICK);
        let said = serde_json::to_vec(fields).unwrap_or_default();
        format!("click {bucket} {}", form.key.name_of(&said))
    });
    let many = submissions.len() > 1;
    let row = |(place, submission): (usize, &Submission)| {
        let mapped = form.mapping.read(submission, &form.defaults);
        let of_post = || match many {
            true => named.as_ref().map(|name| format!("{name} {place}")),
            false => named.clone(),
        };
        let id = submission.id.clone().map(|id| format!("id {id}"));
        let id = id.or_else(of_post).or_else(|| click.clone());
        let usable = mapped.refused.is_none()
            && CompanyDomain::parse(&mapped.domain).is_ok()
            && RequestOptions::parse(&mapped.options).is_ok();
        // Sent again once the mapping is mended, it is a lead after all.
        let id = id.map(|id| match usable {
            true => id,
            false => format!("{id}\u{1f}refused"),
        });
        IntakeRow {
            domain: mapped.domain,
            options: mapped.options,
            refused: mapped.refused,
            known_as: id.map(|id| format!("{}\u{1f}{id}", form.id())),
            deliver_to: form.deliver_to.clone(),
            ..IntakeRow::default()
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

/// What the sender calls this post, where nothing else names it.
fn post_name(headers: &HeaderMap, form: &Form) -> Result<Option<String>, Problem> {
    let key = headers.get("idempotency-key");
    let key = key.filter(|_| form.provider == Provider::Generic);
    let Some(key) = key else { return Ok(None) };
    let fits = |key: &&str| !key.is_empty() && key.len() <= LONGEST_KEY;
    let key = key.to_str().ok().filter(fits).ok_or_else(|| {
        Problem::BadRequest(format!(
            "an Idempotency-Key has 1 to {LONGEST_KEY} characters"
        ))
    })?;
    Ok(Some(format!("key {}", form.key.name_of(key.as_bytes()))))
}

async fn store(state: &AppState, form: &Form, rows: Vec<IntakeRow>) -> Result<Accepted, Problem> {
    let flow = &state.flow;
    let intake = Intake {
        source: Source::Form,
        source_name: form.id(),
        hold: match form.hold {
            true => HoldRule::Always,
            false => flow.limits.hold_rule(),
        },
        rows,
    };
    match tokio::time::timeout(LONGEST_STORING, accept(flow, intake)).await {
        Ok(Ok(accepted)) => Ok(accepted),
        Ok(stored) => Ok(stored?),
        Err(_) => Err(Problem::StoreUnavailable),
    }
}
