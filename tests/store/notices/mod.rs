//! What others are told of: recorded with what it tells of, once, and only for whoever asked.

mod recorded;
mod sent;

use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};
use warmsheet::flow::ports::{
    DueNotice, Ended, FailedSend, NotifyTarget, Pause, PauseKind, SendFilter, SendState, Source,
};
use warmsheet::lead::notice::{NoticeKind, TargetKind};
use warmsheet::lead::{Decision, Status};

use crate::fixture::{Fixture, Place, a_minute, api_batch, at, batch, new_lead, row, run};
use crate::on_both;

fn target(name: &str, events: &[NoticeKind]) -> NotifyTarget {
    NotifyTarget {
        name: name.to_owned(),
        kind: TargetKind::Webhook,
        host: "https://hooks.example.com".to_owned(),
        events: events.to_vec(),
    }
}

async fn targets(fixture: &Fixture, targets: &[NotifyTarget]) {
    let set = fixture.store.set_notify_targets(targets, at(0));
    set.await.expect("stored");
}

/// One target that wants to hear of everything.
async fn listen(fixture: &Fixture) {
    targets(fixture, &[target("all", &NoticeKind::ALL)]).await;
}

async fn due(fixture: &Fixture, target: &str, minute: i64) -> Vec<DueNotice> {
    let due = fixture.store.due_notices(target, at(minute), 100).await;
    due.expect("read")
}

/// What is told to the one target, with the leads' states, in the order it came up.
async fn told(fixture: &Fixture) -> Vec<String> {
    let due = due(fixture, "all", 1000).await;
    let words = |due: DueNotice| {
        let notice = due.notice;
        let status = notice.status.unwrap_or_default();
        format!("{} {status}", notice.kind.as_str())
            .trim()
            .to_owned()
    };
    due.into_iter().map(words).collect()
}

async fn fail(fixture: &Fixture, lead: warmsheet::flow::ports::AttemptRef, id: &str, minute: i64) {
    let run = run(id, json!({"status": "failed"}));
    let ended = Ended {
        status: Status::Failed,
        run: &run,
        rows: Vec::new(),
        reason: "the site is down".to_owned(),
        time: a_minute(),
    };
    let recorded = fixture.store.record_end(lead, ended, at(minute)).await;
    recorded.expect("recorded");
}

async fn decide(fixture: &Fixture, lead: warmsheet::flow::ports::AttemptRef, decision: Decision) {
    let id = fixture.view(lead).await.id;
    let decided = fixture.store.decide(&id, decision, true, at(8)).await;
    decided.expect("decided");
}
