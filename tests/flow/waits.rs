use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::await_result;
use warmsheet::flow::ports::{Decided, RetryNote};
use warmsheet::lead::run::LookOutcome;
use warmsheet::lead::{Decision, Status};

use super::scripted::{run, started};
use super::{AttemptRef, Bench, later};

async fn waiting() -> (Bench, AttemptRef) {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    (bench, attempt)
}

#[tokio::test]
async fn a_look_that_finds_the_end_stores_everything() {
    let (bench, attempt) = waiting().await;
    let result = json!({"result": {"exportRows": [{"name": "A"}]}, "credits_charged": 40});
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "completed", result)));
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.credits, lead.has_result),
        (Status::Completed, 40, true)
    );
    let stored = bench
        .store
        .result(attempt.lead)
        .await
        .expect("read")
        .expect("a result");
    assert_eq!(stored.run["result"]["exportRows"][0]["name"], "A");
    assert!(bench.live().await.is_none());
}

#[tokio::test]
async fn a_failed_run_that_citedy_refunds_counts_what_it_cost() {
    let (bench, attempt) = waiting().await;
    let refunded = json!({"error_message": "sorry", "credits_charged": 0});
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "failed", refunded)));
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!((lead.status, lead.credits), (Status::Failed, 0));
    assert_eq!(lead.reason, "sorry");
    assert_eq!(bench.spending().await.today, 0);
}

#[tokio::test]
async fn a_run_that_nobody_knows_is_parked_only_after_many_answers_over_a_while() {
    let (bench, attempt) = waiting().await;
    for _ in 0..4 {
        bench.api.will_look(LookOutcome::Missing);
        bench.look().await;
        assert_eq!(bench.lead(attempt).await.status, Status::Waiting);
    }
    // The fifth comes too soon after the first to be believed.
    bench.api.will_look(LookOutcome::Missing);
    bench.look().await;
    assert_eq!(bench.lead(attempt).await.status, Status::Waiting);
    later(&bench.clock, TimeDelta::minutes(11));
    bench.api.will_look(LookOutcome::Missing);
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!(lead.status, Status::Parked);
    assert_eq!(lead.run_id.as_deref(), Some("run-1"), "the run id is kept");
}

#[tokio::test]
async fn one_good_look_forgets_the_missing_ones() {
    let (bench, _) = waiting().await;
    for _ in 0..4 {
        bench.api.will_look(LookOutcome::Missing);
        bench.look().await;
    }
    bench.api.will_look(LookOutcome::Run(run(
        "acme.com",
        "signals_running",
        json!({}),
    )));
    bench.look().await;
    let run = bench.live().await.expect("still waiting");
    assert_eq!((run.misses, run.missing_since), (0, None));
}

#[tokio::test]
async fn after_a_week_a_run_is_parked_and_its_retry_looks_before_it_buys() {
    let (bench, attempt) = waiting().await;
    later(&bench.clock, TimeDelta::days(6));
    await_result::park_overdue(&bench.flow)
        .await
        .expect("swept");
    assert_eq!(bench.lead(attempt).await.status, Status::Waiting);
    later(&bench.clock, TimeDelta::hours(30));
    await_result::park_overdue(&bench.flow)
        .await
        .expect("swept");
    let status = bench.lead(attempt).await.status;
    assert_eq!(
        status,
        Status::Waiting,
        "after a long sleep a look comes first"
    );
    let going = run("acme.com", "signals_running", json!({}));
    bench.api.will_look(LookOutcome::Run(going));
    bench.look().await;
    await_result::park_overdue(&bench.flow)
        .await
        .expect("swept");
    let lead = bench.lead(attempt).await;
    assert_eq!(lead.status, Status::Parked);
    let decided = bench
        .store
        .decide(&lead.id, Decision::Retry, false, bench.clock.get())
        .await
        .expect("decided");
    let looks = Decided::Done {
        status: Status::Waiting,
        note: RetryNote::LooksFirst,
    };
    assert_eq!(decided, looks);
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "completed", json!({}))));
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.attempt),
        (Status::Completed, 1),
        "found, not bought"
    );
    assert_eq!(bench.api.sent().len(), 1);
}

#[tokio::test]
async fn a_retry_that_finds_nothing_buys_under_a_new_key() {
    let (bench, attempt) = waiting().await;
    later(&bench.clock, TimeDelta::days(9));
    await_result::park_overdue(&bench.flow)
        .await
        .expect("swept");
    let id = bench.lead(attempt).await.id;
    let now = bench.clock.get();
    bench
        .store
        .decide(&id, Decision::Retry, false, now)
        .await
        .expect("decided");
    for _ in 0..3 {
        bench.api.will_look(LookOutcome::Missing);
        bench.look().await;
        let lead = bench.lead(attempt).await;
        assert_eq!(lead.status, Status::Waiting, "a few answers prove nothing");
    }
    later(&bench.clock, TimeDelta::minutes(2));
    bench.api.will_look(LookOutcome::Missing);
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!((lead.status, lead.attempt), (Status::Queued, 2));
}

#[tokio::test]
async fn a_look_that_fails_is_made_again_and_moves_nothing() {
    let (bench, attempt) = waiting().await;
    bench
        .api
        .will_look(LookOutcome::Failed { why: "500".into() });
    bench.look().await;
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.reason.as_str()),
        (Status::Waiting, "500")
    );
    let run = bench.live().await.expect("still waiting");
    assert!(run.due_at > bench.clock.get());
}
