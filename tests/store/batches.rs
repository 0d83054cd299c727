//! Batches: what starts before them, what they wait for, how long runs take.

use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::ports::{BatchQueue, Begin, HoldRule, NewBatch};
use warmsheet::lead::money::Limit;
use warmsheet::lead::{BatchId, Decision};

use crate::fixture::{api_batch, at, run};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_knows_what_starts_before_it_and_what_it_waits_for() {
    on_both(async |fixture| {
        let first = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        let held = NewBatch {
            hold: HoldRule::Always,
            ..api_batch(&["b-one.com", "b-two.com", "b-three.com"])
        };
        let held = fixture.accept(held).await;
        fixture.start(first[0], "run-1").await;
        let store = &fixture.store;
        let id = fixture.view(held[0]).await.batch;
        let view = store.batch(&id).await.expect("read").expect("the batch");
        assert_eq!((view.id.clone(), view.held), (id.clone(), 3));
        let queue = store.batch_queue(&id).await.expect("read");
        assert_eq!(queue, BatchQueue::default(), "nothing of it is queued");
        let approved = store
            .decide_batch(&id, Decision::Approve, true, at(2))
            .await;
        approved.expect("approved");
        let queue = store.batch_queue(&id).await.expect("read");
        assert_eq!((queue.before, queue.cap_lifted), (1, true));
        assert_eq!(queue.last_sent_at, None);
        fixture.start(held[0], "run-2").await;
        let queue = store.batch_queue(&id).await.expect("read");
        assert_eq!(queue.last_sent_at, Some(at(0)));
        assert!(
            store
                .batch(&BatchId::random())
                .await
                .expect("read")
                .is_none()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_times_of_completed_runs_are_told_newest_first() {
    on_both(async |fixture| {
        let domains = ["a-one.com", "a-two.com", "a-three.com"];
        let leads = fixture.accept(api_batch(&domains)).await;
        let store = &fixture.store;
        for (minute, lead) in (0..).zip(&leads) {
            let begun = fixture.begin(*lead, Limit::Unlimited, minute).await;
            assert!(matches!(begun, Begin::Send(_)), "{begun:?}");
            let run = run(&format!("run-{minute}"), json!({}));
            let recorded = store.record_started(*lead, &run, at(minute), at(minute));
            recorded.await.expect("recorded");
        }
        fixture.end(leads[0], "run-0", Vec::new(), 3).await;
        fixture.end(leads[1], "run-1", Vec::new(), 8).await;
        let minutes = async |most| {
            let times = store.run_times(most).await.expect("read");
            times.iter().map(TimeDelta::num_minutes).collect::<Vec<_>>()
        };
        assert_eq!(minutes(50).await, [7, 3]);
        assert_eq!(minutes(1).await, [7]);
    })
    .await;
}
