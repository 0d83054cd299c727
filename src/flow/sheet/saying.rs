//! What a row says, and whether that is what a lead says.

use super::join::{JoinedRow, TabRead};
use crate::flow::ports::{Parsed, SheetLead};
use crate::lead::forgotten::refusal;
use crate::lead::{CompanyDomain, RawOptions, RequestOptions};

/// The row says what the lead was made of.
pub fn agrees(row: &JoinedRow, lead: &SheetLead) -> bool {
    match (&row.parsed, &lead.lead.domain) {
        (Some(Parsed::Good(domain, options)), Some(known)) => {
            domain.as_str() == known && *options == lead.lead.options
        }
        (Some(Parsed::Bad(_)), None) if lead.lead.forgotten_at.is_some() => {
            row.domain == lead.lead.input
        }
        (Some(Parsed::Bad(reason)), None) => {
            *reason == lead.lead.reason && row.domain == lead.lead.input.trim()
        }
        _ => false,
    }
}

pub fn raw_options(tab: &TabRead, row: usize) -> RawOptions {
    let input = &tab.columns.input;
    let text = |column: Option<usize>| {
        column
            .map(|column| tab.grid.cell(row, column).shown())
            .filter(|text| !text.is_empty())
            .map(std::borrow::Cow::into_owned)
    };
    RawOptions {
        icp: text(input.icp),
        buyer_roles: text(input.buyer_roles).into_iter().collect(),
        max_contacts: text(input.max_contacts),
        drafts: text(input.drafts),
        freshness_days: text(input.freshness_days),
    }
}

pub fn parse(domain: &str, options: &RawOptions) -> Parsed {
    let domain = match CompanyDomain::parse(domain) {
        Ok(domain) => domain,
        Err(error) => return Parsed::Bad(error.to_string()),
    };
    match RequestOptions::parse(options) {
        Ok(options) => Parsed::Good(domain, options),
        Err(error) => Parsed::Bad(error.to_string()),
    }
}

/// The usual case, cheaply: the row says letter by letter what its lead was made of, and has no
/// options.
pub fn unchanged(lead: &SheetLead, domain: &str, options: &RawOptions) -> Option<Parsed> {
    let view = &lead.lead;
    let plain = *options == RawOptions::default() && view.options == RequestOptions::default();
    if !plain || view.input.trim() != domain {
        return None;
    }
    let domain = CompanyDomain::from_stored(view.domain.clone()?).ok()?;
    Some(Parsed::Good(domain, RequestOptions::default()))
}

/// The row says the company that the lead is about, whatever its options.
pub fn same_domain(row: &JoinedRow, lead: &SheetLead) -> bool {
    match (&row.parsed, &lead.lead.domain) {
        (Some(Parsed::Good(domain, _)), Some(known)) => domain.as_str() == known,
        (Some(Parsed::Bad(_)), _) => row.domain == lead.lead.input.trim(),
        _ => false,
    }
}

/// What a lead and a row must have in common to be found for each other without an id.
pub fn lead_key(lead: &SheetLead) -> (String, String) {
    let view = &lead.lead;
    if let Some(domain) = &view.domain {
        return (domain.clone(), options_key(&view.options));
    }
    // Of a forgotten company, whatever became of it before.
    let forgotten = view.forgotten_at.map(refusal);
    let reason = forgotten.as_ref().unwrap_or(&view.reason);
    (view.input.trim().to_owned(), format!("bad: {reason}"))
}

pub fn row_key(row: &JoinedRow) -> Option<(String, String)> {
    match row.parsed.as_ref()? {
        Parsed::Good(domain, options) => Some((domain.as_str().to_owned(), options_key(options))),
        Parsed::Bad(reason) => Some((row.domain.clone(), format!("bad: {reason}"))),
    }
}

fn options_key(options: &RequestOptions) -> String {
    if *options == RequestOptions::default() {
        return String::new();
    }
    serde_json::to_string(options).unwrap_or_default()
}
