use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use bytes::Bytes;

use super::answer;
pub use super::answer::{Reply, Taken};
use super::body::{self, Fields, Kind};
use super::limits::Whose;
use super::rows::{Unusable, is_robots, rows};
use crate::flow::intake::{Intake, IntakeRow, accept};
use crate::flow::ports::{Accepted, HoldRule, Source};
use crate::http::AppState;
use crate::http::access::{accepts_page, token};
use crate::http::problem::Problem;
use crate::lead::form::{Decoded, Form, Given, Provider, Refusal, decode};

/// HubSpot waits 5 s for an answer; whoever gets this one sends again, and the post is known.
const LONGEST_STORING: Duration = Duration::from_secs(4);

/// What a post was read as.
struct Read {
    decoded: Decoded,
    /// Of an HTML form.
    fields: Option<Fields>,
    /// What was said, the same when it is sent again.
    said: Bytes,
}

/// Of both addresses, as the API's description tells them.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only described")]
enum PostAnswers {
    /// Stored, or stored before, or nothing to store
    #[response(status = 200)]
    Taken(Taken),
    /// Stored; a browser is sent to the page /thanks, or to where the form allows
    #[response(status = 303)]
    Thanked,
    /// Not what this provider sends
    #[response(status = 400)]
    Unreadable,
    /// The signature or the token does not fit
    #[response(status = 401)]
    Refused,
    /// From a foreign place
    #[response(status = 403)]
    Foreign,
    /// There is no such form
    #[response(status = 404)]
    Unknown,
    /// Larger than 1 MiB
    #[response(status = 413)]
    TooLarge,
    /// Too many posts of this form or from this address, or too many that were refused; see
    /// Retry-After
    #[response(status = 429)]
    TooMany,
    /// Not stored, or not yet: send it again later
    #[response(status = 503)]
    Later,
}

/// Takes the answers of a provider's main form.
#[utoipa::path(
    post,
    path = "/forms/{provider}",
    operation_id = "post_to_form",
    params(("provider" = String, Path,
        description = "tally, typeform, webflow, hubspot, standard or generic")),
    request_body(content = serde_json::Value, content_type = "application/json",
        description = "As the provider sends it; to `generic` also the fields of an HTML form, as \
            application/x-www-form-urlencoded or multipart/form-data. At most 1 MiB"),
    responses(PostAnswers),
    security(()),
)]
pub async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    answered(request, payload, state).await
}

/// Takes the answers of a provider's form that has a name of its own.
#[utoipa::path(
    post,
    path = "/forms/{provider}/{name}",
    operation_id = "post_to_named_form",
    params(
        ("provider" = String, Path,
            description = "tally, typeform, webflow, hubspot, standard or generic"),
        ("name" = String, Path, description = "The form\u{2019}s `name` in warmsheet.toml"),
    ),
    request_body(content = serde_json::Value, content_type = "application/json",
        description = "As for a provider\u{2019}s main form"),
    responses(PostAnswers),
    security(()),
)]
pub async fn receive_named(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    answered(request, payload, state).await
}

/// A page for browsers, JSON for programs. Typeform switches off whatever answers 404 or 410, so
/// it never gets those.
async fn answered(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let browser = is_browser(&request);
    match take(&request, payload, &state).await {
        Ok(answer) => answer,
        Err(problem) if browser => answer::problem(&problem),
        Err(problem) => problem.error_response(),
    }
}

/// A person's browser that posts an HTML form.
pub fn is_browser(request: &HttpRequest) -> bool {
    Kind::of(request.headers()) != Kind::Json && accepts_page(request.headers())
}

async fn take(
    request: &HttpRequest,
    payload: Payload,
    state: &AppState,
) -> Result<HttpResponse, Problem> {
    let form = addressed(request, state)?;
    let read = admitted(request, form, payload, state).await?;
    // A browser that posted a form's fields gets a page.
    let page = read.fields.as_ref().filter(|_| is_browser(request));
    let thanks = || match page {
        Some(fields) => answer::thanked(form, fields),
        None => answer::taken(Vec::new()),
    };
    let mut submissions = match read.decoded {
        Decoded::Submissions(submissions) => submissions,
        Decoded::Nothing(why) => return Ok(answer::ignored(why)),
    };
    let came = submissions.len();
    submissions.retain(|submission| !is_robots(form, read.fields.as_ref(), submission));
    if submissions.len() < came {
        tracing::info!(
            form = form.id(),
            "a robot has filled in a form; nothing of it is stored"
        );
        if submissions.is_empty() {
            return Ok(thanks());
        }
    }
    let rows = rows(request, form, &read.said, submissions, state)?;
    if rows.is_empty() {
        return Ok(answer::ignored("nothing that names a company"));
    }
    let unusable = rows.first().and_then(Unusable::of);
    let accepted = store(state, form, rows).await?;
    Ok(match (page, unusable) {
        (Some(fields), Some(why)) => answer::not_usable(form, fields, &why),
        // What can be read in a page's source is no leave to ask who was bought, or forgotten.
        (Some(_), None) => thanks(),
        (None, _) if is_public(request, form) => thanks(),
        (None, _) => answer::taken(accepted.leads.iter().map(Reply::of).collect()),
    })
}

/// Whether whoever sees a page may have sent this: its token came in the address or a field.
fn is_public(request: &HttpRequest, form: &Form) -> bool {
    form.provider == Provider::Generic && token::given(request.headers()).is_none()
}

/// Reads a post of somebody who may send it and does not send too much.
async fn admitted(
    request: &HttpRequest,
    form: &Form,
    payload: Payload,
    state: &AppState,
) -> Result<Read, Problem> {
    let forms = &state.forms;
    let address = state.access.client(request);
    forms.may_try(address, Instant::now())?;
    let bearer = token::given(request.headers());
    let by_header = bearer.is_some();
    if form.provider == Provider::Generic {
        let most = form.most_of_address(bearer.as_deref());
        let whose = Whose::address(form.id(), address);
        forms.count(whose, most, Instant::now())?;
    }
    let body = body::read(payload).await?;
    // Many that were let in before the first was refused must not all try.
    forms.may_try(address, Instant::now())?;
    let read = verified(request, form, bearer, body, state).await;
    let read = read.inspect_err(|problem| {
        let refused = matches!(problem, Problem::FormRefused(_));
        if refused && forms.refused(address, Instant::now()) {
            tracing::warn!(form = form.id(), %problem, "a form's post was refused");
        }
    })?;
    forms.count(Whose::Form(form.id()), form.per_minute, Instant::now())?;
    match &read.decoded {
        // What can stand in a page's source is no leave for a list.
        Decoded::Submissions(several)
            if several.len() > 1 && form.provider == Provider::Generic && !by_header =>
        {
            Err(Problem::BadRequest(
                "a post with ?token= is one lead; to send a list, send the token as \
                 Authorization: Bearer \u{2026}"
                    .to_owned(),
            ))
        }
        _ => Ok(read),
    }
}

/// The form that an address names, however its provider is spelt.
fn addressed<'a>(request: &HttpRequest, state: &'a AppState) -> Result<&'a Form, Problem> {
    let parts = request.match_info();
    let (provider, name) = match parts.get("provider") {
        Some(provider) => (provider, parts.get("name").unwrap_or_default()),
        None => {
            let rest = parts.query("rest").trim_start_matches('/');
            rest.split_once('/').unwrap_or((rest, ""))
        }
    };
    let provider = provider.to_ascii_lowercase();
    let found = Provider::parse(&provider);
    let is_typeforms = provider.starts_with(Provider::Typeform.as_str());
    let called = match name {
        "" => format!("form {provider}"),
        name => format!("form {provider}/{name}"),
    };
    if request.method() != Method::POST {
        return Err(match found.is_some() || is_typeforms {
            true => Problem::OnlyPost,
            false => Problem::NotFound(called),
        });
    }
    let form = found.and_then(|provider| state.forms.find(provider, name));
    form.ok_or_else(|| {
        let unknown = format!("{called}; each needs a [[forms]] in warmsheet.toml");
        match is_typeforms {
            true => Problem::FormRefused(format!("there is no {unknown}")),
            false => Problem::NotFound(unknown),
        }
    })
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
        if kind == Kind::UrlEncoded && body::is_json(&body) {
            form.key.admit(token.as_deref(), ()).map_err(refused)?;
            return Err(Problem::BadRequest(
                "the body is JSON but is not called so; send Content-Type: application/json"
                    .to_owned(),
            ));
        }
        let fields = body::fields(kind, headers, body).await?;
        let hidden = body::value(&fields, body::TOKEN).map(str::to_owned);
        let given = token.or(hidden);
        let post = form.key.admit(given.as_deref(), fields).map_err(refused)?;
        let fields = post.content();
        return Ok(Read {
            decoded: body::submission(fields, &form.honeypot, &state.forms.names),
            // Of a multipart body the boundary is another one each time.
            said: serde_json::to_vec(fields).unwrap_or_default().into(),
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
        body: body.clone(),
    };
    let now = state.flow.clock.now();
    let post = form.key.verify(given, now).map_err(refused)?;
    let decoded = decode(form.provider, &state.forms.names, &post);
    Ok(Read {
        decoded: decoded.map_err(|error| Problem::BadRequest(error.to_string()))?,
        fields: None,
        said: body,
    })
}

fn token_in(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "token")?;
    Some(token.into_owned())
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
        Ok(accepted) => Ok(accepted?),
        Err(_) => {
            let form = form.id();
            tracing::warn!(
                form,
                "a post could not be stored in time; its sender is to send it again"
            );
            Err(Problem::StillStoring)
        }
    }
}
