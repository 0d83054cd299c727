use chrono::{DateTime, TimeDelta, Utc};

use crate::flow::health::SheetHealth;
use crate::flow::health::Sheets;
use crate::flow::ports::{
    LeadEvent, LeadEventKind, LeadView, LedgerEntry, Outcome, Payer, Source, Timeline, WebhookNews,
};
use crate::http::pages::report::timeline::{AttemptStory, tell};
use crate::lead::{BatchId, LeadId, RequestOptions, Status};

/// So many seconds after noon.
fn at(seconds: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().expect("a time");
    noon + TimeDelta::seconds(seconds)
}

fn lead_id() -> LeadId {
    LeadId::try_from("L0123456789AB".to_owned()).expect("an id")
}

fn lead(status: Status, attempt: i64) -> LeadView {
    LeadView {
        seq: 1,
        id: lead_id(),
        batch: BatchId::try_from("B0123456789AB".to_owned()).expect("an id"),
        source: Source::Folder,
        source_name: "companies.csv".to_owned(),
        row: Some(3),
        external_id: None,
        deliver_to: None,
        input: "acme.com".to_owned(),
        domain: Some("acme.com".to_owned()),
        options: RequestOptions::default(),
        status,
        run_status: None,
        reason: String::new(),
        attempt,
        run_id: None,
        payer: None,
        credits: 0,
        has_result: false,
        removed: None,
        forgotten_at: None,
        reused_from: None,
        same_report: None,
        cap_lifted: false,
        undelivered: 0,
        created_at: at(0),
        updated_at: at(0),
        finished_at: None,
    }
}

fn event(attempt: i64, seconds: i64, kind: LeadEventKind) -> LeadEvent {
    LeadEvent {
        attempt,
        kind,
        reason: String::new(),
        at: at(seconds),
        times: 1,
        last_at: at(seconds),
    }
}

fn state(attempt: i64, seconds: i64, status: Status) -> LeadEvent {
    event(attempt, seconds, LeadEventKind::State(status))
}

fn because(reason: &str, event: LeadEvent) -> LeadEvent {
    LeadEvent {
        reason: reason.to_owned(),
        ..event
    }
}

fn paid(attempt: i64, sent_at: i64, outcome: Outcome, charged: Option<i64>) -> LedgerEntry {
    LedgerEntry {
        lead_id: lead_id(),
        attempt,
        key: format!("ws-L0123456789AB-{attempt}"),
        domain: Some("acme.com".to_owned()),
        source: Source::Folder,
        source_name: "companies.csv".to_owned(),
        first_sent_at: at(sent_at),
        sent: 1,
        refusals: 0,
        settled_at: Some(at(sent_at + 1)),
        outcome,
        run_id: Some(format!("run-{attempt}")),
        reserved: if charged.is_none() { 40 } else { 0 },
        charged,
        payer: Payer {
            origin: "https://example.com".to_owned(),
            agent: "a".to_owned(),
        },
    }
}

fn look(attempt: i64, second: i64) -> LeadEvent {
    let run_status = "signals_running".to_owned();
    event(attempt, second, LeadEventKind::Look { run_status })
}

/// Of the first attempt.
fn delivered(second: i64, destination: &str) -> LeadEvent {
    let destination = destination.to_owned();
    event(1, second, LeadEventKind::Delivered { destination })
}

fn lines(story: &AttemptStory) -> Vec<String> {
    let line = |entry: &super::super::timeline::Entry| {
        let until = entry.until.as_ref();
        let until = until.map_or_else(String::new, |until| format!(" to {}", until.text));
        format!("{}{until} {}", &entry.at.text[11..], entry.text)
    };
    story.entries.iter().map(line).collect()
}

#[test]
fn a_bought_report_is_told_from_its_source_to_its_destinations() {
    let known = Timeline {
        events: vec![
            because("first look at this list", state(1, 0, Status::Held)),
            because("first look at this list", state(1, 30, Status::Queued)),
            state(1, 31, Status::Starting),
            state(1, 32, Status::Waiting),
            LeadEvent {
                times: 4,
                last_at: at(190),
                ..look(1, 65)
            },
            because("no answer in time", look(1, 200)),
            state(1, 300, Status::Completed),
            delivered(301, "folder:companies.csv"),
            delivered(302, "sheet:1AbC"),
            delivered(303, "sheet:2DeF"),
        ],
        attempts: vec![LedgerEntry {
            sent: 2,
            ..paid(1, 31, Outcome::Started, Some(40))
        }],
        webhooks: vec![WebhookNews {
            event_type: Some("run.completed".into()),
            run_id: Some("run-1".into()),
            received_at: at(299),
        }],
    };
    let titled = SheetHealth {
        title: "Campaign".into(),
        ..SheetHealth::default()
    };
    let sheets = Sheets::from([("1AbC".to_owned(), titled)]);
    let lead = lead(Status::Completed, 1);
    let story = tell(&lead, &known, Some(("run-1", at(300))), &sheets);
    assert_eq!(story.len(), 1);
    assert_eq!(
        lines(&story[0]),
        [
            "12:00:00 Accepted from Folder, companies.csv, row 3",
            "12:00:00 Waiting for approval: first look at this list",
            "12:00:30 Approved",
            "12:00:31 Sent to Citedy (attempt 1, key sent twice)",
            "12:00:32 Citedy accepted it: run run-1",
            "12:00:32 Charged 40 credits, 0.40 USD",
            "12:01:05 to 12:03:10 Looked 4 times: reading signals",
            "12:03:20 Looked, no answer: no answer in time",
            "12:04:59 Webhook run.completed",
            "12:05:00 Result stored",
            "12:05:00 Done",
            "12:05:01 Delivered to companies.csv",
            "12:05:02 Written to the sheet Campaign",
            "12:05:03 Written to the sheet 2DeF",
        ]
    );
}

#[test]
fn each_attempt_has_its_own_story_and_what_comes_late_belongs_to_its_run() {
    let known = Timeline {
        events: vec![
            state(1, 1, Status::Starting),
            because("the key is refused", state(1, 2, Status::Queued)),
            state(1, 3, Status::Starting),
            state(1, 4, Status::Waiting),
            because("no buyer", state(1, 60, Status::Blocked)),
            state(2, 100, Status::Queued),
            state(2, 101, Status::Starting),
            because("no answer for a day", state(2, 9000, Status::Parked)),
        ],
        attempts: vec![
            LedgerEntry {
                sent: 2,
                refusals: 1,
                ..paid(1, 3, Outcome::Started, Some(40))
            },
            LedgerEntry {
                run_id: None,
                settled_at: Some(at(9000)),
                ..paid(2, 101, Outcome::Unknown, None)
            },
        ],
        webhooks: vec![WebhookNews {
            event_type: None,
            run_id: Some("run-1".into()),
            received_at: at(500),
        }],
    };
    let lead = lead(Status::Parked, 2);
    let story = tell(&lead, &known, Some(("run-1", at(60))), &Sheets::new());
    let numbers: Vec<i64> = story.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(
        lines(&story[0]),
        [
            "12:00:00 Accepted from Folder, companies.csv, row 3",
            "12:00:01 Sent to Citedy",
            "12:00:02 Back in the queue: the key is refused",
            "12:00:03 Sent to Citedy (attempt 1, key sent twice, of which one was refused)",
            "12:00:04 Citedy accepted it: run run-1",
            "12:00:04 Charged 40 credits, 0.40 USD",
            "12:01:00 Result stored",
            "12:01:00 Blocked: no buyer",
            "12:08:20 Webhook without a type",
        ]
    );
    assert_eq!(
        lines(&story[1]),
        [
            "12:01:40 Retried: attempt 2",
            "12:01:41 Sent to Citedy (attempt 2)",
            "14:30:00 What became of the paid call is not known; 40 credits, 0.40 USD stay reserved",
            "14:30:00 Needs a look: no answer for a day",
        ]
    );
}

#[test]
fn a_lead_from_before_states_were_kept_tells_what_is_known() {
    let known = Timeline {
        attempts: vec![LedgerEntry {
            settled_at: None,
            ..paid(1, 5, Outcome::Started, Some(40))
        }],
        ..Timeline::default()
    };
    let lead = LeadView {
        finished_at: Some(at(90)),
        ..lead(Status::Completed, 1)
    };
    let story = tell(&lead, &known, Some(("run-1", at(90))), &Sheets::new());
    assert_eq!(
        lines(&story[0]),
        [
            "12:00:00 Accepted from Folder, companies.csv, row 3",
            "12:00:05 Sent to Citedy (attempt 1)",
            "12:00:05 Charged 40 credits, 0.40 USD",
            "12:01:30 Result stored",
            "12:01:30 Done",
        ]
    );
}

#[test]
fn a_very_long_story_keeps_its_beginning_and_its_end() {
    let look = |n: i64| {
        event(
            1,
            n,
            LeadEventKind::Look {
                run_status: format!("odd_{n}"),
            },
        )
    };
    let known = Timeline {
        events: (1..=1000).map(look).collect(),
        ..Timeline::default()
    };
    let story = tell(&lead(Status::Waiting, 1), &known, None, &Sheets::new());
    let lines = lines(&story[0]);
    assert_eq!((lines.len(), story[0].left_out), (200, 801));
    assert!(
        lines[0].contains("Accepted") && lines[199].starts_with("12:16:40"),
        "{lines:?}"
    );
}
