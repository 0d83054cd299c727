//! What is told of batches that wait for approval.

use chrono::TimeDelta;
use warmsheet::flow::held_batches::held_batches;
use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{AttemptRef, HoldRule};
use warmsheet::lead::{Decision, Status};

use super::forced::forced;
use crate::Bench;

impl Bench {
    /// One that knows the account of its key, whose report on acme.com is stored.
    async fn with_a_report() -> Self {
        let bench = Self::new().await;
        bench
            .store
            .remember_agent("https://www.citedy.com", "0123456789ab", "agent-1")
            .await
            .expect("the account is known");
        bench.report("acme.com").await;
        bench
    }

    async fn hold(&self, domain: &str) -> AttemptRef {
        let row = IntakeRow {
            domain: domain.to_owned(),
            ..IntakeRow::default()
        };
        self.add_row(row, HoldRule::Always).await
    }

    /// Of each held batch, the newest first, how many leads would be reused.
    async fn held(&self) -> Vec<u64> {
        let batches = held_batches(&self.flow).await.expect("read");
        batches.iter().map(|(_, reused)| *reused).collect()
    }
}

#[tokio::test]
async fn a_held_lead_is_served_once_it_is_approved_and_counted_before() {
    let bench = Bench::with_a_report().await;
    let held = bench.hold("acme.com").await;
    bench.add_row(forced("acme.com"), HoldRule::Always).await;
    bench.look_up().await;
    assert_eq!(bench.status(held).await, Status::Held);
    assert_eq!(bench.held().await, [0, 1], "the forced one is bought");
    bench.decide(held, Decision::Approve).await;
    bench.look_up().await;
    assert_eq!(bench.status(held).await, Status::Reused);
}

#[tokio::test]
async fn whatever_is_written_is_told_at_once() {
    let bench = Bench::with_a_report().await;
    assert!(bench.held().await.is_empty());
    let known = bench.hold("acme.com").await;
    assert_eq!(bench.held().await, [1]);
    bench.hold("other.com").await;
    assert_eq!(bench.held().await, [0, 1]);
    bench.report("other.com").await;
    assert_eq!(bench.held().await, [1, 1]);
    bench.decide(known, Decision::Cancel).await;
    assert_eq!(bench.held().await, [1]);
}

#[tokio::test]
async fn a_report_that_grows_too_old_is_not_counted_any_more() {
    let bench = Bench::with_a_report().await;
    bench.clock.advance(TimeDelta::minutes(1));
    bench.hold("acme.com").await;
    assert_eq!(bench.held().await, [1]);
    bench.clock.advance(TimeDelta::days(31));
    assert_eq!(bench.held().await, [0]);
}
