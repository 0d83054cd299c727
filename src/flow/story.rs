//! Where a lead is and what to do, in plain words: one place for pages, API, files and the
//! command line.

use chrono::{DateTime, Utc};

pub use super::guard::{Guard, WaitsFor};
use super::ports::{LeadView, PauseKind, Removed, ReusedFrom};
use crate::lead::Status;
use crate::lead::forgotten::{nothing_left, refusal};
use crate::lead::money::{CREDITS_PER_RUN, grouped, usd};

/// A lead's state as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// "Queued", "Finding contacts", "Blocked: …"
    pub status: String,
    /// What to do, or what happens next; may be empty.
    pub message: String,
    /// The machine's word: what a queued lead waits for, else the stored reason.
    pub reason: String,
}

/// Tells one lead's story.
pub fn tell(lead: &LeadView, guard: &Guard) -> Story {
    if let Some(since) = lead.forgotten_at {
        return forgotten(lead, since);
    }
    let (status, message) = match lead.status {
        _ if guard.is_foreign(lead) => (
            "Waiting for another Citedy account".to_owned(),
            "It was started with another API key or address, and only that one can see its run. \
             Switch back to it, and the report comes without another charge"
                .to_owned(),
        ),
        Status::Held => ("Waiting for approval".to_owned(), held(&lead.reason)),
        Status::Queued => queued(lead, guard),
        Status::Starting if lead.reason.is_empty() => ("Starting".to_owned(), String::new()),
        Status::Starting => (
            "Starting, not confirmed yet".to_owned(),
            format!(
                "{}. Asking again with the same key, which cannot charge twice",
                lead.reason
            ),
        ),
        Status::Waiting => (
            run_status_words(lead.run_status.as_deref()).to_owned(),
            lead.reason.clone(),
        ),
        Status::Completed => match &lead.removed {
            Some(removed) => ("Done".to_owned(), removed_after(removed)),
            None => ("Done".to_owned(), "The report is ready".to_owned()),
        },
        Status::Reused => match &lead.removed {
            Some(removed) => ("Reused".to_owned(), removed_after(removed)),
            None => reused(lead.reused_from.as_ref()),
        },
        Status::Blocked => (
            labelled("Blocked", &lead.reason),
            "Citedy could not report on this company. Retry buys a new attempt".to_owned(),
        ),
        Status::Failed => (
            labelled("Failed", &lead.reason),
            "Retry buys a new attempt".to_owned(),
        ),
        Status::Rejected => (
            format!("Invalid: {}", lead.reason),
            "Nothing was charged for it. Mend the row and send it again".to_owned(),
        ),
        Status::Parked => ("Needs a look".to_owned(), lead.reason.clone()),
        Status::Cancelled => (
            "Cancelled".to_owned(),
            "This attempt was not charged. Approve it to start it after all".to_owned(),
        ),
    };
    Story {
        status,
        message,
        reason: reason(lead, guard),
    }
}

/// The machine's word.
fn reason(lead: &LeadView, guard: &Guard) -> String {
    match lead.status {
        Status::Queued => match guard.same_report(lead) {
            Some(first) => format!("same as {first}"),
            None => guard.lead_waits_for(lead).as_str().to_owned(),
        },
        _ => match &lead.removed {
            Some(removed) if lead.reason.is_empty() => removed_after(removed),
            _ => lead.reason.clone(),
        },
    }
}

/// What is said of a lead in which nothing names its company any more.
fn forgotten(lead: &LeadView, since: DateTime<Utc>) -> Story {
    let message = match lead.status {
        Status::Waiting => {
            "Its run was paid for before; it is waited for, and its result is not kept"
        }
        _ => "Nothing of this company is kept here",
    };
    Story {
        status: format!("Forgotten on {}", since.format("%Y-%m-%d")),
        message: message.to_owned(),
        reason: refusal(since),
    }
}

/// Why a result that was there is not any more, as a sentence.
pub fn gone(lead: &LeadView) -> Option<String> {
    if let Some(since) = lead.forgotten_at {
        return Some(format!("{}.", nothing_left(since)));
    }
    lead.removed
        .as_ref()
        .map(|removed| format!("{}.", removed_after(removed)))
}

/// What is said of a result that is not there any more.
fn removed_after(removed: &Removed) -> String {
    let days = match removed.after_days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    format!(
        "The result was removed after {days}, on {}. Retry buys a new one",
        removed.at.format("%Y-%m-%d")
    )
}

fn reused(from: Option<&ReusedFrom>) -> (String, String) {
    let status = from.map_or_else(
        || "Reused".to_owned(),
        |from| {
            format!(
                "Reused: reported on {} as {}",
                from.reported_at.format("%-d %B %Y"),
                from.lead
            )
        },
    );
    (status, "0 credits. Retry buys a new report".to_owned())
}

fn held(reason: &str) -> String {
    let price = usd(CREDITS_PER_RUN);
    match reason {
        "" => format!("Approve it to spend {price}, or cancel it"),
        why => format!("{why}. Approve it to spend up to {price}, or cancel it"),
    }
}

fn queued(lead: &LeadView, guard: &Guard) -> (String, String) {
    if let Some(first) = guard.same_report(lead) {
        return (
            format!("Queued: same as {first}"),
            format!(
                "The same report is being bought for {first} and will serve here at no cost; \
                 should that fail, this one starts"
            ),
        );
    }
    let pause = |kind| guard.pauses.iter().find(|pause| pause.kind == kind);
    match guard.lead_waits_for(lead) {
        WaitsFor::Pause => ("Paused".to_owned(), "Resume to start it".to_owned()),
        WaitsFor::Moved => (
            "Moved: this database was moved away".to_owned(),
            "Set DATABASE_URL to the new one".to_owned(),
        ),
        WaitsFor::Restored => (
            "Paused: restored from a back-up".to_owned(),
            "Resume to start it, once you know that it was not bought since the back-up".to_owned(),
        ),
        WaitsFor::Key => (
            "Paused: the API key is refused".to_owned(),
            pause(PauseKind::Key)
                .map(|p| p.message.clone())
                .unwrap_or_default(),
        ),
        WaitsFor::Balance => {
            let link = pause(PauseKind::Credits).and_then(|p| p.link.clone());
            let at = link.map_or_else(String::new, |link| format!(", top up at {link}"));
            (
                format!("Paused: out of credits{at}"),
                "Starts by itself once there are credits again".to_owned(),
            )
        }
        WaitsFor::Cap => (
            "Waiting for tomorrow's budget, or raise it".to_owned(),
            format!(
                "Today's cap of {} credits has no room for another report; it opens again {}. \
                 Raise WARMSHEET_DAILY_CREDITS to go on sooner",
                guard
                    .daily_credits
                    .at_most()
                    .map_or_else(String::new, |cap| grouped(cap.unsigned_abs())),
                guard.reopens.format("%Y-%m-%d %H:%M UTC")
            ),
        ),
        WaitsFor::Turn => ("Queued".to_owned(), lead.reason.clone()),
    }
}

fn labelled(label: &str, reason: &str) -> String {
    if reason.is_empty() {
        label.to_owned()
    } else {
        format!("{label}: {reason}")
    }
}

/// Citedy's run states as words; a state that is not published is still under way.
pub fn run_status_words(status: Option<&str>) -> &'static str {
    match status {
        Some("signals_running") => "Reading signals",
        Some("contacts_running") => "Finding contacts",
        Some("drafting_running") => "Writing drafts",
        Some("queued") | None => "Started",
        Some(_) => "Working",
    }
}
