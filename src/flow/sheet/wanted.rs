//! What our own cells of a row should show: a pure function of its lead.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::action;
use super::columns::Own;
use super::grid::CellValue;
use super::join::{JoinedRow, Role};
use crate::flow::finish_day::finish_day;
use crate::flow::guard::Guard;
use crate::flow::ports::{Parsed, SheetLead};
use crate::flow::story::tell;
use crate::lead::money::{CREDITS_PER_RUN, Price, grouped, usd};
use crate::lead::{BatchId, Status};

/// Longest status and message, characters.
const LONGEST: usize = 500;

/// What every row's texts are made from.
pub struct Telling<'a> {
    pub leads: &'a [SheetLead],
    pub guard: &'a Guard,
    /// Where the pages are to be found from outside, without a slash at the end.
    pub public_url: Option<&'a str>,
    /// Held leads by batch.
    pub held: HashMap<&'a BatchId, u64>,
    /// Those of them that stored reports would serve.
    reused: HashMap<BatchId, u64>,
}

/// Our cells by [`Own::ALL`]; `None` leaves a cell as it is.
pub type Wanted = [Option<CellValue>; Own::ALL.len()];

const LEAVE: Wanted = [const { None }; Own::ALL.len()];
const CLEAR: Wanted = [const { Some(CellValue::Empty) }; Own::ALL.len()];

impl<'a> Telling<'a> {
    pub fn new(leads: &'a [SheetLead], guard: &'a Guard, public_url: Option<&'a str>) -> Self {
        let mut held = HashMap::new();
        for lead in leads {
            if lead.lead.status == Status::Held {
                *held.entry(&lead.lead.batch).or_default() += 1;
            }
        }
        Self {
            leads,
            guard,
            public_url: public_url.map(|url| url.trim_end_matches('/')),
            held,
            reused: HashMap::new(),
        }
    }

    /// Tells prices without what stored reports would serve of each batch.
    #[must_use]
    pub fn besides(mut self, reused: impl IntoIterator<Item = (BatchId, u64)>) -> Self {
        self.reused = reused.into_iter().collect();
        self
    }

    /// `action`: what the row's `Action` cell says.
    pub fn wanted(&self, row: &JoinedRow, action: &str) -> Wanted {
        match row.role {
            Role::New => LEAVE,
            // About no company there is nothing to tell.
            Role::Foreign if row.parsed.is_none() => says(CellValue::Empty, CellValue::Empty),
            Role::Foreign => foreign(),
            // The lead has its row, and this one is about nothing.
            Role::Copy(_) if row.parsed.is_none() => CLEAR,
            Role::Stray => CLEAR,
            Role::Copy(lead) => copy(&self.leads[lead]),
            Role::Lead(lead) => {
                let lead = &self.leads[lead];
                let (status, message) = self.story(lead, row, action);
                let keep = lead.counted.is_none() && !action.is_empty();
                self.of_lead(lead, status, message, keep)
            }
            Role::Changed(lead) | Role::Emptied(lead) => {
                let lead = &self.leads[lead];
                let (status, message) = self.changed(lead, row);
                self.of_lead(lead, status, message, false)
            }
        }
    }

    fn of_lead(&self, lead: &SheetLead, status: String, message: String, keep: bool) -> Wanted {
        let view = &lead.lead;
        let charged = view.credits > 0 || lead.settled;
        // Without an address there is nothing to write, and what stands there is not ours.
        let report = self
            .public_url
            .map(|url| CellValue::text([url, "/leads/", view.id.as_str()].concat()));
        [
            Some(CellValue::text(view.id.as_str())),
            Some(CellValue::text(cut(status))),
            Some(CellValue::text(cut(message))),
            Some(CellValue::text(view.run_id.clone().unwrap_or_default())),
            Some(if charged {
                CellValue::Number(whole(view.credits))
            } else {
                CellValue::Empty
            }),
            Some(CellValue::Number(serial(view.updated_at))),
            report,
            (!keep).then_some(CellValue::Empty),
        ]
    }

    fn story(&self, lead: &SheetLead, row: &JoinedRow, action: &str) -> (String, String) {
        let view = &lead.lead;
        let mut story = tell(view, self.guard);
        match view.status {
            Status::Held => {
                let price = self.price(&view.batch);
                story.message = match view.reason.as_str() {
                    "" => price,
                    why => format!("{why}. {price}"),
                };
            }
            Status::Queued if !row.ticked => {
                story.status = "Not started".to_owned();
                story.message = "Tick Run to start it".to_owned();
            }
            _ if view.forgotten_at.is_some() => {
                story.message.push_str(". Delete this row");
            }
            // The rows in the results tab are the user's own.
            Status::Completed | Status::Reused if view.removed.is_some() => {}
            Status::Completed => {
                let noun = if lead.rows == 1 { "row" } else { "rows" };
                story.status = format!("Done, {} {noun}", lead.rows);
                story.message = if lead.cut {
                    "Long texts are cut in the results tab; the report has them whole".to_owned()
                } else {
                    String::new()
                };
            }
            Status::Reused => {
                let noun = if lead.rows == 1 { "row" } else { "rows" };
                story.message = format!("{} {noun}, {}", lead.rows, story.message);
            }
            Status::Rejected => {
                story.message =
                    "Nothing was charged for it. Mend this row, and it is tried again".to_owned();
            }
            _ => {}
        }
        if !lead.note.is_empty() {
            story.message.clone_from(&lead.note);
        }
        if lead.counted.is_none() && !action.is_empty() && action::parse(action).is_none() {
            let choices: Vec<&str> = action::CHOICES.iter().map(|(name, _)| *name).collect();
            story.message = format!(
                "\u{201c}{action}\u{201d} is no action; choose one of: {}",
                choices.join("; ")
            );
        }
        (story.status, story.message)
    }

    /// What approving the batch costs and how long it takes.
    fn price(&self, batch: &BatchId) -> String {
        let reused = self.reused.get(batch).copied().unwrap_or(0);
        let price = Price {
            leads: self.held.get(batch).copied().unwrap_or(1),
            reused: self.guard.payer.as_ref().map(|_| reused),
        };
        if price.leads == 1 {
            return match price.bought() {
                0 => "Choose Approve to have it from a stored report at no cost, or Cancel".into(),
                _ => format!(
                    "Choose Approve to spend {}{}, or Cancel",
                    price.at_most(),
                    usd(CREDITS_PER_RUN)
                ),
            };
        }
        let mut text = format!(
            "{} rows wait{}: {}. Choose Approve for this row, Approve all for all of them, or \
             Cancel",
            grouped(price.leads),
            price.besides(),
            price.cost()
        );
        if let Some(day) = finish_day(price.bought(), self.guard) {
            text.push_str(&format!(
                ". Under the daily cap they would be finished on {day}; \u{201c}Approve all, no \
                 daily cap\u{201d} lets this batch pass it"
            ));
        }
        text
    }

    /// The lead cannot follow what its row says now.
    fn changed(&self, lead: &SheetLead, row: &JoinedRow) -> (String, String) {
        let view = &lead.lead;
        let of = view.domain.as_deref().unwrap_or(view.input.as_str());
        let (had, got) = match view.reused_from {
            Some(_) => ("Reported", "reused"),
            None => ("Bought", "bought"),
        };
        match &row.parsed {
            None => (
                "No domain".to_owned(),
                format!("This row was about {of}. Put that domain back to go on with it"),
            ),
            Some(Parsed::Good(domain, _)) if view.domain.as_deref() == Some(domain.as_str()) => (
                tell(view, self.guard).status,
                format!(
                    "The options were changed after this report was {got}. Clear the Lead ID in \
                     this row to get one with the new options"
                ),
            ),
            Some(Parsed::Good(domain, _)) => (
                format!("{had} for {of}"),
                format!(
                    "The row says {domain} now, and nothing was {got} for that. Put {of} back, \
                     or clear the Lead ID in this row to get a report on {domain}",
                    domain = domain.as_str()
                ),
            ),
            Some(Parsed::Bad(reason)) => (
                format!("{had} for {of}"),
                format!("What the row says now cannot be used: {reason}"),
            ),
        }
    }
}

/// The id is not ours: another installation, or an older database, has dealt with the row.
fn foreign() -> Wanted {
    says(
        CellValue::text("Handled elsewhere"),
        CellValue::text(
            "This Lead ID belongs to another installation or to another sheet, so nothing is \
             started. Clear the Lead ID in this row to run it here; that buys a report",
        ),
    )
}

/// Status and message; the other cells stay as they are.
fn says(status: CellValue, message: CellValue) -> Wanted {
    let mut wanted = LEAVE;
    wanted[Own::Status as usize] = Some(status);
    wanted[Own::Message as usize] = Some(message);
    wanted
}

fn copy(lead: &SheetLead) -> Wanted {
    let text = |text: &str| Some(CellValue::text(text));
    let empty = || Some(CellValue::Empty);
    [
        text(lead.lead.id.as_str()),
        text("Copy"),
        text(
            "Another row has the same Lead ID and company. Nothing is bought for this one; clear \
             its Lead ID to give it a report of its own",
        ),
        empty(),
        empty(),
        empty(),
        empty(),
        empty(),
    ]
}

/// A time as spreadsheets count: days since the end of 1899, UTC, whole seconds.
fn serial(time: DateTime<Utc>) -> f64 {
    whole(time.timestamp()) / 86_400.0 + 25_569.0
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn whole(number: i64) -> f64 {
    number as f64
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_serial_number() {
        let noon = "2026-11-24T12:00:00.7Z".parse().expect("a time");
        assert!((serial(noon) - 46_350.5).abs() < 1e-9);
    }
}
