//! What a paid call came to.

use serde_json::json;
use warmsheet::flow::ports::{Ended, Payer, StoreError};
use warmsheet::lead::Status;

use crate::fixture::{a_minute, api_batch, at, payer, run};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_an_earlier_send_changes_nothing_once_the_key_was_sent_again() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        let earlier = fixture.send(lead).await;
        let unknown = store.record_unknown(lead, "no answer", at(5), at(1));
        unknown.await.expect("recorded");
        let later = fixture.send(lead).await;
        for answer in [
            store.record_refused(earlier, "slow down", at(2)).await,
            store.record_rejected(earlier, "no", at(2)).await,
            store.record_conflict(earlier, "in use", at(2)).await,
        ] {
            assert!(matches!(answer, Err(StoreError::Stale)), "{answer:?}");
        }
        assert_eq!(fixture.status(lead).await, Status::Starting);
        let day = at(0).date_naive();
        assert_eq!(store.spending(day).await.expect("read").reserved, 40);
        let refused = store.record_refused(later, "slow down", at(2));
        refused.await.expect("recorded");
        assert_eq!(fixture.status(lead).await, Status::Queued);
        assert_eq!(store.spending(day).await.expect("read").today, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_is_told_again_is_not_taken_for_that_of_the_next_send() {
    on_both(async |bench| {
        let store = &bench.store;
        let lead = bench.add("acme.com").await;
        let first = bench.send(lead).await;
        let refused = store.record_refused(first, "slow down", at(1));
        refused.await.expect("recorded");
        bench.send(lead).await;
        let again = store.record_refused(first, "slow down", at(2)).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
        assert_eq!(bench.status(lead).await, Status::Starting);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_to_a_start_does_not_undo_what_its_run_has_cost_since() {
    on_both(async |bench| {
        let store = &bench.store;
        let lead = bench.add("acme.com").await;
        bench.start(lead, "run-1").await;
        let refunded = run("run-1", json!({"status": "failed", "credits_charged": 0}));
        let ended = Ended {
            status: Status::Failed,
            run: &refunded,
            rows: Vec::new(),
            reason: String::new(),
            time: a_minute(),
        };
        store
            .record_end(lead, ended, at(2))
            .await
            .expect("recorded");
        let late = run("run-1", json!({"credits_charged": 40}));
        let late = store.record_started(lead, &late, at(3), at(3)).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        let day = at(0).date_naive();
        assert_eq!(store.spending(day).await.expect("read").charged, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_start_came_to_is_recorded_once() {
    let seen = on_both(async |fixture| {
        let store = &fixture.store;
        let names = ["a-one.com", "a-two.com", "a-three.com", "a-four.com"];
        let leads = fixture.accept(api_batch(&names)).await;
        let mut sent = Vec::new();
        for lead in &leads {
            sent.push(fixture.send(*lead).await);
        }
        let first = run("run-1", json!({}));
        for again in [false, true] {
            let answers = [
                store.record_started(leads[0], &first, at(1), at(0)).await,
                store.record_rejected(sent[1], "no", at(0)).await,
                store.record_conflict(sent[2], "in use", at(0)).await,
                store.park(leads[3], "nobody knows", at(0)).await,
            ];
            for answer in answers {
                assert_eq!(
                    matches!(answer, Err(StoreError::Stale)),
                    again,
                    "{answer:?}"
                );
            }
        }
        // An answer that comes after its lead was parked is kept.
        let late = run("run-4", json!({}));
        let late = store.record_started(leads[3], &late, at(1), at(2));
        late.await.expect("recorded");
        let mut seen = Vec::new();
        for lead in &leads {
            let view = fixture.view(*lead).await;
            seen.push((view.status, view.reason, view.run_id, view.credits));
        }
        let spending = store.spending(at(0).date_naive()).await.expect("read");
        (seen, spending.today, spending.charged, spending.unknown)
    })
    .await;
    let (seen, today, charged, unknown) = seen;
    let statuses: Vec<Status> = seen.iter().map(|lead| lead.0).collect();
    let expected = [
        Status::Waiting,
        Status::Rejected,
        Status::Parked,
        Status::Waiting,
    ];
    assert_eq!(statuses, expected);
    assert_eq!((today, charged, unknown), (120, 80, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unresolved_is_told_by_account_and_by_age() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        for (lead, due) in leads.iter().zip([9, 5]) {
            fixture.send(*lead).await;
            let unknown = store.record_unknown(*lead, "no answer", at(due), at(1));
            unknown.await.expect("recorded");
        }
        let unresolved = async |payer: &Payer, busy: &[i64], most| {
            let leads = store.unresolved(payer, busy, most).await.expect("read");
            let leads = leads.into_iter().map(|lead| (lead.attempt, lead.due_at));
            leads.collect::<Vec<_>>()
        };
        let (first, second) = ((leads[1], at(5)), (leads[0], at(9)));
        assert_eq!(unresolved(&payer(), &[], 9).await, [first, second]);
        assert_eq!(unresolved(&payer(), &[], 1).await, [first]);
        assert_eq!(unresolved(&payer(), &[leads[1].lead], 9).await, [second]);
        let other = Payer {
            agent: "agent-2".to_owned(),
            ..payer()
        };
        assert_eq!(unresolved(&other, &[], 9).await, []);
        let since = async |minute| {
            store
                .unresolved_since(at(minute))
                .await
                .expect("read")
                .len()
        };
        assert_eq!((since(0).await, since(1).await), (0, 2));
    })
    .await;
}
