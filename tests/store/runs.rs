use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::ports::{Ended, Payer, Recorded, RunTime, StoreError, WorkLeft};
use warmsheet::lead::{Decision, Status};

use crate::events::event;
use crate::fixture::{Fixture, a_minute, api_batch, at, payer, row, run};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_looked_at_hinted_ones_first_then_by_their_time() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture
            .accept(api_batch(&["a-one.com", "a-two.com", "a-three.com"]))
            .await;
        for (lead, id) in leads.iter().zip(["run-1", "run-2", "run-3"]) {
            fixture.start(*lead, id).await;
        }
        let going = store.record_look(leads[0], "signals_running", 0, at(9), at(2));
        going.await.expect("recorded");
        let hint = store
            .record_event(&event("evt-3", "x", "run-3"), at(5))
            .await;
        assert_eq!(hint.expect("stored"), Recorded::New { made_due: true });
        let live = async |payer: &Payer, busy: &[i64]| {
            let runs = store.live_runs(payer, busy, 9).await.expect("read");
            let runs = runs
                .into_iter()
                .map(|run| (run.run_id, run.due_at, run.hinted));
            runs.collect::<Vec<_>>()
        };
        let due = |id: &str, minute, hinted| (id.to_owned(), at(minute), hinted);
        let all = [
            due("run-3", 5, true),
            due("run-2", 1, false),
            due("run-1", 9, false),
        ];
        assert_eq!(live(&payer(), &[]).await, all);
        assert_eq!(
            live(&payer(), &[leads[2].lead, leads[0].lead]).await,
            all[1..2]
        );
        let other = Payer {
            agent: "agent-2".to_owned(),
            ..payer()
        };
        assert_eq!(live(&other, &[]).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_that_comes_while_the_run_is_looked_at_is_kept() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let hinted = async || {
            let runs = store.live_runs(&payer(), &[], 1).await.expect("read");
            (runs[0].hinted, runs[0].due_at)
        };
        let hint = async |id: &str, minute| {
            let hint = store
                .record_event(&event(id, "x", "run-1"), at(minute))
                .await;
            hint.expect("stored");
        };
        hint("evt-1", 3).await;
        // How many hints had come when the run was asked for, whatever any clock says.
        let look = async |hints| {
            store
                .record_look(lead, "queued", hints, at(20), at(6))
                .await
        };
        look(0).await.expect("recorded");
        assert_eq!(hinted().await, (true, at(3)), "asked before the hint");
        look(1).await.expect("recorded");
        assert_eq!(hinted().await, (false, at(20)), "asked after it");
        hint("evt-2", 7).await;
        let failed = async |hints| {
            let failed = store.record_no_look(lead, "500", false, hints, at(30), at(8));
            failed.await.expect("recorded");
        };
        failed(1).await;
        assert_eq!(hinted().await, (true, at(7)));
        failed(2).await;
        assert_eq!(hinted().await, (false, at(30)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_without_an_answer_are_counted_and_one_good_one_forgets_them() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let counted = async || {
            let run = store
                .live_runs(&payer(), &[], 1)
                .await
                .expect("read")
                .remove(0);
            (run.failed_looks, run.misses, run.missing_since)
        };
        for (minute, missing) in [(2, true), (3, false), (4, true)] {
            let now = at(minute);
            let failed = store.record_no_look(lead, "404", missing, 0, at(9), now);
            failed.await.expect("recorded");
        }
        assert_eq!(counted().await, (3, 2, Some(at(2))));
        assert_eq!(fixture.view(lead).await.reason, "404");
        let going = store.record_look(lead, "polishing", 0, at(9), at(5));
        going.await.expect("recorded");
        assert_eq!(counted().await, (0, 0, None));
        let view = fixture.view(lead).await;
        assert_eq!(
            (view.run_status.as_deref(), view.reason.as_str()),
            (Some("polishing"), "")
        );
        // The same word once more is no news.
        let going = store.record_look(lead, "polishing", 0, at(9), at(6));
        going.await.expect("recorded");
        assert_eq!(fixture.view(lead).await.updated_at, at(5));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_stored_whole_and_once() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let raw = json!({"status": "completed", "credits_charged": 38, "result": {"n": 1.5}});
        let run = run("run-1", raw);
        let end = async || {
            let ended = Ended {
                status: Status::Completed,
                run: &run,
                rows: vec![row(&[("name", "A")]), row(&[("name", "B"), ("mail", "b")])],
                reason: "done".to_owned(),
                time: a_minute(),
            };
            store.record_end(lead, ended, at(3)).await
        };
        end().await.expect("recorded");
        assert!(matches!(end().await, Err(StoreError::Stale)), "only once");
        for late in [
            store.record_look(lead, "queued", 0, at(5), at(4)).await,
            store
                .record_no_look(lead, "500", false, 0, at(5), at(4))
                .await,
            store.park(lead, "late", at(4)).await,
        ] {
            assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
        }
        let view = fixture.view(lead).await;
        assert_eq!(
            (view.status, view.credits, view.has_result),
            (Status::Completed, 38, true)
        );
        assert_eq!(view.finished_at, Some(at(3)));
        let result = store
            .result(lead.lead)
            .await
            .expect("read")
            .expect("a result");
        assert_eq!((result.run_id.as_str(), result.stored_at), ("run-1", at(3)));
        assert_eq!(result.run, run.raw);
        let rows = store
            .result_rows(&Default::default(), (0, 0), 9)
            .await
            .expect("read");
        rows.into_iter()
            .map(|row| (row.row, row.shape, row.cells))
            .collect::<Vec<_>>()
    })
    .await;
}

async fn parked_run(fixture: &Fixture) -> warmsheet::flow::ports::AttemptRef {
    let lead = fixture.add("acme.com").await;
    fixture.start(lead, "run-1").await;
    fixture
        .store
        .park(lead, "gone", at(2))
        .await
        .expect("parked");
    lead
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_retry_that_found_nothing_buys_again() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = parked_run(fixture).await;
        let again = async || store.record_missing_bought_again(lead, at(4)).await;
        assert!(matches!(again().await, Err(StoreError::Stale)));
        let id = fixture.view(lead).await.id;
        let retry = store.decide(&id, Decision::Retry, false, at(3)).await;
        retry.expect("decided");
        assert!(store.live_runs(&payer(), &[], 1).await.expect("read")[0].buy_if_missing);
        again().await.expect("a new attempt");
        assert!(matches!(again().await, Err(StoreError::Stale)), "only once");
        let view = fixture.view(lead).await;
        assert_eq!(
            (view.status, view.attempt, view.run_id),
            (Status::Queued, 2, None)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_waited_for_too_long_is_overdue_once_it_was_looked_at() {
    on_both(async |fixture| {
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let overdue = async |since, now| {
            let runs = fixture.store.overdue_runs(at(since), at(now)).await;
            runs.expect("read") == [lead]
        };
        assert!(!overdue(0, 60).await, "not yet");
        assert!(!overdue(1, 60).await, "a look is due first");
        assert!(overdue(1, 0).await, "looked at lately");
        assert!(overdue(24 * 60 + 1, 9000).await, "nobody looks at it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_took_is_kept_and_so_is_when_others_were_seen_going() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture
            .accept(api_batch(&[
                "a-one.com",
                "a-two.com",
                "a-three.com",
                "a-four.com",
            ]))
            .await;
        for (lead, id) in leads.iter().zip(["run-1", "run-2", "run-3"]) {
            fixture.start(*lead, id).await;
        }
        let seen = store.record_look(leads[2], "queued", 0, at(9), at(2));
        seen.await.expect("recorded");
        for (lead, id, minutes, named) in [(0, "run-1", 3, true), (1, "run-2", 1, false)] {
            let ended = Ended {
                status: Status::Completed,
                run: &run(id, json!({"status": "completed"})),
                rows: Vec::new(),
                reason: String::new(),
                time: Some(RunTime {
                    took: TimeDelta::minutes(minutes),
                    named,
                }),
            };
            let recorded = store.record_end(leads[lead], ended, at(4 + minutes)).await;
            recorded.expect("recorded");
        }
        let ended = store.ended_runs(&payer(), 9).await.expect("read");
        let told: Vec<_> = ended
            .iter()
            .map(|run| (run.took.num_minutes(), run.named))
            .collect();
        assert_eq!(told, [(3, true), (1, false)], "the latest first");
        assert_eq!(store.ended_runs(&payer(), 1).await.expect("read").len(), 1);
        let going = store.seen_going(&payer()).await.expect("read");
        assert_eq!(going, [(leads[2].lead, TimeDelta::minutes(2))]);
        let left = |queued, live| WorkLeft { queued, live };
        let counted = async |only: Option<&[i64]>, busy: &[i64], most| {
            let left = store.work_left(&payer(), only, busy, most).await;
            left.expect("read")
        };
        let queued = [leads[3].lead];
        assert_eq!(counted(None, &[], 9).await, left(1, 1));
        assert_eq!(counted(Some(&queued), &[], 9).await, left(1, 1));
        assert_eq!(counted(Some(&[]), &[], 9).await, left(0, 1));
        assert_eq!(counted(None, &[], 0).await, left(0, 1));
        assert_eq!(
            counted(None, &queued, 9).await,
            left(0, 2),
            "it is being started"
        );
        let other = Payer {
            agent: "agent-2".to_owned(),
            ..payer()
        };
        assert_eq!(store.ended_runs(&other, 9).await.expect("read"), []);
        assert_eq!(store.seen_going(&other).await.expect("read"), []);
    })
    .await;
}
