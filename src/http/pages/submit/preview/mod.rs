//! What will become of a form, before anybody pays.

mod rows;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::form::{SubmitForm, suggestion};
use crate::flow::guard::WaitsFor;
use crate::flow::intake::IntakeRow;
use crate::flow::preview::{Preview, Today, preview};
use crate::http::pages::banners::{self, Banner};
use crate::http::pages::options::in_words;
use crate::http::pages::{AppState, Frame, PageError, Visitor, page};
use crate::lead::RequestOptions;
use crate::lead::money::{
    CREDITS_PER_RUN, counted, credits, credits_and_usd, credits_with_usd, grouped, usd,
};
use rows::{Places, Section, sections};

const CHANGED: &str = "Nothing was bought: since you looked, it has come to cost more, or to start at \
     once. This is how it stands now.";

/// The preview's page. Everything that confirming needs stands in it: nothing is kept here.
pub async fn show(
    state: &AppState,
    visitor: &Visitor,
    form: SubmitForm,
    rows: Vec<IntakeRow>,
) -> Result<HttpResponse, PageError> {
    let preview = preview(&state.flow, &rows).await?;
    show_read(state, visitor, form, rows, (preview, None)).await
}

/// The same for a preview that was confirmed and is not what was agreed to any more.
pub async fn show_again(
    state: &AppState,
    visitor: &Visitor,
    form: SubmitForm,
    rows: Vec<IntakeRow>,
    preview: Preview,
) -> Result<HttpResponse, PageError> {
    show_read(state, visitor, form, rows, (preview, Some(CHANGED))).await
}

async fn show_read(
    state: &AppState,
    visitor: &Visitor,
    form: SubmitForm,
    rows: Vec<IntakeRow>,
    (preview, note): (Preview, Option<&'static str>),
) -> Result<HttpResponse, PageError> {
    let flow = &state.flow;
    let places = Places {
        pasted: rows.len() - form.carried_rows(),
        rows: &rows,
    };
    let shown = PreviewPage {
        frame: Frame::new("Preview", "submit", state, visitor),
        banners: banners::read(flow, &preview.guard).await?,
        note,
        agreed: preview.agreed().to_string(),
        headline: headline(&preview),
        facts: facts(&preview),
        warnings: warnings(&preview, flow.limits.approve_above.at_most()),
        options: options_in_words(&form),
        confirm: confirm(&preview),
        mendable: mendable(&preview, &rows),
        sections: sections(&preview, &places),
        form,
    };
    let status = match note {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    Ok(page(status, &shown)?)
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    frame: Frame,
    banners: Vec<Banner>,
    /// Why it is shown once more.
    note: Option<&'static str>,
    /// Goes along with the confirmation.
    agreed: String,
    headline: String,
    facts: Vec<Fact>,
    /// What a person should know before they confirm.
    warnings: Vec<String>,
    /// The options that hold for all rows without their own.
    options: Option<String>,
    /// What confirming does; `None`: there is nothing to confirm.
    confirm: Option<String>,
    /// How many rows can become what was probably meant.
    mendable: Option<String>,
    sections: Vec<Section>,
    form: SubmitForm,
}

struct Fact {
    name: &'static str,
    value: String,
    /// Explains it.
    more: String,
}

impl Fact {
    fn new(name: &'static str, value: String, more: impl Into<String>) -> Self {
        let more = more.into();
        Self { name, value, more }
    }
}

fn reports(number: usize) -> String {
    counted(number as u64, "report", "reports")
}

fn priced(preview: &Preview) -> String {
    let at_most = preview.price().at_most();
    format!("{at_most}{}", credits_with_usd(preview.credits()))
}

fn headline(preview: &Preview) -> String {
    match (preview.bought.len(), preview.reused.len()) {
        (0, 0) => "Nothing of this can be used".to_owned(),
        (0, _) => "0 credits: stored reports serve all of it".to_owned(),
        (bought, _) => format!("{} for {}", reports(bought), priced(preview)),
    }
}

/// What the button says.
fn confirm(preview: &Preview) -> Option<String> {
    let bought = preview.bought.len();
    let reused = preview.reused.len() + preview.shared.len();
    if preview.is_empty() {
        return None;
    }
    Some(match bought {
        _ if preview.held => {
            let leads = bought + reused;
            format!(
                "Submit {} for approval (up to {})",
                grouped(leads as u64),
                credits_and_usd(preview.credits())
            )
        }
        0 => format!(
            "Take {} (0 credits)",
            counted(reused as u64, "reused report", "reused reports")
        ),
        _ => format!("Buy {} for {}", reports(bought), priced(preview)),
    })
}

fn facts(preview: &Preview) -> Vec<Fact> {
    let mut facts = Vec::new();
    let number = |rows: usize| grouped(rows as u64);
    if !preview.bought.is_empty() {
        let each = format!("{CREDITS_PER_RUN} credits each, {}", priced(preview));
        facts.push(Fact::new("New reports", number(preview.bought.len()), each));
    }
    let reused = preview.reused.len() + preview.shared.len();
    if reused > 0 {
        let more = "0 credits: the report is stored, or being bought already";
        facts.push(Fact::new("Reused", number(reused), more));
    }
    if !preview.copies.is_empty() {
        let more = "0 credits: left out, one report a company is enough";
        facts.push(Fact::new("Copies", number(preview.copies.len()), more));
    }
    if !preview.unusable.is_empty() {
        let more = "0 credits: see below why";
        facts.push(Fact::new(
            "Not usable",
            number(preview.unusable.len()),
            more,
        ));
    }
    if preview.is_empty() {
        return facts;
    }
    facts.extend(balance_after(preview));
    facts.extend(cap_after(preview));
    facts
}

fn balance_after(preview: &Preview) -> Option<Fact> {
    let balance = preview.balance?;
    let after = balance - preview.credits();
    if after < 0 {
        let missing = format!("{} too few for all of it", credits(-after));
        return Some(Fact::new("Balance now", credits(balance), missing));
    }
    Some(Fact::new("Balance after it", credits(after), usd(after)))
}

fn cap_after(preview: &Preview) -> Option<Fact> {
    let cap = preview.guard.daily_credits.at_most()?;
    let name = "Left of today\u{2019}s cap";
    Some(match preview.today() {
        Today::NoCap => return None,
        Today::Fits { left } => {
            let ahead = match preview.ahead {
                0 => String::new(),
                ahead => format!(", with {} queued before", grouped(ahead)),
            };
            Fact::new(
                name,
                credits(left),
                format!("of {} a day{ahead}", credits(cap)),
            )
        }
        Today::Beyond { today, finished } => {
            let beyond = format!(
                "goes beyond today\u{2019}s cap of {}: {} today, the rest from tomorrow, finished \
                 on {finished}",
                credits(cap),
                counted(today, "starts", "start"),
            );
            Fact::new(name, credits(0), beyond)
        }
        Today::Never => {
            let never = "the cap of a day is less than one report costs: nothing will start";
            Fact::new(name, credits(0), never)
        }
    })
}

/// Approval first, then pauses, then money.
fn warnings(preview: &Preview, approve_above: Option<i64>) -> Vec<String> {
    let mut warnings = Vec::new();
    if preview.is_empty() {
        return warnings;
    }
    if preview.held {
        let why = match (preview.guard.waits_for(), approve_above) {
            (WaitsFor::Restored, _) | (_, None) => "After a restore everything new".to_owned(),
            (_, Some(most)) => format!("More than {} at once", grouped(most.unsigned_abs())),
        };
        warnings.push(format!(
            "{why} waits for your approval: nothing is bought before you approve the batch on its \
             page or on the dashboard."
        ));
    }
    let stop = match preview.guard.waits_for() {
        WaitsFor::Turn | WaitsFor::Cap => None,
        WaitsFor::Pause => Some("Spending is paused: it is kept and starts once you resume."),
        WaitsFor::Restored => Some("Nothing starts before you resume after the restore."),
        WaitsFor::Moved => Some("This database was moved: nothing is bought with it any more."),
        WaitsFor::Balance => {
            Some("The balance is empty: it is kept and starts once it is topped up.")
        }
        WaitsFor::Key => {
            Some("The API key is refused: it is kept and starts once one is accepted.")
        }
    };
    warnings.extend(
        stop.filter(|_| !preview.bought.is_empty())
            .map(str::to_owned),
    );
    let missing = preview
        .balance
        .map_or(0, |balance| preview.credits() - balance);
    if missing > 0 {
        warnings.push(format!(
            "The balance does not suffice: {} are missing. What it is enough for starts, the rest \
             waits until it is topped up.",
            credits_with_usd(missing)
        ));
    }
    if preview.at_most && !preview.bought.is_empty() {
        warnings.push(
            "Citedy has not told yet whose key this is: stored reports may make it cheaper.".into(),
        );
    }
    warnings
}

fn mendable(preview: &Preview, rows: &[IntakeRow]) -> Option<String> {
    let places = preview
        .unusable
        .iter()
        .filter_map(|row| rows.get(row.place));
    let count = places
        .filter(|row| suggestion(&row.domain).is_some())
        .count();
    (count > 0).then(|| counted(count as u64, "suggested domain", "suggested domains"))
}

fn options_in_words(form: &SubmitForm) -> Option<String> {
    let options = RequestOptions::parse(&form.options()).ok()?;
    let mut words: Vec<String> = in_words(&options).into_iter().collect();
    if form.force.is_some() {
        words.push("new reports even for companies reported lately".to_owned());
    }
    (!words.is_empty()).then(|| words.join("; "))
}
