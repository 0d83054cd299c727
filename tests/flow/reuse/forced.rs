//! What a person decides: to buy although there is a report, or to wait with it.

use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{AttemptRef, HoldRule};
use warmsheet::lead::{Decision, Status};

use crate::Bench;

pub(super) fn forced(domain: &str) -> IntakeRow {
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
