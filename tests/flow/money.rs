use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::ports::{AttemptRef, CitedyApi, Pause, PauseKind, StartTerms};
use warmsheet::flow::story::{Guard, WaitsFor};
use warmsheet::flow::{Lesson, pause, start};
use warmsheet::lead::money::Limit;
use warmsheet::lead::run::LookOutcome;
use warmsheet::lead::{Decision, Status};

use super::scripted::{run, started, unknown};
use super::{Bench, later};

#[tokio::test]
async fn the_cap_counts_reservations_and_opens_again_at_midnight() {
    let bench = Bench::with_cap(Limit::AtMost(80)).await;
    let leads = [
        bench.add("a-one.com").await,
        bench.add("a-two.com").await,
        bench.add("a-three.com").await,
    ];
    bench.api.will_start(started("a-one.com"));
    bench.start(leads[0]).await;
    bench.api.will_start(unknown());
    bench.start(leads[1]).await;
    assert_eq!(bench.start(leads[2]).await, Lesson::NotAllowed);
    assert_eq!(bench.lead(leads[2]).await.status, Status::Queued);
    // What is unknown may be sent again: its credits are reserved already.
    later(&bench.clock, TimeDelta::minutes(6));
    bench.api.will_start(unknown());
    bench.start(leads[1]).await;
    later(&bench.clock, TimeDelta::hours(12));
    bench.api.will_start(started("a-three.com"));
    bench.start(leads[2]).await;
    assert_eq!(bench.lead(leads[2]).await.status, Status::Waiting);
    assert_eq!(
        bench.spending().await.today,
        40,
        "the day before keeps what was sent then"
    );
}

#[tokio::test]
async fn a_cap_that_was_lowered_stops_resends_too() {
    let mut bench = Bench::with_cap(Limit::AtMost(80)).await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    bench.flow.limits.daily_credits = Limit::AtMost(0);
    later(&bench.clock, TimeDelta::minutes(6));
    assert_eq!(bench.start(attempt).await, Lesson::NotAllowed);
    assert_eq!(bench.api.sent().len(), 1);
}

#[tokio::test]
async fn what_a_person_let_pass_the_cap_keeps_no_resend_from_being_asked_for() {
    let bench = Bench::with_cap(Limit::AtMost(40)).await;
    let open = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(open).await;
    let lifted = bench.add("globex.com").await;
    let batch = bench.lead(lifted).await.batch;
    let now = bench.clock.get();
    let decided = bench
        .store
        .decide_batch(&batch, Decision::Approve, true, now);
    decided.await.expect("decided");
    bench.api.will_start(started("globex.com"));
    assert_eq!(bench.start(lifted).await, Lesson::Started);
    later(&bench.clock, TimeDelta::minutes(6));
    bench.api.will_start(started("acme.com"));
    assert_eq!(bench.start(open).await, Lesson::Fine);
    assert_eq!(bench.lead(open).await.status, Status::Waiting);
}

#[tokio::test]
async fn a_cap_that_was_lifted_once_is_not_lifted_for_a_later_attempt() {
    let bench = Bench::with_cap(Limit::AtMost(0)).await;
    let lead = bench.add("acme.com").await;
    let view = bench.lead(lead).await;
    let now = bench.clock.get();
    let decided = bench
        .store
        .decide_batch(&view.batch, Decision::Approve, true, now);
    decided.await.expect("decided");
    bench.api.will_start(started("acme.com"));
    assert_eq!(bench.start(lead).await, Lesson::Started);
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "failed", json!({}))));
    bench.look().await;
    let retried = bench.store.decide(&view.id, Decision::Retry, false, now);
    retried.await.expect("decided");
    let again = AttemptRef { number: 2, ..lead };
    assert_eq!(bench.start(again).await, Lesson::NotAllowed);
}

#[tokio::test]
async fn what_was_under_way_when_a_process_died_is_not_sent_again_before_it_must_have_ended() {
    let bench = Bench::new().await;
    let lead = bench.add("acme.com").await;
    bench.look_up().await;
    let terms = StartTerms {
        lease: bench.lease.term.clone(),
        payer: bench.payer.clone(),
        daily_credits: Limit::Unlimited,
        answered_by: bench.clock.get() + TimeDelta::seconds(30),
        trusted_since: bench.clock.get() - TimeDelta::days(1),
        reusable_since: None,
    };
    let begun = bench.store.begin_start(lead, &terms, bench.clock.get());
    begun.await.expect("begun");
    assert!(!bench.due_again(&bench.payer).await);
    later(&bench.clock, TimeDelta::seconds(30));
    assert!(bench.due_again(&bench.payer).await);
}

#[tokio::test]
async fn many_starts_at_once_never_pass_the_cap() {
    let bench = Bench::with_cap(Limit::AtMost(200)).await;
    let mut leads = Vec::new();
    for n in 0..20 {
        leads.push(bench.add(&format!("company-{n}.com")).await);
        bench.api.will_start(unknown());
    }
    bench.look_up().await;
    let starts = leads
        .iter()
        .map(|lead| start::start(&bench.flow, &bench.lease, *lead, &bench.payer));
    futures_util::future::join_all(starts).await;
    assert_eq!(bench.api.sent().len(), 5);
    assert_eq!(bench.spending().await.today, 200);
}

#[tokio::test]
async fn while_paused_nothing_is_sent_resends_included() {
    for kind in PauseKind::ALL {
        let bench = Bench::new().await;
        let sent = bench.add("acme.com").await;
        bench.api.will_start(unknown());
        bench.start(sent).await;
        let queued = bench.add("globex.com").await;
        bench
            .store
            .set_pause(&Pause {
                kind,
                message: "stop".into(),
                link: None,
                since: bench.clock.get(),
            })
            .await
            .expect("paused");
        later(&bench.clock, TimeDelta::minutes(6));
        assert_eq!(bench.start(sent).await, Lesson::NotAllowed);
        assert_eq!(bench.start(queued).await, Lesson::NotAllowed);
        assert_eq!(bench.api.sent().len(), 1);
    }
}

#[tokio::test]
async fn a_pause_of_a_person_outlives_a_good_account() {
    let bench = Bench::new().await;
    pause::by_person(&bench.flow).await.expect("paused");
    assert!(bench.api.account().await.is_ok());
    warmsheet::flow::account::ask(&bench.flow)
        .await
        .expect("asked");
    let guard = Guard::read(&bench.flow).await;
    assert_eq!(guard.expect("read").waits_for(), WaitsFor::Pause);
    pause::resume(&bench.flow).await.expect("resumed");
    assert!(bench.store.pauses().await.expect("read").is_empty());
}
