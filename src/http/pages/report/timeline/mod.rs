//! What happened to a lead, in one order: its states, its paid calls and what they cost, looks,
//! webhooks, and where its report went.

mod sentences;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::flow::health::Sheets;
use crate::flow::ports::{
    LeadEvent, LeadEventKind, LeadView, LedgerEntry, Outcome, Timeline, WebhookNews,
};
use crate::http::pages::view::{Moment, status_name, tone};
use crate::lead::Status;

/// Entries of one attempt that a page shows at most: a run that is looked at for days under
/// changing faults has many.
const MOST_ENTRIES: usize = 200;
const WITH_DAY: &str = "%Y-%m-%d %H:%M:%S";

/// One attempt's part of the story.
pub struct AttemptStory {
    pub number: i64,
    pub entries: Vec<Entry>,
    /// Entries after the first that are left out.
    pub left_out: usize,
}

/// One line of a story.
pub struct Entry {
    pub text: String,
    /// The style sheet's word for it.
    pub tone: &'static str,
    pub at: Moment,
    /// Of what happened several times: the last.
    pub until: Option<Moment>,
}

/// Something that happened, before it is put into order.
struct Unsorted {
    at: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    /// `None`: of the attempt that was on then.
    attempt: Option<i64>,
    /// Which of two at the same moment comes first.
    rank: Rank,
    tone: &'static str,
    text: String,
}

/// In the order in which one thing leads to the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Accepted,
    Moved,
    Sent,
    Charged,
    Looked,
    Stored,
    Ended,
    Delivered,
}

/// The whole story, attempt by attempt, each oldest first. `stored` is when the result that the
/// page shows was stored, and of which run.
pub fn tell(
    lead: &LeadView,
    known: &Timeline,
    stored: Option<(&str, DateTime<Utc>)>,
    sheets: &Sheets,
) -> Vec<AttemptStory> {
    let mut told = vec![accepted(lead, sheets)];
    let mut before = None;
    for event in &known.events {
        told.push(happened(event, before, lead, known, sheets));
        if let LeadEventKind::State(status) = event.kind {
            before = Some(status);
        }
    }
    for attempt in &known.attempts {
        told.extend(sent_before_it_was_kept(attempt, &known.events));
        told.extend(charge(attempt));
    }
    told.extend(known.webhooks.iter().map(|news| heard(news, known)));
    told.extend(stored.map(|(run, at)| Unsorted {
        attempt: attempt_of(Some(run), known),
        rank: Rank::Stored,
        ..Unsorted::at(at, "Result stored".to_owned())
    }));
    told.extend(ended_before_it_was_kept(lead, &known.events));
    by_attempt(told)
}

impl Unsorted {
    fn at(at: DateTime<Utc>, text: String) -> Self {
        Self {
            at,
            until: None,
            attempt: None,
            rank: Rank::Moved,
            tone: "off",
            text,
        }
    }
}

fn accepted(lead: &LeadView, sheets: &Sheets) -> Unsorted {
    Unsorted {
        attempt: Some(1),
        rank: Rank::Accepted,
        ..Unsorted::at(lead.created_at, sentences::accepted(lead, sheets))
    }
}

fn happened(
    event: &LeadEvent,
    before: Option<Status>,
    lead: &LeadView,
    known: &Timeline,
    sheets: &Sheets,
) -> Unsorted {
    let paid = known
        .attempts
        .iter()
        .find(|paid| paid.attempt == event.attempt);
    let (rank, tone, text) = match &event.kind {
        LeadEventKind::State(status) => {
            let rank = if status.is_end() {
                Rank::Ended
            } else {
                Rank::Moved
            };
            let text = sentences::state(*status, before, event, lead, paid);
            (rank, tone(*status), text)
        }
        LeadEventKind::Look { run_status } => {
            (Rank::Looked, "off", sentences::look(run_status, event))
        }
        LeadEventKind::Delivered { destination } => (
            Rank::Delivered,
            "good",
            sentences::delivered(destination, sheets),
        ),
    };
    Unsorted {
        attempt: Some(event.attempt),
        until: (event.times > 1).then_some(event.last_at),
        rank,
        tone,
        ..Unsorted::at(event.at, text)
    }
}

/// A paid call from the time before states were kept.
fn sent_before_it_was_kept(paid: &LedgerEntry, events: &[LeadEvent]) -> Option<Unsorted> {
    let kept = events.iter().any(|event| {
        event.attempt == paid.attempt && event.kind == LeadEventKind::State(Status::Starting)
    });
    (!kept).then(|| Unsorted {
        attempt: Some(paid.attempt),
        rank: Rank::Sent,
        tone: "busy",
        ..Unsorted::at(paid.first_sent_at, sentences::sent(paid))
    })
}

/// An end from the time before states were kept.
fn ended_before_it_was_kept(lead: &LeadView, events: &[LeadEvent]) -> Option<Unsorted> {
    let kept = events.iter().any(|event| {
        event.attempt == lead.attempt && event.kind == LeadEventKind::State(lead.status)
    });
    let at = lead.finished_at.filter(|_| !kept)?;
    Some(Unsorted {
        attempt: Some(lead.attempt),
        rank: Rank::Ended,
        tone: tone(lead.status),
        ..Unsorted::at(at, status_name(lead.status).to_owned())
    })
}

fn charge(paid: &LedgerEntry) -> Option<Unsorted> {
    let tone = if paid.outcome == Outcome::Unknown {
        "ask"
    } else {
        "good"
    };
    Some(Unsorted {
        attempt: Some(paid.attempt),
        rank: Rank::Charged,
        tone,
        ..Unsorted::at(
            paid.settled_at.unwrap_or(paid.first_sent_at),
            sentences::charged(paid)?,
        )
    })
}

fn heard(news: &WebhookNews, known: &Timeline) -> Unsorted {
    let name = news.event_type.as_deref().unwrap_or("without a type");
    Unsorted {
        attempt: attempt_of(news.run_id.as_deref(), known),
        rank: Rank::Looked,
        tone: "busy",
        ..Unsorted::at(news.received_at, format!("Webhook {name}"))
    }
}

fn attempt_of(run: Option<&str>, known: &Timeline) -> Option<i64> {
    let paid = known.attempts.iter().find(|paid| {
        paid.run_id
            .as_deref()
            .is_some_and(|known| Some(known) == run)
    })?;
    Some(paid.attempt)
}

fn by_attempt(mut told: Vec<Unsorted>) -> Vec<AttemptStory> {
    told.sort_by_key(|one| (one.at, one.rank));
    let mut attempts: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
    let mut on = 1;
    for one in told {
        on = one.attempt.unwrap_or(on);
        attempts.entry(on).or_default().push(Entry {
            text: one.text,
            tone: one.tone,
            at: written(one.at, WITH_DAY),
            until: one.until.map(|until| {
                let same_day = until.date_naive() == one.at.date_naive();
                written(until, if same_day { "%H:%M:%S" } else { WITH_DAY })
            }),
        });
    }
    let story = |(number, mut entries): (i64, Vec<Entry>)| {
        let left_out = entries.len().saturating_sub(MOST_ENTRIES);
        entries.drain(1..=left_out).for_each(drop);
        AttemptStory {
            number,
            entries,
            left_out,
        }
    };
    attempts.into_iter().map(story).collect()
}

fn written(time: DateTime<Utc>, form: &str) -> Moment {
    Moment {
        text: time.format(form).to_string(),
        ..time.into()
    }
}
