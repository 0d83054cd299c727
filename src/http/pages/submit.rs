//! The form: paste domains or choose a file, choose options, preview, buy.

mod form;
mod list;
mod preview;
mod upload;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;

use super::banners::{self, Banner};
use super::options::icp_name;
use super::{AppState, Frame, PageError, PageForm, Problem, Visitor, page, see_other};
use crate::flow::Flow;
use crate::flow::guard::Guard;
use crate::flow::health::{SheetHealth, Sheets};
use crate::flow::intake::{Intake, accept};
use crate::flow::ports::{Accepted, Source};
use crate::flow::preview::{preview as preview_of, without_copies, without_paid_copies};
use crate::http::access::csrf_token;
use crate::http::filter::query;
use crate::http::server::LARGEST_BODY;
use crate::lead::BatchId;
use crate::lead::money::{counted, grouped};
use crate::lead::request::{BuyerRoles, Drafts, FreshnessDays, Icp, MaxContacts};
use form::MOST;
use form::SubmitForm;
use list::{carriable, read_list};
use upload::{LARGEST_FILE_MIB, base_name};

pub fn configure(config: &mut web::ServiceConfig) {
    let limits = web::FormConfig::default()
        .limit(LARGEST_BODY)
        .error_handler(|error, _| PageError::from(Problem::unreadable_form(error)).into());
    config.service(show).service(preview_form).service(
        web::scope("/submit")
            .app_data(limits)
            .route("", web::post().to(submit))
            .route("/edit", web::post().to(edit)),
    );
}

/// What is said above the form.
#[derive(Default)]
struct FormNote {
    /// What is wrong with it.
    problem: Option<String>,
    /// What was done to it.
    note: Option<String>,
}

impl FormNote {
    fn problem(text: String) -> Self {
        Self {
            problem: Some(text),
            ..Self::default()
        }
    }
}

#[derive(Template)]
#[template(path = "submit.html")]
struct SubmitPage {
    frame: Frame,
    banners: Vec<Banner>,
    told: FormNote,
    form: SubmitForm,
    /// How many rows of a file are carried along: "1,200 rows".
    carried: Option<String>,
    icps: Vec<IcpChoice>,
    /// Where the rows may go besides the downloads.
    sheets: Vec<SheetChoice>,
    /// Batches above this many wait for approval.
    approve_above: Option<String>,
    /// For how many days a report serves again.
    reuse_days: Option<i64>,
    most: String,
    bounds: Bounds,
}

/// What the fields take.
struct Bounds {
    file_mib: usize,
    buyer_roles: usize,
    max_contacts: Vec<String>,
    drafts: Vec<String>,
    /// The least and the most, days.
    freshness_days: (u16, u16),
}

impl Bounds {
    fn new() -> Self {
        Self {
            file_mib: LARGEST_FILE_MIB,
            buyer_roles: BuyerRoles::MOST,
            max_contacts: MaxContacts::all(),
            drafts: Drafts::all(),
            freshness_days: (FreshnessDays::LEAST, FreshnessDays::MOST),
        }
    }
}

/// A customer profile to choose.
struct IcpChoice {
    value: &'static str,
    name: &'static str,
}

impl IcpChoice {
    fn new(icp: Icp) -> Self {
        Self {
            value: icp.as_str(),
            name: icp_name(icp),
        }
    }
}

/// A connected spreadsheet.
struct SheetChoice {
    id: String,
    name: String,
}

fn sheet_choices(connected: &Sheets) -> Vec<SheetChoice> {
    let choice = |(id, sheet): (&String, &SheetHealth)| SheetChoice {
        id: id.clone(),
        name: sheet.name(id).to_owned(),
    };
    connected.iter().map(choice).collect()
}

/// The empty form, with an id that is used once.
#[get("/submit")]
async fn show(visitor: Visitor, state: Data<AppState>) -> Result<HttpResponse, PageError> {
    let form = SubmitForm::fresh();
    form_page(&state, &visitor, StatusCode::OK, form, FormNote::default()).await
}

async fn form_page(
    state: &AppState,
    visitor: &Visitor,
    status: StatusCode,
    form: SubmitForm,
    told: FormNote,
) -> Result<HttpResponse, PageError> {
    let flow = &state.flow;
    let guard = Guard::read(flow).await?;
    let carried = form.carried_rows();
    let shown = SubmitPage {
        frame: Frame::new("Submit domains", "submit", state, visitor),
        banners: banners::read(flow, &guard).await?,
        told,
        carried: (carried > 0).then(|| counted(carried as u64, "row", "rows")),
        form,
        icps: Icp::ALL.map(IcpChoice::new).into(),
        sheets: sheet_choices(&flow.health.sheets()),
        approve_above: flow
            .limits
            .approve_above
            .at_most()
            .map(|most| grouped(most.unsigned_abs())),
        reuse_days: flow.limits.reuse_for.map(|time| time.num_days()),
        most: grouped(MOST as u64),
        bounds: Bounds::new(),
    };
    Ok(kept_by_browser(page(status, &shown)?))
}

/// Holds nothing private. Kept by the browser, "back" shows the form that was sent, with the same
/// id, and sending that again buys nothing.
fn kept_by_browser(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("private, no-cache"),
    );
    answer
}

/// What would become of the form: nothing is stored, nothing bought.
#[post("/submit/preview")]
async fn preview_form(
    request: HttpRequest,
    body: Payload,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let allowed = |token: Option<&str>| csrf_token::check(&request, token);
    let upload = upload::read(request.headers(), body, allowed).await?;
    let mut form = upload.form;
    let again = |form, status, problem| {
        form_page(&state, &visitor, status, form, FormNote::problem(problem))
    };
    if let Some((status, problem)) = upload.refused {
        return again(form, status, problem).await;
    }
    if let Some(file) = upload.file {
        let name = file.name.clone();
        match read_list(&state, file).await? {
            Ok(rows) => form.carry(&name, rows),
            Err(problem) => return again(form, StatusCode::UNPROCESSABLE_ENTITY, problem).await,
        }
    } else if form.keep_file.is_none() {
        form.forget_file();
    }
    if form.form_id.is_empty() {
        form.form_id = SubmitForm::fresh().form_id;
    }
    let rows = form.rows(&state.flow.health.sheets());
    match rows.and_then(|rows| carriable(&form).map(|()| rows)) {
        Ok(rows) => Ok(kept_by_browser(
            preview::show(&state, &visitor, form, rows).await?,
        )),
        Err(problem) => again(form, StatusCode::UNPROCESSABLE_ENTITY, problem).await,
    }
}

/// The form again, as it was sent; with what was probably meant, if the button for that was pressed.
async fn edit(
    form: PageForm<SubmitForm>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let PageForm(mut form) = form;
    let mut told = FormNote::default();
    if form.mend.is_some() {
        let mended = form.mend();
        told.note = Some(format!(
            "{} changed to what was probably meant. Look through the list, then preview it again.",
            counted(mended as u64, "row was", "rows were")
        ));
    }
    form_page(&state, &visitor, StatusCode::OK, form, told).await
}

/// Takes in what was confirmed, and leads to its batch.
async fn submit(
    form: PageForm<SubmitForm>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let PageForm(form) = form;
    let connected = state.flow.health.sheets();
    let rows = match form.rows(&connected) {
        Ok(rows) => rows,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return form_page(&state, &visitor, status, form, FormNote::problem(problem)).await;
        }
    };
    let flow = &state.flow;
    let rows = match form.agreed() {
        Some(agreed) => {
            let now = preview_of(flow, &rows).await?;
            if !now.is_within(agreed) {
                return preview::show_again(&state, &visitor, form, rows, now).await;
            }
            without_copies(rows, &connected)
        }
        None => without_paid_copies(rows, &connected),
    };
    let intake = Intake {
        source: Source::Form,
        source_name: base_name(&form.file_name),
        hold: flow.limits.hold_rule(),
        rows,
    };
    let accepted = accept(flow, intake).await?;
    let batch = shown_batch(flow, &accepted).await?;
    let again = match accepted.known {
        0 => String::new(),
        known => known.to_string(),
    };
    let place = batch.map_or_else(|| "/".to_owned(), |batch| format!("/batches/{batch}"));
    Ok(see_other(&format!(
        "{place}{}",
        query(&[("again", &again)])
    )))
}

/// The new batch, or the one that this form became when it was sent first.
async fn shown_batch(flow: &Flow, accepted: &Accepted) -> Result<Option<BatchId>, PageError> {
    if let Some(batch) = &accepted.batch {
        return Ok(Some(batch.clone()));
    }
    let Some(first) = accepted.leads.first() else {
        return Ok(None);
    };
    let lead = flow.store.lead(&first.id).await?;
    Ok(lead.map(|lead| lead.batch))
}

#[cfg(test)]
mod tests;
