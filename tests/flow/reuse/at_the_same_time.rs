//! Leads that ask for the same report at the same time buy it once: the others wait for it.

use chrono::TimeDelta;
use warmsheet::flow::story::{Guard, tell};
use warmsheet::flow::{Lesson, start};
use warmsheet::lead::Status;
use warmsheet::lead::run::StartOutcome;

use crate::scripted::{started, unknown};
use crate::support::flow::payer;
use crate::{Bench, later};

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
async fn other_accounts_do_not_wait_for_each_other() {
    let bench = Bench::new().await;
    let (first, other) = (bench.add("acme.com").await, bench.add("acme.com").await);
    bench.buy(first, "acme.com").await;
    bench.look_up_for(&payer("agent-2")).await;
    bench.api.will_start(started("acme.com"));
    let lesson = start::start(&bench.flow, &bench.lease, other, &payer("agent-2")).await;
    assert_eq!(lesson.expect("recorded"), Lesson::Started);
}
