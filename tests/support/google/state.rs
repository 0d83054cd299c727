//! What the stand-in remembers, and how it answers a call.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::auth::{ACCOUNT, Tokens};
use super::book::Book;
use super::call::{Call, Entry, Outcome};
use super::faults::{Calls, Fault, Faults};
use super::mask::Mask;
use super::refusal::Refusal;
use super::routes::Method;
use super::{a1, answer, fields, metadata, requests, values};

const MINUTE: Duration = Duration::from_secs(60);
const PER_MINUTE: usize = 60;
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// What a person does right before a write arrives.
pub type Hook = Box<dyn FnOnce(&mut Book) + Send>;

/// Everything behind the lock.
#[derive(Default)]
pub struct State {
    pub books: HashMap<String, Book>,
    pub tokens: Tokens,
    pub token_uri: String,
    pub faults: Faults,
    pub hooks: VecDeque<Hook>,
    late: VecDeque<Call>,
    pub journal: Vec<Entry>,
    pub reads: u64,
    pub writes: u64,
    pub drive_reads: u64,
    pub enforce_quota: bool,
    recent: HashMap<&'static str, VecDeque<Instant>>,
    pub sheets_disabled: bool,
    pub drive_disabled: bool,
}

impl State {
    pub fn answer(&mut self, call: &Call) -> Outcome {
        let kind = call.method.calls();
        if kind != Calls::Tokens
            && let Err(refusal) = self.admit(call, kind)
        {
            return Outcome::refuse(&refusal);
        }
        let fault = self.faults.next(kind);
        match fault {
            None => self.done(call),
            Some(Fault::FailBeforeApply(code)) => Outcome::refuse(&Refusal::trouble(code, None)),
            Some(Fault::FailWithRetryAfter(code, seconds)) => {
                Outcome::refuse(&Refusal::trouble(code, Some(seconds)))
            }
            Some(Fault::LoseRequest) => Outcome::Cut,
            Some(Fault::Hang) => Outcome::Silence,
            Some(Fault::ApplyLate) => {
                self.late.push_back(call.clone());
                Outcome::Cut
            }
            Some(fault) => self.spoilt(call, fault),
        }
    }

    /// Does what is asked and spoils the answer.
    fn spoilt(&mut self, call: &Call, fault: Fault) -> Outcome {
        let done = self.done(call);
        match (fault, done) {
            (Fault::FailAfterApply(code), _) => Outcome::refuse(&Refusal::trouble(code, None)),
            (Fault::HangAfterApply, _) => Outcome::Silence,
            (Fault::Garbage, Outcome::Answer(200, answer)) => Outcome::Half(answer),
            (Fault::Garbage, refused) => refused,
            _ => Outcome::Cut,
        }
    }

    /// What Google looks at before it looks at the spreadsheet.
    fn admit(&mut self, call: &Call, kind: Calls) -> Result<(), Refusal> {
        let counter = match kind {
            Calls::Writes => &mut self.writes,
            Calls::Drive => &mut self.drive_reads,
            _ => &mut self.reads,
        };
        *counter += 1;
        if call.size > LARGEST_BODY {
            return Err(Refusal::too_large());
        }
        let scopes = call
            .token
            .as_deref()
            .and_then(|token| self.tokens.scopes(token))
            .ok_or_else(Refusal::unauthenticated)?;
        if !scopes.iter().any(|scope| allows(scope, kind)) {
            return Err(Refusal::out_of_scope());
        }
        if kind != Calls::Drive && self.sheets_disabled {
            return Err(Refusal::disabled("Google Sheets", "sheets"));
        }
        if kind == Calls::Drive && self.drive_disabled {
            return Err(Refusal::disabled("Google Drive", "drive"));
        }
        call.method.check_query(&call.query)?;
        match kind {
            Calls::Writes => self.within_quota("Write"),
            Calls::Reads => self.within_quota("Read"),
            _ => Ok(()),
        }
    }

    fn within_quota(&mut self, what: &'static str) -> Result<(), Refusal> {
        if !self.enforce_quota {
            return Ok(());
        }
        let recent = self.recent.entry(what).or_default();
        while recent.front().is_some_and(|at| at.elapsed() >= MINUTE) {
            recent.pop_front();
        }
        if recent.len() >= PER_MINUTE {
            return Err(Refusal::quota(what));
        }
        recent.push_back(Instant::now());
        Ok(())
    }

    fn done(&mut self, call: &Call) -> Outcome {
        if call.method == Method::Token {
            let form = call.body.as_ref().err().map_or("", String::as_str);
            return match self.tokens.grant(form, &self.token_uri) {
                Ok(token) => Outcome::Answer(200, token),
                Err(error) => Outcome::Answer(400, error),
            };
        }
        Outcome::of(self.perform(call))
    }

    fn perform(&mut self, call: &Call) -> Result<Value, Refusal> {
        let mask = call.parameter("fields").map(Mask::parse).transpose()?;
        if let Some(mask) = &mask {
            mask.check(&fields::known(&call.method), "")?;
        }
        let book = self
            .books
            .get_mut(&call.book)
            .ok_or_else(Refusal::not_found)?;
        let answer = if call.method.calls() == Calls::Writes {
            if let Some(hook) = self.hooks.pop_front() {
                hook(book);
            }
            book.may_write(ACCOUNT)?;
            let (changed, answer) = match call.method {
                Method::BatchUpdateValues => values::batch_update(book, call.json()?)?,
                _ => requests::batch_update(book, call.json()?, mask.as_ref())?,
            };
            *book = changed;
            answer
        } else {
            book.may_read(ACCOUNT)?;
            read(book, call, mask.as_ref())?
        };
        Ok(mask.map_or_else(|| answer.clone(), |mask| mask.apply(&answer)))
    }

    /// Does what was asked before its connection was cut; answers the statuses nobody saw.
    pub fn apply_late(&mut self) -> Vec<u16> {
        let late: Vec<Call> = self.late.drain(..).collect();
        late.iter().map(|call| self.done(call).status()).collect()
    }
}

fn allows(scope: &str, kind: Calls) -> bool {
    let Some(name) = scope.strip_prefix("https://www.googleapis.com/auth/") else {
        return false;
    };
    match (name, kind) {
        ("drive", _) => true,
        ("drive.readonly", kind) => kind != Calls::Writes,
        ("drive.metadata" | "drive.metadata.readonly", kind) => kind == Calls::Drive,
        ("spreadsheets", kind) => kind != Calls::Drive,
        ("spreadsheets.readonly", kind) => kind == Calls::Reads,
        _ => false,
    }
}

fn read(book: &Book, call: &Call, mask: Option<&Mask>) -> Result<Value, Refusal> {
    match &call.method {
        Method::Spreadsheet => {
            let ranges = call.parameters("ranges");
            let areas = ranges
                .iter()
                .map(|range| a1::find(book, range))
                .collect::<Result<Vec<_>, _>>()?;
            let asked = call.parameter("includeGridData") == Some("true");
            let data = answer::data_wanted(mask, &["sheets", "data"], asked);
            Ok(answer::spreadsheet(book, &areas, data))
        }
        Method::Values(range) => one_range(book, call, range),
        Method::BatchGet => {
            let ranges = call.parameters("ranges");
            let ranges = ranges
                .iter()
                .map(|range| one_range(book, call, range))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(json!({"spreadsheetId": book.id, "valueRanges": ranges}))
        }
        Method::BatchGetByDataFilter => values::by_filter(book, call.json()?),
        Method::Metadata(id) => book
            .metadata
            .iter()
            .find(|metadata| metadata.id.to_string() == *id)
            .map(metadata::shape)
            .ok_or_else(Refusal::not_found),
        // Drive answers kind, id, name and type unless it is asked for fields.
        _ => Ok(match mask {
            Some(_) => json!({
                "kind": "drive#file",
                "id": book.id,
                "name": book.title,
                "mimeType": "application/vnd.google-apps.spreadsheet",
                "version": book.version.to_string(),
            }),
            None => json!({
                "kind": "drive#file",
                "id": book.id,
                "name": book.title,
                "mimeType": "application/vnd.google-apps.spreadsheet",
            }),
        }),
    }
}

fn one_range(book: &Book, call: &Call, range: &str) -> Result<Value, Refusal> {
    let (index, area) = a1::find(book, range)?;
    let render = values::Render::read(call.parameter("valueRenderOption"))?;
    let columns = values::by_column(call.parameter("majorDimension"))?;
    Ok(values::value_range(
        &book.tabs[index],
        &area,
        render,
        columns,
    ))
}
