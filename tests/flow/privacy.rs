use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::intake::{Intake, IntakeRow, accept};
use warmsheet::flow::ports::{HoldRule, LeadView, Source};
use warmsheet::flow::preview::preview;
use warmsheet::flow::{Lesson, await_result, forget, retention};
use warmsheet::lead::run::{LookOutcome, StartOutcome};
use warmsheet::lead::{CompanyDomain, Status};

use super::scripted::{run, started};
use super::{AttemptRef, Bench, later};

async fn forget_acme(bench: &Bench) -> forget::Forgot {
    let acme = CompanyDomain::parse("acme.com").expect("a domain");
    let forgot = forget::forget(&*bench.store, &*bench.clock, &acme, || {});
    forgot.await.expect("forgotten")
}

fn forced(domain: &str) -> IntakeRow {
    IntakeRow {
        domain: domain.to_owned(),
        force: true,
        ..IntakeRow::default()
    }
}

fn is_nameless(lead: &LeadView) -> bool {
    lead.domain.is_none() && lead.input == "(forgotten)"
}

#[tokio::test]
async fn no_key_goes_out_for_a_forgotten_company_not_even_a_second_time() {
    let bench = Bench::new().await;
    let queued = bench.add("acme.com").await;
    let forced = bench.add_row(forced("acme.com"), HoldRule::Never).await;
    bench.api.will_start(StartOutcome::Unknown {
        why: "time-out".to_owned(),
    });
    bench.start(forced).await;
    later(&bench.clock, TimeDelta::minutes(10));
    assert!(
        bench.due_again(&bench.payer).await,
        "the same key would go out again"
    );
    assert_eq!(forget_acme(&bench).await.leads, 2);
    for attempt in [queued, forced] {
        assert_eq!(bench.start(attempt).await, Lesson::Nothing);
        let lead = bench.lead(attempt).await;
        assert_eq!((lead.status, is_nameless(&lead)), (Status::Rejected, true));
    }
    assert!(!bench.due_again(&bench.payer).await);
    let after = bench
        .add_row(self::forced("https://www.acme.com"), HoldRule::Always)
        .await;
    assert_eq!(bench.lead(after).await.status, Status::Rejected);
    assert_eq!(bench.api.sent().len(), 1);
    assert_eq!(bench.spending().await.today, 40, "a charge may exist");
}

#[tokio::test]
async fn a_call_under_way_is_waited_for_and_its_charge_is_known() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    // The call is begun, and answered while the company is being forgotten.
    bench.look_up().await;
    let told = Arc::new(AtomicU32::new(0));
    let acme = CompanyDomain::parse("acme.com").expect("a domain");
    let waiting = || {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let terms = bench.terms();
    let begun = bench.store.begin_start(attempt, &terms, bench.clock.get());
    assert!(matches!(
        begun.await.expect("begun"),
        warmsheet::flow::ports::Begin::Send(_)
    ));
    let answer = async {
        while told.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let now = bench.clock.get();
        let run = run("acme.com", "queued", json!({"credits_charged": 40}));
        let recorded = bench.store.record_started(attempt, &run, now, now);
        recorded.await.expect("recorded");
    };
    let forgetting = forget::forget(&*bench.store, &*bench.clock, &acme, waiting);
    let (forgot, ()) = tokio::join!(forgetting, answer);
    assert_eq!(forgot.expect("forgotten").leads, 1);
    assert_eq!(told.load(Ordering::Relaxed), 1);
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.credits, is_nameless(&lead)),
        (Status::Waiting, 40, true)
    );
    // Its end is paid for, and brings nothing.
    let result = json!({"result": {"exportRows": [{"name": "A"}]}, "credits_charged": 40});
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "completed", result)));
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.credits, lead.has_result),
        (Status::Completed, 40, false)
    );
    assert!(
        bench
            .store
            .result(attempt.lead)
            .await
            .expect("read")
            .is_none()
    );
}

#[tokio::test]
async fn a_run_that_is_lost_after_its_company_was_forgotten_is_not_bought_again() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    forget_acme(&bench).await;
    for _ in 0..8 {
        let Some(live) = bench.live().await else {
            break;
        };
        bench.api.will_look(LookOutcome::Missing);
        later(&bench.clock, TimeDelta::minutes(5));
        await_result::look(&bench.flow, &live)
            .await
            .expect("recorded");
    }
    assert_eq!(bench.lead(attempt).await.status, Status::Rejected);
    assert_eq!(bench.api.sent().len(), 1);
}

/// A lead whose report came now.
async fn reported(bench: &Bench, domain: &str) -> AttemptRef {
    let attempt = bench.add(domain).await;
    end_of(bench, attempt, domain).await;
    attempt
}

async fn end_of(bench: &Bench, attempt: AttemptRef, domain: &str) {
    bench.api.will_start(started(domain));
    bench.start(attempt).await;
    let result = json!({"result": {"exportRows": [{"name": "A"}]}, "credits_charged": 40});
    let end = run(domain, "completed", result);
    bench.api.will_look(LookOutcome::Run(end));
    bench.look().await;
}

#[tokio::test]
async fn what_its_list_does_not_have_yet_is_kept_and_that_is_told() {
    let mut bench = Bench::new().await;
    bench.flow.kept_for = Some(TimeDelta::days(1));
    let intake = Intake {
        source: Source::Folder,
        source_name: "/lists/a.csv".to_owned(),
        hold: HoldRule::Never,
        rows: vec![IntakeRow {
            domain: "acme.com".to_owned(),
            ..IntakeRow::default()
        }],
    };
    let accepted = accept(&bench.flow, intake).await.expect("accepted");
    let attempt = AttemptRef {
        lead: accepted.leads[0].seq,
        number: 1,
    };
    end_of(&bench, attempt, "acme.com").await;
    later(&bench.clock, TimeDelta::days(2));
    retention::sweep(&bench.flow).await.expect("swept");
    assert!(bench.lead(attempt).await.has_result);
    let told = || bench.flow.health.parts()[retention::PART].problem.clone();
    let problem = told().expect("a problem");
    assert!(problem.starts_with("1 older than 1 days"), "{problem}");
    let to = "folder:/lists/a.csv";
    let news = bench.store.news_for(to).await.expect("read");
    let now = bench.clock.get();
    bench
        .store
        .mark_delivered(to, &news, now)
        .await
        .expect("stored");
    retention::sweep(&bench.flow).await.expect("swept");
    assert!(!bench.lead(attempt).await.has_result);
    assert_eq!(told(), None);
}

#[tokio::test]
async fn a_preview_says_that_a_forgotten_company_is_not_bought() {
    let bench = Bench::new().await;
    forget_acme(&bench).await;
    let rows = ["globex.com", "acme.com", "acme.com"].map(|domain| IntakeRow {
        domain: domain.to_owned(),
        ..IntakeRow::default()
    });
    let preview = preview(&bench.flow, &rows).await.expect("read");
    assert_eq!((preview.bought.len(), preview.copies.len()), (1, 0));
    let places: Vec<_> = preview.unusable.iter().map(|row| row.place).collect();
    assert_eq!(places, [1, 2]);
}

#[tokio::test]
async fn results_go_after_the_days_that_are_set_and_never_before() {
    let mut bench = Bench::new().await;
    let attempt = reported(&bench, "acme.com").await;
    later(&bench.clock, TimeDelta::days(400));
    retention::sweep(&bench.flow).await.expect("swept");
    assert!(bench.lead(attempt).await.has_result, "nothing is set");
    let young = reported(&bench, "globex.com").await;
    bench.flow.kept_for = Some(TimeDelta::days(30));
    later(&bench.clock, TimeDelta::days(29));
    retention::sweep(&bench.flow).await.expect("swept");
    let lead = bench.lead(attempt).await;
    assert_eq!((lead.has_result, lead.credits), (false, 40));
    assert_eq!(lead.removed.map(|removed| removed.after_days), Some(30));
    assert!(bench.lead(young).await.has_result);
    later(&bench.clock, TimeDelta::days(2));
    retention::sweep(&bench.flow).await.expect("swept");
    assert!(!bench.lead(young).await.has_result);
    // Neither serves anybody any more: a new row is bought.
    let again = reported(&bench, "globex.com").await;
    let lead = bench.lead(again).await;
    assert_eq!((lead.status, lead.has_result), (Status::Completed, true));
    assert_eq!(bench.api.sent().len(), 3);
}
