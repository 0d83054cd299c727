use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::ports::{
    LedgerEntry, LedgerFilter, LedgerMark, Outcome, PauseKind, StoreError,
};
use warmsheet::flow::start;
use warmsheet::lead::run::{LookOutcome, StartOutcome};
use warmsheet::lead::{Decision, Status};

use super::scripted::{run, started, unknown};
use super::{Bench, later};

async fn ledger(bench: &Bench) -> Vec<LedgerEntry> {
    let all = LedgerFilter::default();
    bench.store.ledger(&all, None, 100).await.expect("read")
}

async fn only(bench: &Bench) -> LedgerEntry {
    let mut entries = ledger(bench).await;
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

#[tokio::test]
async fn a_refused_key_that_goes_out_again_counts_from_the_send_that_was_taken() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(StartOutcome::OutOfCredits {
        message: "empty".into(),
        topup_url: None,
    });
    let refused_at = bench.clock.get();
    bench.start(attempt).await;
    let refused = only(&bench).await;
    assert_eq!(
        (
            refused.outcome,
            refused.charged,
            refused.reserved,
            refused.sent
        ),
        (Outcome::Refused, Some(0), 0, 1)
    );
    assert_eq!(refused.settled_at, Some(refused_at));

    bench
        .store
        .clear_pause(PauseKind::Credits)
        .await
        .expect("cleared");
    let taken_at = later(&bench.clock, TimeDelta::days(1));
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    let open = only(&bench).await;
    assert_eq!(
        (open.outcome, open.charged, open.reserved),
        (Outcome::Open, None, 40)
    );
    assert_eq!((open.first_sent_at, open.settled_at), (taken_at, None));
    let settled_at = later(&bench.clock, TimeDelta::minutes(6));
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    let taken = only(&bench).await;
    assert_eq!(
        (taken.outcome, taken.charged, taken.reserved),
        (Outcome::Started, Some(40), 0)
    );
    assert_eq!((taken.sent, taken.refusals), (3, 1));
    assert_eq!(
        (taken.first_sent_at, taken.settled_at),
        (taken_at, Some(settled_at))
    );
    assert_eq!(taken.key, refused.key);
}

#[tokio::test]
async fn a_refund_is_shown_with_the_time_it_was_told() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    let started_at = bench.clock.get();
    bench.start(attempt).await;
    assert_eq!(only(&bench).await.settled_at, Some(started_at));
    let told_at = later(&bench.clock, TimeDelta::minutes(5));
    bench.api.will_look(LookOutcome::Run(run(
        "acme.com",
        "failed",
        json!({"credits_charged": 0}),
    )));
    bench.look().await;
    let entry = only(&bench).await;
    assert_eq!((entry.charged, entry.settled_at), (Some(0), Some(told_at)));
}

#[tokio::test]
async fn an_end_that_tells_the_same_charge_leaves_the_time_alone() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    let started_at = bench.clock.get();
    bench.start(attempt).await;
    later(&bench.clock, TimeDelta::minutes(5));
    let result = json!({"result": {"exportRows": []}});
    bench
        .api
        .will_look(LookOutcome::Run(run("acme.com", "completed", result)));
    bench.look().await;
    let entry = only(&bench).await;
    assert_eq!(
        (entry.charged, entry.settled_at),
        (Some(40), Some(started_at))
    );
}

#[tokio::test]
async fn an_answer_after_a_person_has_given_it_up_is_still_charged() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    let given_up = later(&bench.clock, TimeDelta::hours(25));
    start::park_outdated(&bench.flow).await.expect("swept");
    let parked = only(&bench).await;
    assert_eq!((parked.outcome, parked.reserved), (Outcome::Unknown, 40));
    assert_eq!(parked.settled_at, Some(given_up));
    let id = bench.lead(attempt).await.id;
    bench
        .store
        .decide(&id, Decision::Retry, true, bench.clock.get())
        .await
        .expect("decided");
    // The answer to the first key arrives only now.
    let late = run("acme.com", "queued", json!({}));
    let now = later(&bench.clock, TimeDelta::seconds(1));
    let recorded = bench.store.record_started(attempt, &late, now, now).await;
    assert!(matches!(recorded, Err(StoreError::Stale)), "{recorded:?}");
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.attempt, lead.credits),
        (Status::Queued, 2, 40)
    );
    let entry = only(&bench).await;
    assert_eq!(
        (entry.outcome, entry.charged, entry.reserved),
        (Outcome::Started, Some(40), 0)
    );
}

#[tokio::test]
async fn pages_go_on_where_the_last_ended_and_days_cut_at_midnight() {
    let bench = Bench::new().await;
    for n in 0..7 {
        let attempt = bench.add(&format!("company-{n}.com")).await;
        bench.api.will_start(unknown());
        bench.start(attempt).await;
        // Four at the same moment, three a day later.
        if n == 3 {
            later(&bench.clock, TimeDelta::hours(12));
        }
    }
    let all = LedgerFilter::default();
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = bench
            .store
            .ledger(&all, after.as_ref(), 2)
            .await
            .expect("read");
        let Some(last) = page.last() else { break };
        after = Some(LedgerMark::at(last));
        keys.extend(page.into_iter().map(|entry| entry.key));
    }
    let expected: Vec<String> = ledger(&bench).await.into_iter().map(|e| e.key).collect();
    assert_eq!((keys.len(), &keys), (7, &expected));
    let day = |text: &str| Some(text.parse().expect("a day"));
    for (from, to, attempts) in [
        (None, day("2026-03-01"), 4),
        (day("2026-03-02"), None, 3),
        (day("2026-03-01"), day("2026-03-02"), 7),
        (day("2026-03-03"), None, 0),
    ] {
        let filter = LedgerFilter {
            from,
            to,
            outcome: None,
        };
        let totals = bench.store.ledger_totals(&filter).await.expect("read");
        assert_eq!(
            (totals.attempts, totals.reserved),
            (attempts, attempts * 40),
            "{filter:?}"
        );
        let read = bench.store.ledger(&filter, None, 100).await.expect("read");
        assert_eq!(i64::try_from(read.len()), Ok(attempts), "{filter:?}");
    }
}
