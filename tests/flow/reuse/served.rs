//! A company that was reported lately costs nothing: the stored report is served again.

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::Connection;
use warmsheet::adapters::store::SqliteStore;
use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{DueRows, HoldRule, Pause, PauseKind};
use warmsheet::flow::story::{Guard, tell};
use warmsheet::flow::{Lesson, start};
use warmsheet::lead::money::Limit;
use warmsheet::lead::run::StartOutcome;
use warmsheet::lead::{RawOptions, Status};

use crate::scripted::started;
use crate::support::flow::payer;
use crate::{Bench, later};

#[tokio::test]
async fn a_company_reported_lately_is_served_from_the_stored_report() {
    let bench = Bench::new().await;
    let first = bench.report("acme.com").await;
    let reported_at = bench.clock.get();
    later(&bench.clock, TimeDelta::days(29));
    let again = bench.add("https://www.ACME.com/").await;
    bench.look_up().await;
    let lead = bench.lead(again).await;
    assert_eq!((lead.status, lead.credits), (Status::Reused, 0));
    assert_eq!(lead.run_id.as_deref(), Some("run-1"));
    assert_eq!(lead.finished_at, Some(bench.clock.get()));
    assert_eq!(bench.names(again).await, bench.names(first).await);
    assert_eq!(bench.names(again).await.len(), 2);
    let result = bench.store.result(again.lead).await.expect("read");
    let result = result.expect("a result of its own");
    assert_eq!(result.stored_at, reported_at);
    let story = tell(&lead, &Guard::read(&bench.flow).await.expect("read"));
    let first = bench.lead(first).await.id;
    let said = format!("Reused: reported on 1 March 2026 as {first}");
    assert_eq!(story.status, said);
    assert!(story.message.starts_with("0 credits"), "{}", story.message);
    assert_eq!(bench.spending().await.charged, 40);
}

#[tokio::test]
async fn a_report_that_is_too_old_is_bought_anew() {
    let bench = Bench::new().await;
    bench.report("acme.com").await;
    later(&bench.clock, TimeDelta::days(30) + TimeDelta::seconds(1));
    let again = bench.add("acme.com").await;
    bench.buy(again, "acme.com").await;
    assert_eq!(bench.api.sent().len(), 2);
}

#[tokio::test]
async fn only_completed_reports_are_reused() {
    for ending in ["blocked", "failed"] {
        let bench = Bench::new().await;
        let first = bench.add("acme.com").await;
        bench.buy(first, "acme.com").await;
        bench.end("acme.com", ending).await;
        let again = bench.add("acme.com").await;
        bench.buy(again, "acme.com").await;
    }
}

#[tokio::test]
async fn other_options_buy_another_report_and_spelt_out_defaults_do_not() {
    let bench = Bench::new().await;
    bench.report("acme.com").await;
    let with = |drafts: &str| IntakeRow {
        domain: "acme.com".to_owned(),
        options: RawOptions {
            drafts: Some(drafts.to_owned()),
            ..RawOptions::default()
        },
        ..IntakeRow::default()
    };
    let fewer = bench.add_row(with("2"), HoldRule::Never).await;
    let default = bench.add_row(with("3"), HoldRule::Never).await;
    bench.look_up().await;
    assert_eq!(bench.status(fewer).await, Status::Queued);
    assert_eq!(bench.status(default).await, Status::Reused);
    bench.buy(fewer, "acme.com").await;
}

#[tokio::test]
async fn another_agent_and_another_origin_buy_their_own_reports() {
    let bench = Bench::new().await;
    bench.report("acme.com").await;
    let mut elsewhere = payer("agent-1");
    elsewhere.origin = "https://sandbox.citedy.com".to_owned();
    for other in [payer("agent-2"), elsewhere] {
        let lead = bench.add("acme.com").await;
        bench.look_up_for(&other).await;
        assert_eq!(bench.status(lead).await, Status::Queued);
        bench.api.will_start(started("acme.com"));
        let lesson = start::start(&bench.flow, &bench.lease, lead, &other).await;
        assert_eq!(lesson.expect("recorded"), Lesson::Started);
    }
    assert_eq!(bench.api.sent().len(), 3);
}

#[tokio::test]
async fn after_a_change_of_account_what_was_cleared_to_buy_is_looked_up_again() {
    let bench = Bench::new().await;
    bench.report("acme.com").await;
    let lead = bench.add("acme.com").await;
    bench.look_up_for(&payer("agent-2")).await;
    // Even if nobody looks it up again, the last look before the paid call finds the report.
    let lesson = start::start(&bench.flow, &bench.lease, lead, &bench.payer).await;
    assert_eq!(lesson.expect("recorded"), Lesson::Nothing);
    bench.look_up().await;
    assert_eq!(bench.status(lead).await, Status::Reused);
    let other = bench.add("acme.com").await;
    bench.look_up_for(&payer("agent-2")).await;
    bench.store.look_up_again().await.expect("written");
    bench.look_up().await;
    assert_eq!(bench.status(other).await, Status::Reused);
    assert_eq!(bench.api.sent().len(), 1);
}

#[tokio::test]
async fn nothing_is_copied_from_a_copy() {
    let bench = Bench::new().await;
    let first = bench.report("acme.com").await;
    later(&bench.clock, TimeDelta::days(20));
    let copy = bench.add("acme.com").await;
    bench.look_up().await;
    let from = |lead: warmsheet::flow::ports::LeadView| lead.reused_from.expect("a report").lead;
    let second = bench.add("acme.com").await;
    bench.look_up().await;
    let first = bench.lead(first).await.id;
    assert_eq!(from(bench.lead(copy).await), first);
    assert_eq!(from(bench.lead(second).await), first);
    // The copy is young; what it was copied from is not any more.
    later(&bench.clock, TimeDelta::days(20));
    let late = bench.add("acme.com").await;
    bench.buy(late, "acme.com").await;
}

#[tokio::test]
async fn a_copy_whose_own_call_was_refused_before_is_no_origin_either() {
    let bench = Bench::new().await;
    let refused = bench.add("acme.com").await;
    bench.api.will_start(StartOutcome::RateLimited {
        retry_after: std::time::Duration::from_secs(30),
    });
    bench.start(refused).await;
    let first = bench.report("acme.com").await;
    bench.look_up().await;
    assert_eq!(bench.status(refused).await, Status::Reused);
    let again = bench.add("acme.com").await;
    bench.look_up().await;
    let from = bench.lead(again).await.reused_from.expect("a report");
    assert_eq!(from.lead, bench.lead(first).await.id);
}

#[tokio::test]
async fn what_costs_nothing_is_served_whatever_stops_the_spending() {
    let mut bench = Bench::new().await;
    bench.report("acme.com").await;
    bench.flow.limits.daily_credits = Limit::AtMost(0);
    let kinds = [PauseKind::Person, PauseKind::Credits, PauseKind::Key];
    for kind in kinds {
        let pause = Pause {
            kind,
            message: "stop".into(),
            link: None,
            since: bench.clock.get(),
        };
        bench.store.set_pause(&pause).await.expect("paused");
    }
    let again = bench.add("acme.com").await;
    bench.look_up().await;
    assert_eq!(bench.status(again).await, Status::Reused);
}

#[tokio::test]
async fn rows_of_a_reused_report_go_to_the_sheet_that_the_lead_names() {
    let bench = Bench::new().await;
    bench.report("acme.com").await;
    bench.flow.health.sheet("1AbC", |_| ());
    let row = IntakeRow {
        domain: "acme.com".to_owned(),
        deliver_to: Some("1AbC".to_owned()),
        ..IntakeRow::default()
    };
    let lead = bench.add_row(row, HoldRule::Never).await;
    bench.look_up().await;
    let due: Vec<DueRows> = bench.store.due_rows("1AbC", 10).await.expect("read");
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].lead_id, bench.lead(lead).await.id.as_str());
    assert_eq!((due[0].run_id.as_str(), due[0].rows.len()), ("run-1", 2));
}

#[tokio::test]
async fn leads_from_before_options_had_a_key_are_reused_after_the_next_start() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = Arc::new(crate::support::store::sqlite(folder.path()).await);
    let bench = Bench::over(folder, store, Limit::Unlimited).await;
    bench.report("acme.com").await;
    let again = bench.add("acme.com").await;
    let url = format!("sqlite://{}", bench.folder.path().join("test.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url)
        .await
        .expect("the file");
    sqlx::query("UPDATE lead SET options_key = ''")
        .execute(&mut connection)
        .await
        .expect("as it was before");
    SqliteStore::open(&url).await.expect("opened once more");
    bench.look_up().await;
    assert_eq!(bench.status(again).await, Status::Reused);
    let keys: Vec<String> = sqlx::query_scalar("SELECT DISTINCT options_key FROM lead")
        .fetch_all(&mut connection)
        .await
        .expect("read");
    assert_eq!(keys, [warmsheet::lead::RequestOptions::default().key()]);
}
