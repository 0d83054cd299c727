use warmsheet::flow::ports::{Decided, HoldRule, NewBatch, RetryNote, StoreError};
use warmsheet::lead::{BatchId, Decision, LeadId, Status};

use crate::fixture::{api_batch, at};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_where_the_leads_state_allows_it() {
    let seen = on_both(async |fixture| {
        let lead = fixture.accept(NewBatch {
            hold: HoldRule::Always,
            ..api_batch(&["acme.com"])
        });
        let lead = lead.await[0];
        let id = fixture.view(lead).await.id;
        let mut seen = Vec::new();
        for (decision, minute) in [
            (Decision::Retry, 1),
            (Decision::Approve, 2),
            (Decision::Approve, 3),
            (Decision::Cancel, 4),
            (Decision::Approve, 5),
        ] {
            let decided = fixture.store.decide(&id, decision, false, at(minute)).await;
            seen.push(decided.expect("read"));
            seen.push(
                fixture
                    .store
                    .decide(&id, Decision::Retry, true, at(9))
                    .await
                    .expect("read"),
            );
        }
        (seen, fixture.view(lead).await.updated_at)
    })
    .await;
    let done = |status| Decided::Done {
        status,
        note: RetryNote::None,
    };
    let refused = |status| Decided::NotNow { status };
    let expected = [
        refused(Status::Held),
        refused(Status::Held),
        done(Status::Queued),
        refused(Status::Queued),
        refused(Status::Queued),
        refused(Status::Queued),
        done(Status::Cancelled),
        refused(Status::Cancelled),
        done(Status::Queued),
        refused(Status::Queued),
    ];
    assert_eq!(seen, (expected.to_vec(), at(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_looks_first_where_a_run_is_known_and_warns_where_none_is() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        fixture.start(leads[0], "run-1").await;
        fixture.send(leads[1]).await;
        let mut seen = Vec::new();
        for lead in &leads {
            store
                .park(*lead, "nobody knows", at(1))
                .await
                .expect("parked");
            let id = fixture.view(*lead).await.id;
            for accepted in [false, true] {
                let decided = store.decide(&id, Decision::Retry, accepted, at(2)).await;
                seen.push(decided.expect("read"));
            }
        }
        let looks = Decided::Done {
            status: Status::Waiting,
            note: RetryNote::LooksFirst,
        };
        let waiting = Decided::NotNow {
            status: Status::Waiting,
        };
        let bought = Decided::Done {
            status: Status::Queued,
            note: RetryNote::None,
        };
        assert_eq!(seen, [looks, waiting, Decided::ChargeMayExist, bought]);
        assert_eq!(fixture.view(leads[1]).await.attempt, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_decided_as_a_whole() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture.accept(NewBatch {
            hold: HoldRule::Always,
            ..api_batch(&["a-one.com", "a-two.com", "acme"])
        });
        let leads = leads.await;
        let batch = fixture.view(leads[0]).await.batch;
        let held = store.held_batches().await.expect("read");
        assert_eq!((held.len(), held[0].held, &held[0].id), (1, 2, &batch));
        let decide = async |decision| {
            let decided = store.decide_batch(&batch, decision, false, at(1)).await;
            decided.expect("read").changed
        };
        assert_eq!(decide(Decision::Retry).await, 0, "never bought as a whole");
        assert_eq!(decide(Decision::Approve).await, 2);
        assert_eq!(decide(Decision::Approve).await, 0);
        assert!(store.held_batches().await.expect("read").is_empty());
        fixture.start(leads[0], "run-1").await;
        assert_eq!(
            decide(Decision::Cancel).await,
            1,
            "what is under way goes on"
        );
        assert_eq!(fixture.status(leads[1]).await, Status::Cancelled);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found() {
    on_both(async |fixture| {
        let (lead, batch) = (LeadId::random(), BatchId::random());
        let decided = fixture
            .store
            .decide(&lead, Decision::Cancel, false, at(0))
            .await;
        assert!(
            matches!(decided, Err(StoreError::NotFound(_))),
            "{decided:?}"
        );
        let cancel = Decision::Cancel;
        let decided = fixture
            .store
            .decide_batch(&batch, cancel, false, at(0))
            .await;
        assert!(
            matches!(decided, Err(StoreError::NotFound(_))),
            "{decided:?}"
        );
        assert!(fixture.store.lead(&lead).await.expect("read").is_none());
        assert!(fixture.store.result(1).await.expect("read").is_none());
    })
    .await;
}
