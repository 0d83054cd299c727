//! What a person decides: to buy although there is a report, or to wait with it.

use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{AttemptRef, HoldRule};
use warmsheet::flow::reuse;
use warmsheet::lead::{Decision, Status};

use crate::Bench;

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
