//! The socket, and what a test may do to the stand-in.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;

use super::book::Book;
use super::call::{Call, Entry, Outcome, Recorded};
use super::faults::{Calls, Fault};
use super::refusal::Refusal;
use super::routes;
use super::state::State;
use super::tab::Tab;

/// More than Google takes, so that the stand-in itself refuses what is too large.
const LARGEST_READ: usize = 64 * 1024 * 1024;

/// A running stand-in for Google; dropping it stops it.
pub struct GoogleStandIn {
    state: Arc<Mutex<State>>,
    url: String,
    handle: ServerHandle,
}

impl GoogleStandIn {
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let data = Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(LARGEST_READ))
                .default_service(web::route().to(serve))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port");
        let url = format!("http://{}/", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        let google = Self { state, url, handle };
        google.state().token_uri = google.token_uri();
        google
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// `http://127.0.0.1:PORT/`, for both the Sheets and the Drive API.
    pub fn base_url(&self) -> &str {
        &self.url
    }

    pub fn token_uri(&self) -> String {
        format!("{}token", self.url)
    }

    /// Adds a spreadsheet that is shared with the service account.
    pub fn add_book(&self, id: &str, title: &str, tabs: Vec<Tab>) {
        let book = Book::new(id, title, tabs);
        self.state().books.insert(id.to_owned(), book);
    }

    /// Lets a person at a spreadsheet.
    pub fn book<T>(&self, id: &str, act: impl FnOnce(&mut Book) -> T) -> T {
        let mut state = self.state();
        let book = state.books.get_mut(id);
        act(book.unwrap_or_else(|| panic!("no spreadsheet is called {id}")))
    }

    /// Runs with the spreadsheet of the next write right before that write is applied; another
    /// one waits for the write after that.
    pub fn before_next_write(&self, hook: Box<dyn FnOnce(&mut Book) + Send>) {
        self.state().hooks.push_back(hook);
    }

    /// The next call to the Sheets or Drive API meets this fault, unless another waits before.
    pub fn fault(&self, fault: Fault) {
        self.fault_on(Calls::Any, fault);
    }

    /// The next call of this kind meets this fault, unless another waits before.
    pub fn fault_on(&self, calls: Calls, fault: Fault) {
        self.state().faults.push(calls, fault);
    }

    /// Calls to the Sheets and Drive API meet one of these faults, the same ones for the same
    /// seed and order of calls.
    pub fn set_random_faults(&self, seed: u64, rate: f64, faults: Vec<Fault>) {
        self.set_random_faults_on(Calls::Any, seed, rate, faults);
    }

    pub fn set_random_faults_on(&self, calls: Calls, seed: u64, rate: f64, faults: Vec<Fault>) {
        self.state().faults.at_random(calls, seed, rate, faults);
    }

    /// Nothing goes wrong from now on.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// How many faults still wait for their call.
    pub fn waiting_faults(&self) -> usize {
        self.state().faults.waiting()
    }

    /// Applies the writes of `Fault::ApplyLate`; answers the statuses that nobody saw.
    pub fn apply_late(&self) -> Vec<u16> {
        self.state().apply_late()
    }

    /// 60 reads and 60 writes a minute, as Google has it; off until then.
    pub fn enforce_quota(&self, enforce: bool) {
        self.state().enforce_quota = enforce;
    }

    /// How far the token endpoint's clock goes ahead of this machine's.
    pub fn set_clock_skew_seconds(&self, seconds: i64) {
        self.state().tokens.clock_skew = seconds;
    }

    pub fn set_token_seconds(&self, seconds: u64) {
        self.state().tokens.expires_in = seconds;
    }

    /// No token that was given holds any longer.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke();
    }

    /// Whether the Sheets API is switched off in the account's project.
    pub fn set_api_disabled(&self, disabled: bool) {
        self.state().sheets_disabled = disabled;
    }

    /// Whether the Drive API is switched off in the account's project.
    pub fn set_drive_disabled(&self, disabled: bool) {
        self.state().drive_disabled = disabled;
    }

    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    pub fn drive_reads(&self) -> u64 {
        self.state().drive_reads
    }

    /// How often a token was asked for.
    pub fn tokens(&self) -> u64 {
        self.state().tokens.count
    }

    /// Every call since the start or since the last `clear_requests`.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().journal.iter().map(Recorded::from).collect()
    }

    /// Forgets the calls, and counts from 0 again.
    pub fn clear_requests(&self) {
        let mut state = self.state();
        state.journal.clear();
        (state.reads, state.writes, state.drive_reads) = (0, 0, 0);
        state.tokens.count = 0;
    }
}

impl Drop for GoogleStandIn {
    fn drop(&mut self) {
        // The order is given at once; only waiting for its end takes a future.
        drop(self.handle.stop(false));
    }
}

/// A test that failed while it held the spreadsheet hides nothing from the next one.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(state: Data<Mutex<State>>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let outcome = {
        let mut state = lock(&state);
        let parsed = parsed(&body);
        let outcome = match call(&request, &body, parsed.clone()) {
            Some(call) => state.answer(&call),
            None => Outcome::Answer(404, Refusal::not_found().body()),
        };
        state.journal.push(Entry {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            body: parsed.unwrap_or_else(|_| Arc::new(String::from_utf8_lossy(&body).into())),
            status: outcome.status(),
        });
        outcome
    };
    respond(outcome).await
}

fn parsed(body: &Bytes) -> Result<Arc<Value>, String> {
    if body.is_empty() {
        return Ok(Arc::new(Value::Null));
    }
    serde_json::from_slice(body)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

fn call(request: &HttpRequest, body: &Bytes, parsed: Result<Arc<Value>, String>) -> Option<Call> {
    let (method, book) = routes::find(request.method().as_str(), request.uri().path())?;
    let form = || Err(String::from_utf8_lossy(body).into_owned());
    let body_or_form = if method == routes::Method::Token {
        form()
    } else {
        parsed
    };
    Some(Call {
        method,
        book,
        query: url::form_urlencoded::parse(request.query_string().as_bytes())
            .into_owned()
            .collect(),
        body: body_or_form,
        size: body.len(),
        token: request
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned),
    })
}

async fn respond(outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Answer(status, body) => answer(status).json(body),
        Outcome::RetryAfter(status, body, seconds) => answer(status)
            .insert_header(("retry-after", seconds.to_string()))
            .json(body),
        Outcome::Half(body) => {
            let text = body.to_string();
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            answer(200).content_type("application/json").body(half)
        }
        Outcome::Cut => answer(200).body(Cut),
        Outcome::Silence => std::future::pending().await,
    }
}

fn answer(status: u16) -> actix_web::HttpResponseBuilder {
    let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status)
}

/// A body that fails before its first byte: the server then closes the connection without
/// having sent anything.
struct Cut;

impl MessageBody for Cut {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(1)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("the connection is cut"))))
    }
}
