//! The sentences of a timeline.

use crate::flow::health::Sheets;
use crate::flow::ports::{LeadEvent, LeadView, LedgerEntry, Outcome};
use crate::flow::story::run_status_words;
use crate::http::pages::view::{origin, status_name};
use crate::lead::Status;
use crate::lead::money::credits_and_usd;

pub fn accepted(lead: &LeadView, sheets: &Sheets) -> String {
    let row = lead
        .row
        .map_or_else(String::new, |row| format!(", row {row}"));
    let from = origin(lead.source, &lead.source_name, sheets);
    format!("Accepted from {from}{row}")
}

/// That it came into this state; `before` is the state told before it.
pub fn state(
    status: Status,
    before: Option<Status>,
    event: &LeadEvent,
    lead: &LeadView,
    paid: Option<&LedgerEntry>,
) -> String {
    let because = |text: &str| match event.reason.as_str() {
        "" => text.to_owned(),
        reason => format!("{text}: {reason}"),
    };
    match status {
        Status::Queued => match before {
            Some(Status::Held) => "Approved".to_owned(),
            Some(Status::Cancelled) => "Approved after all".to_owned(),
            Some(Status::Starting) => because("Back in the queue"),
            Some(end) if end.is_end() || end == Status::Parked => {
                format!("Retried: attempt {}", event.attempt)
            }
            _ => because("Queued"),
        },
        Status::Starting => match paid.filter(|paid| paid.first_sent_at == event.at) {
            Some(paid) => sent(paid),
            None => "Sent to Citedy".to_owned(),
        },
        Status::Waiting if before == Some(Status::Parked) => "Looking at the run again".to_owned(),
        Status::Waiting => {
            let run = paid.and_then(|paid| paid.run_id.as_deref());
            run.map_or_else(
                || "Citedy accepted it".to_owned(),
                |run| format!("Citedy accepted it: run {run}"),
            )
        }
        Status::Reused => match &lead.reused_from {
            Some(from) if lead.attempt == event.attempt => {
                format!("Served from the report of {}, 0 credits", from.lead)
            }
            _ => "Served from a stored report, 0 credits".to_owned(),
        },
        Status::Held
        | Status::Completed
        | Status::Blocked
        | Status::Failed
        | Status::Rejected
        | Status::Parked
        | Status::Cancelled => because(status_name(status)),
    }
}

/// Of a paid call, with all sends of its key.
pub fn sent(paid: &LedgerEntry) -> String {
    let times = match paid.sent {
        ..=1 => String::new(),
        2 => ", key sent twice".to_owned(),
        more => format!(", key sent {more} times"),
    };
    let refused = match paid.refusals {
        ..=0 => String::new(),
        1 => ", of which one was refused".to_owned(),
        more => format!(", of which {more} were refused"),
    };
    format!("Sent to Citedy (attempt {}{times}{refused})", paid.attempt)
}

pub fn look(run_status: &str, event: &LeadEvent) -> String {
    let looked = match event.times {
        ..=1 => "Looked".to_owned(),
        2 => "Looked twice".to_owned(),
        more => format!("Looked {more} times"),
    };
    if !event.reason.is_empty() {
        return format!("{looked}, no answer: {}", event.reason);
    }
    let words = run_status_words(Some(run_status).filter(|word| !word.is_empty()));
    format!("{looked}: {}", words.to_lowercase())
}

pub fn delivered(destination: &str, sheets: &Sheets) -> String {
    match destination.split_once(':') {
        Some(("folder", list)) => format!("Delivered to {list}"),
        Some(("sheet", id)) => {
            let name = sheets.get(id).map_or(id, |sheet| sheet.name(id));
            format!("Written to the sheet {name}")
        }
        _ => format!("Delivered to {destination}"),
    }
}

/// What an attempt came to. Of a refused one its way back into the queue tells enough.
pub fn charged(paid: &LedgerEntry) -> Option<String> {
    match (paid.outcome, paid.charged) {
        (Outcome::Unknown, _) => Some(format!(
            "What became of the paid call is not known; {} stay reserved",
            credits_and_usd(paid.reserved)
        )),
        (Outcome::Started, Some(0)) => Some("Charged nothing".to_owned()),
        (_, Some(amount)) if amount != 0 => Some(format!("Charged {}", credits_and_usd(amount))),
        _ => None,
    }
}
