//! The form: paste domains, choose options, send.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, get};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::banners::{self, Banner};
use super::view::query;
use super::{AppState, Frame, PageError, PageForm, Problem, Visitor, page, paste, see_other};
use crate::flow::guard::Guard;
use crate::flow::health::{SheetHealth, Sheets};
use crate::flow::intake::{Intake, IntakeRow, accept};
use crate::flow::ports::{Accepted, Source};
use crate::flow::{Flow, deliver_to};
use crate::lead::money::grouped;
use crate::lead::request::Icp;
use crate::lead::{RawOptions, RequestOptions};

/// Domains in one form.
const MOST: usize = 10_000;
/// The largest body: 10,000 of the longest domains, percent-encoded.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// The longest form id that is believed.
const LONGEST_FORM_ID: usize = 64;

pub fn configure(config: &mut web::ServiceConfig) {
    let limits = web::FormConfig::default()
        .limit(LARGEST_BODY)
        .error_handler(|error, _| {
            PageError::from(Problem::BadRequest(format!(
                "the form cannot be read: {error}"
            )))
            .into()
        });
    config.service(show).service(
        web::resource("/submit")
            .app_data(limits)
            .route(web::post().to(submit)),
    );
}

/// The form as sent; what is blank was left to Citedy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct SubmitForm {
    /// Random, one a shown form. The rows of one form are known by it, so that a double click
    /// or a reload buys nothing twice.
    form_id: String,
    domains: String,
    icp: String,
    buyer_roles: String,
    max_contacts: String,
    drafts: String,
    freshness_days: String,
    /// A connected spreadsheet that gets the rows as well.
    deliver_to: String,
    /// Ticked: no stored report serves.
    force: Option<String>,
}

impl SubmitForm {
    fn fresh() -> Self {
        Self {
            form_id: new_form_id(),
            ..Self::default()
        }
    }

    fn options(&self) -> RawOptions {
        RawOptions {
            icp: given(&self.icp),
            buyer_roles: given(&self.buyer_roles).into_iter().collect(),
            max_contacts: given(&self.max_contacts),
            drafts: given(&self.drafts),
            freshness_days: given(&self.freshness_days),
        }
    }

    /// The scope that this form's rows are known by.
    fn scope(&self) -> String {
        let id = self.form_id.trim();
        let believed = !id.is_empty() && id.len() <= LONGEST_FORM_ID;
        let id = if believed {
            id.to_owned()
        } else {
            new_form_id()
        };
        format!("form\u{1f}{id}")
    }

    /// The rows to take in, or what is wrong with the form as a whole.
    fn rows(&self, connected: &Sheets) -> Result<Vec<IntakeRow>, String> {
        let options = self.options();
        RequestOptions::parse(&options).map_err(|error| error.to_string())?;
        let deliver_to = given(&self.deliver_to);
        if let Some(text) = &deliver_to {
            deliver_to::parse(text, connected)
                .map_err(|reason| format!("Also write the rows to: {reason}"))?;
        }
        let pasted = paste::split(&self.domains);
        if pasted.is_empty() {
            return Err("Type or paste at least one company domain, like acme.com.".to_owned());
        }
        if pasted.len() > MOST {
            return Err(format!(
                "{} domains are too many for one form; {} are possible. Send the rest in another.",
                grouped(pasted.len() as u64),
                grouped(MOST as u64)
            ));
        }
        let scope = self.scope();
        let row = |pasted: paste::PastedRow| IntakeRow {
            domain: pasted.domain,
            options: options.clone(),
            row: Some(pasted.line),
            scope: Some(scope.clone()),
            external: None,
            deliver_to: deliver_to.clone(),
            force: self.force.is_some(),
        };
        Ok(pasted.into_iter().map(row).collect())
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn new_form_id() -> String {
    Uuid::new_v4().simple().to_string()
}

#[derive(Template)]
#[template(path = "submit.html")]
struct SubmitPage {
    frame: Frame,
    banners: Vec<Banner>,
    problem: Option<String>,
    form: SubmitForm,
    icps: Vec<IcpChoice>,
    /// Where the rows may go besides the downloads.
    sheets: Vec<SheetChoice>,
    /// Batches above this many wait for approval.
    approve_above: Option<String>,
    /// For how many days a report serves again.
    reuse_days: Option<i64>,
    most: String,
}

struct IcpChoice {
    value: &'static str,
    name: &'static str,
}

impl IcpChoice {
    fn new(icp: Icp) -> Self {
        let name = match icp {
            Icp::SeoGeoAgency => "SEO and GEO agency",
            Icp::ContentLedSaas => "Content-led SaaS",
            Icp::VerticalSaas => "Vertical SaaS",
        };
        Self {
            value: icp.as_str(),
            name,
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

#[get("/submit")]
async fn show(visitor: Visitor, state: Data<AppState>) -> Result<HttpResponse, PageError> {
    let form = SubmitForm::fresh();
    form_page(&state, &visitor, StatusCode::OK, form, None).await
}

async fn form_page(
    state: &AppState,
    visitor: &Visitor,
    status: StatusCode,
    form: SubmitForm,
    problem: Option<String>,
) -> Result<HttpResponse, PageError> {
    let flow = &state.flow;
    let guard = Guard::read(flow).await?;
    let shown = SubmitPage {
        frame: Frame::new("Submit domains", "submit", state, visitor),
        banners: banners::read(flow, &guard).await?,
        problem,
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
    };
    let mut answer = page(status, &shown)?;
    // Holds nothing private. Kept by the browser, "back" shows the form that was sent, with the
    // same id, and sending that again buys nothing.
    answer.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("private, no-cache"),
    );
    Ok(answer)
}

async fn submit(
    form: PageForm<SubmitForm>,
    visitor: Visitor,
    state: Data<AppState>,
) -> Result<HttpResponse, PageError> {
    let PageForm(form) = form;
    let rows = match form.rows(&state.flow.health.sheets()) {
        Ok(rows) => rows,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return form_page(&state, &visitor, status, form, Some(problem)).await;
        }
    };
    let flow = &state.flow;
    let intake = Intake {
        source: Source::Form,
        source_name: String::new(),
        hold: flow.limits.hold_rule(),
        rows,
    };
    let accepted = accept(flow, intake).await?;
    let batch = shown_batch(flow, &accepted).await?;
    let again = match accepted.known {
        0 => String::new(),
        known => known.to_string(),
    };
    Ok(see_other(&format!(
        "/{}",
        query(&[("batch", &batch), ("again", &again)])
    )))
}

/// The new batch, or the one that this form became when it was sent first.
async fn shown_batch(flow: &Flow, accepted: &Accepted) -> Result<String, PageError> {
    if let Some(batch) = &accepted.batch {
        return Ok(batch.to_string());
    }
    let Some(first) = accepted.leads.first() else {
        return Ok(String::new());
    };
    let lead = flow.store.lead(&first.id).await?;
    Ok(lead.map_or_else(String::new, |lead| lead.batch.to_string()))
}

#[cfg(test)]
mod tests;
