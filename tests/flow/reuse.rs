use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;
use sqlx::Connection;
use warmsheet::adapters::store::SqliteStore;
use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{DueRows, HoldRule, LeadFilter, Pause, PauseKind};
use warmsheet::flow::story::{Guard, tell};
use warmsheet::flow::{Lesson, reuse, start};
use warmsheet::lead::money::Limit;
use warmsheet::lead::run::{LookOutcome, StartOutcome};
use warmsheet::lead::{Decision, RawOptions, Status};

use super::scripted::{run, started, unknown};
use super::{AttemptRef, Bench, later, payer};

impl Bench {
    /// A bench without reuse: only what is bought at the same time is bought once.
    async fn without_reuse() -> Self {
        let mut bench = Self::new().await;
        bench.flow.limits.reuse_for = None;
        bench
    }

    /// Adds a lead and buys its report.
    async fn report(&self, domain: &str) -> AttemptRef {
        let attempt = self.add(domain).await;
        self.buy(attempt, domain).await;
        self.end(domain, "completed").await;
        attempt
    }

    async fn buy(&self, attempt: AttemptRef, domain: &str) {
        self.api.will_start(started(domain));
        self.start(attempt).await;
        assert_eq!(self.status(attempt).await, Status::Waiting);
    }

    /// The run under way ends.
    async fn end(&self, domain: &str, status: &str) {
        let rows = json!({"result": {"exportRows": [{"name": "Ada"}, {"name": "Ben"}]}});
        self.api
            .will_look(LookOutcome::Run(run(domain, status, rows)));
        self.look().await;
    }

    async fn status(&self, attempt: AttemptRef) -> Status {
        self.lead(attempt).await.status
    }

    async fn decide(&self, attempt: AttemptRef, decision: Decision) {
        let id = self.lead(attempt).await.id;
        let now = self.clock.get();
        let decided = self.store.decide(&id, decision, false, now).await;
        decided.expect("decided");
    }

    async fn startable(&self) -> Vec<i64> {
        let queued = self.store.queued(&self.payer, None, &[], 10).await;
        let queued = queued.expect("read").into_iter();
        queued.map(|lead| lead.attempt.lead).collect()
    }

    /// Names in the rows of a lead's report.
    async fn names(&self, attempt: AttemptRef) -> Vec<String> {
        let filter = LeadFilter {
            seqs: Some(vec![attempt.lead]),
            ..LeadFilter::default()
        };
        let rows = self.store.result_rows(&filter, (0, 0), 10).await;
        let rows = rows.expect("read").into_iter();
        rows.map(|row| row.cells.as_str().to_owned()).collect()
    }
}

fn forced(domain: &str) -> IntakeRow {
    IntakeRow {
        domain: domain.to_owned(),
        force: true,
        ..IntakeRow::default()
    }
}

fn second(attempt: AttemptRef) -> AttemptRef {
    AttemptRef {
        number: attempt.number + 1,
        ..attempt
    }
}

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
        assert_eq!(lesson.expect("recorded"), Lesson::Fine);
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
async fn a_forced_lead_and_a_retry_buy_anew() {
    let bench = Bench::new().await;
    let first = bench.report("acme.com").await;
    let lead = bench.add_row(forced("acme.com"), HoldRule::Never).await;
    bench.buy(lead, "acme.com").await;
    bench.end("acme.com", "completed").await;
    let reused = bench.add("acme.com").await;
    bench.look_up().await;
    for lead in [first, reused] {
        bench.decide(lead, Decision::Retry).await;
        bench.look_up().await;
        bench.buy(second(lead), "acme.com").await;
        bench.end("acme.com", "completed").await;
    }
    assert_eq!(bench.api.sent().len(), 4);
    let lead = bench.lead(reused).await;
    assert_eq!((lead.status, lead.credits), (Status::Completed, 40));
    assert_eq!(lead.reused_from, None, "the report is its own now");
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
async fn two_leads_at_the_same_time_buy_one_report_also_when_reuse_is_off() {
    for bench in [Bench::new().await, Bench::without_reuse().await] {
        bench
            .store
            .remember_agent("https://www.citedy.com", "0123456789ab", "agent-1")
            .await
            .expect("the account is known");
        let (first, twin) = (bench.add("acme.com").await, bench.add("acme.com").await);
        let next = bench.add("globex.com").await;
        bench.buy(first, "acme.com").await;
        assert_eq!(bench.start(twin).await, Lesson::Nothing);
        assert_eq!(
            bench.startable().await,
            [next.lead],
            "a lead that waits blocks nobody"
        );
        let (lead, id) = (bench.lead(twin).await, bench.lead(first).await.id);
        let story = tell(&lead, &Guard::read(&bench.flow).await.expect("read"));
        assert_eq!(story.reason, format!("same as {id}"));
        later(&bench.clock, TimeDelta::minutes(5));
        bench.end("acme.com", "completed").await;
        bench.look_up().await;
        let lead = bench.lead(twin).await;
        assert_eq!((lead.status, lead.credits), (Status::Reused, 0));
        assert_eq!(lead.reused_from.expect("a report").lead, id);
        assert_eq!(bench.api.sent().len(), 1);
    }
}

#[tokio::test]
async fn with_reuse_off_what_comes_after_the_report_buys_its_own() {
    let bench = Bench::without_reuse().await;
    bench.report("acme.com").await;
    later(&bench.clock, TimeDelta::seconds(1));
    let again = bench.add("acme.com").await;
    bench.buy(again, "acme.com").await;
}

#[tokio::test]
async fn a_lead_that_waits_starts_itself_when_the_other_brings_no_report() {
    for ending in ["failed", "blocked"] {
        let bench = Bench::new().await;
        let (first, twin) = (bench.add("acme.com").await, bench.add("acme.com").await);
        bench.buy(first, "acme.com").await;
        bench.end("acme.com", ending).await;
        bench.look_up().await;
        assert_eq!(bench.startable().await, [twin.lead], "{ending}");
        bench.buy(twin, "acme.com").await;
    }
    let bench = Bench::new().await;
    let (first, twin) = (bench.add("acme.com").await, bench.add("acme.com").await);
    let invalid = StartOutcome::Invalid {
        message: "no".into(),
    };
    bench.api.will_start(invalid);
    bench.start(first).await;
    assert_eq!(bench.status(first).await, Status::Rejected);
    bench.buy(twin, "acme.com").await;
}

#[tokio::test]
async fn a_lead_waits_while_the_outcome_of_the_other_is_unknown_and_not_once_it_is_parked() {
    let bench = Bench::new().await;
    let (first, twin) = (bench.add("acme.com").await, bench.add("acme.com").await);
    bench.api.will_start(unknown());
    bench.start(first).await;
    assert_eq!(bench.start(twin).await, Lesson::Nothing);
    // The other's key may go out again: only leads that were never sent wait.
    later(&bench.clock, TimeDelta::minutes(6));
    bench.api.will_start(unknown());
    bench.start(first).await;
    assert_eq!(bench.api.sent().len(), 2);
    later(&bench.clock, TimeDelta::hours(25));
    start::park_outdated(&bench.flow).await.expect("swept");
    bench.buy(twin, "acme.com").await;
}

#[tokio::test]
async fn many_starts_at_once_buy_one_report_for_a_company() {
    let bench = Bench::new().await;
    let mut leads = Vec::new();
    for _ in 0..10 {
        leads.push(bench.add("acme.com").await);
    }
    bench.api.will_start(started("acme.com"));
    bench.look_up().await;
    let starts = leads
        .iter()
        .map(|lead| start::start(&bench.flow, &bench.lease, *lead, &bench.payer));
    futures_util::future::join_all(starts).await;
    assert_eq!(bench.api.sent().len(), 1);
}

#[tokio::test]
async fn a_forced_lead_waits_for_nobody() {
    let bench = Bench::new().await;
    let first = bench.add("acme.com").await;
    bench.buy(first, "acme.com").await;
    let lead = bench.add_row(forced("acme.com"), HoldRule::Never).await;
    bench.look_up().await;
    assert_eq!(bench.startable().await, [lead.lead]);
    bench.buy(lead, "acme.com").await;
}

#[tokio::test]
async fn other_accounts_do_not_wait_for_each_other() {
    let bench = Bench::new().await;
    let (first, other) = (bench.add("acme.com").await, bench.add("acme.com").await);
    bench.buy(first, "acme.com").await;
    bench.look_up_for(&payer("agent-2")).await;
    bench.api.will_start(started("acme.com"));
    let lesson = start::start(&bench.flow, &bench.lease, other, &payer("agent-2")).await;
    assert_eq!(lesson.expect("recorded"), Lesson::Fine);
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
async fn a_held_lead_is_served_once_it_is_approved_and_counted_before() {
    let bench = Bench::new().await;
    bench
        .store
        .remember_agent("https://www.citedy.com", "0123456789ab", "agent-1")
        .await
        .expect("the account is known");
    bench.report("acme.com").await;
    let row = IntakeRow {
        domain: "acme.com".to_owned(),
        ..IntakeRow::default()
    };
    let held = bench.add_row(row, HoldRule::Always).await;
    bench.add_row(forced("acme.com"), HoldRule::Always).await;
    bench.look_up().await;
    assert_eq!(bench.status(held).await, Status::Held);
    let batches = reuse::held_batches(&bench.flow).await.expect("read");
    let counts: Vec<u64> = batches.iter().map(|(_, reused)| *reused).collect();
    assert_eq!(counts, [0, 1], "newest first: the forced one is bought");
    bench.decide(held, Decision::Approve).await;
    bench.look_up().await;
    assert_eq!(bench.status(held).await, Status::Reused);
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
