//! Who may come in. `Host` and `Origin` are checked always: without a token only this machine
//! is served, and a page of another site must not be able to make a browser on it spend
//! credits. With a token, every route but health, webhooks, static files and the sign-in page
//! needs it, or a session that was opened with it.

mod client;
pub mod csrf_token;
mod followers;
pub mod headers;
mod origin;
pub mod session;
pub mod slow_down;
pub mod token;
mod visitor;

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _};
use secrecy::SecretString;
use url::Url;

use super::AppState;
use super::pages::{FOLLOWS, PageError, sign_in};
use super::problem::Problem;
use crate::flow::Flow;
use crate::flow::ports::{Session, StoreError};
use client::Proxy;
pub use csrf_token::FormSecret;
use followers::Followers;
use slow_down::{Attempt, SlowDown};
pub use visitor::{SignedIn, Visitor};

/// Routes that prove themselves in their own way, or hold nothing worth protecting.
const OPEN: [&str; 4] = ["/health/", "/webhooks/", "/assets/", FORMS];
/// Posts of other people's forms: their pages are other sites, and each proves itself by signature
/// or token.
const FORMS: &str = "/forms/";
/// Where a visitor of such a form ends up.
const THANKS: &str = "/thanks";
/// Where a browser gives the token; the way in is open.
pub const SIGN_IN: &str = "/sign-in";

/// Who may come in, as it is set.
pub struct AccessConfig {
    /// `None`: only loopback is served.
    pub admin_token: Option<SecretString>,
    pub public_url: Option<Url>,
    /// Fly's proxy stands before us and says whom it speaks for.
    pub on_fly: bool,
}

/// Lets in whoever may come in.
pub struct Access {
    config: AccessConfig,
    /// What sessions of this admin token are known by.
    token_hash: Option<String>,
    form_secret: FormSecret,
    slow_down: Mutex<SlowDown>,
    followers: Followers,
}

impl Access {
    pub fn new(config: AccessConfig, form_secret: FormSecret) -> Self {
        Self {
            token_hash: config.admin_token.as_ref().map(session::token_hash),
            config,
            form_secret,
            slow_down: Mutex::default(),
            followers: Followers::default(),
        }
    }

    /// Whether a token must be given at all.
    pub fn needs_token(&self) -> bool {
        self.config.admin_token.is_some()
    }

    /// Where others reach this service, if that is set.
    pub fn public_url(&self) -> Option<&Url> {
        self.config.public_url.as_ref()
    }

    /// Compares a token that was given, unless its sender must wait.
    pub fn try_token(&self, request: &HttpRequest, given: &str) -> Result<(), Problem> {
        let Some(token) = &self.config.admin_token else {
            return Ok(());
        };
        let address = self.client(request);
        let tried = self
            .slow_down
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .attempt(address, Instant::now(), token::digest(given), || {
                token::is_same(given, token)
            });
        match tried {
            Attempt::Right => Ok(()),
            Attempt::Wrong => {
                tracing::warn!(%address, "a wrong admin token was given");
                Err(Problem::Unauthorized)
            }
            Attempt::TooSoon(left) => {
                let seconds = left.as_millis().div_ceil(1000);
                Err(Problem::TooManyTries(u64::try_from(seconds).unwrap_or(1)))
            }
        }
    }

    /// The address that a request comes from.
    pub fn client(&self, request: &HttpRequest) -> IpAddr {
        let proxy = match (self.config.on_fly, &self.config.public_url) {
            (true, _) => Proxy::Fly,
            (false, Some(_)) => Proxy::Nearby,
            (false, None) => Proxy::None,
        };
        client::address(request.headers(), request.peer_addr(), proxy)
    }

    /// The address of a request as its sender knows it.
    pub fn called(&self, request: &HttpRequest) -> String {
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        match &self.config.public_url {
            // A path of its own is taken off by the proxy in front.
            Some(public) => format!("{}{path}", public.as_str().trim_end_matches('/')),
            None => {
                let https = self.is_https(request.headers());
                let scheme = if https { "https" } else { "http" };
                let host = request.headers().get(header::HOST);
                let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
                format!("{scheme}://{host}{path}")
            }
        }
    }

    /// What the sign-in form carries: a token that is worth nothing anywhere else.
    pub fn sign_in_token(&self) -> Option<String> {
        self.form_secret.token(Some(csrf_token::SIGN_IN_FORM))
    }

    /// The session of a request's cookie, if it holds.
    pub async fn session(
        &self,
        flow: &Flow,
        headers: &HeaderMap,
    ) -> Result<Option<Session>, StoreError> {
        let claimed = session::claimed(headers, self.is_https(headers));
        let (Some(token_hash), Some(id)) = (&self.token_hash, claimed) else {
            return Ok(None);
        };
        if headers.contains_key(FOLLOWS)
            && let Some(session) = self.followers.session(flow, token_hash, &id).await?
        {
            return Ok(Some(session));
        }
        flow.store.session(&id, token_hash, flow.clock.now()).await
    }

    /// Ends one sign-in.
    pub async fn sign_out(&self, flow: &Flow, session: &str) -> Result<(), StoreError> {
        flow.store.end_session(session).await?;
        self.followers.forget().await;
        Ok(())
    }

    /// Ends every sign-in, on every browser and instance; answers how many there were.
    pub async fn sign_out_everywhere(&self, flow: &Flow) -> Result<u64, StoreError> {
        let ended = flow.store.end_sessions().await?;
        self.followers.forget().await;
        Ok(ended)
    }

    /// Every browser that is signed in, the newest first.
    pub async fn sessions(&self, flow: &Flow) -> Result<Vec<Session>, StoreError> {
        match &self.token_hash {
            Some(token_hash) => flow.store.sessions(token_hash, flow.clock.now()).await,
            None => Ok(Vec::new()),
        }
    }

    /// Signs a browser in; answers its `Set-Cookie`, if there is anything to sign in to.
    pub async fn sign_in(
        &self,
        flow: &Flow,
        headers: &HeaderMap,
    ) -> Result<Option<String>, StoreError> {
        let Some(token_hash) = &self.token_hash else {
            return Ok(None);
        };
        let secure = self.is_https(headers);
        // The one that this replaces would stay open until it expires.
        if let Some(before) = session::claimed(headers, secure) {
            self.sign_out(flow, &before).await?;
        }
        Ok(Some(
            session::open(flow, token_hash, headers, secure).await?,
        ))
    }

    /// The `Set-Cookie` that takes the cookie away.
    pub fn no_cookie(&self, headers: &HeaderMap) -> String {
        session::gone(self.is_https(headers))
    }

    fn is_https(&self, headers: &HeaderMap) -> bool {
        origin::is_https(headers, &self.config)
    }
}

/// The middleware around every route.
pub async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let admitted = match state_of(request.request()).cloned() {
        Ok(state) => admit(&request, &state)
            .await
            .map_err(|problem| refusal(&request, &state, problem)),
        Err(problem) => Err(problem.error_response()),
    };
    match admitted {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(answer) => Ok(request.into_response(answer).map_into_right_body()),
    }
}

async fn admit(request: &ServiceRequest, state: &AppState) -> Result<SignedIn, Problem> {
    let (path, headers, access) = (request.path(), request.headers(), &state.access);
    let open =
        path == SIGN_IN || path == THANKS || OPEN.iter().any(|prefix| path.starts_with(prefix));
    if !path.starts_with("/health/") {
        origin::check_host(headers, &access.config, open)?;
        if !path.starts_with(FORMS) {
            origin::check_origin(request.method(), headers, &access.config)?;
        }
    }
    if open || !access.needs_token() {
        return Ok(SignedIn::default());
    }
    if let Some(session) = access.session(&state.flow, headers).await? {
        return Ok(SignedIn::by(session));
    }
    let given = token::given(headers).ok_or(Problem::Unauthorized)?;
    access.try_token(request.request(), &given)?;
    Ok(SignedIn::default())
}

/// A problem for a program; for a person the form to sign in with, which leads back here, or a page
/// that says what is wrong.
fn refusal(request: &ServiceRequest, state: &AppState, problem: Problem) -> HttpResponse {
    if !accepts_page(request.headers()) {
        return problem.error_response();
    }
    if !matches!(problem, Problem::Unauthorized | Problem::TooManyTries(_)) {
        return PageError::from(problem).error_response();
    }
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let wanted = request.method().is_safe().then_some(path);
    sign_in::asked(state, wanted, &problem).unwrap_or_else(|problem| problem.error_response())
}

/// Whether a browser asks, for a person to read the answer.
pub(super) fn accepts_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn state_of(request: &HttpRequest) -> Result<&Data<AppState>, Problem> {
    request
        .app_data::<Data<AppState>>()
        .ok_or(Problem::Internal)
}
