use chrono::TimeDelta;
use serde_json::json;
use warmsheet::flow::ports::Decided;
use warmsheet::flow::{Lesson, start};
use warmsheet::lead::run::StartOutcome;
use warmsheet::lead::{Decision, Status};

use super::scripted::{run, started, unknown};
use super::{Bench, later};
use crate::support::flow::payer;

#[tokio::test]
async fn an_unknown_outcome_sends_the_same_key_again_until_an_answer_comes() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    for _ in 0..3 {
        bench.api.will_start(unknown());
        assert_eq!(bench.start(attempt).await, Lesson::Trouble);
        assert_eq!(bench.lead(attempt).await.status, Status::Starting);
        assert!(!bench.due_again(&bench.payer).await, "not at once");
        later(&bench.clock, TimeDelta::minutes(6));
        assert!(bench.due_again(&bench.payer).await);
    }
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    assert_eq!(bench.lead(attempt).await.status, Status::Waiting);
    let sent = bench.api.sent();
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|key| *key == sent[0]), "{sent:?}");
    assert_eq!(bench.spending().await.today, 40);
}

#[tokio::test]
async fn a_refusal_of_a_second_send_says_nothing_about_the_first() {
    for refusal in [
        StartOutcome::RateLimited {
            retry_after: std::time::Duration::from_secs(30),
        },
        StartOutcome::NotSent {
            why: "refused".into(),
        },
        StartOutcome::OutOfCredits {
            message: "empty".into(),
            topup_url: None,
        },
        StartOutcome::KeyRefused {
            message: "wrong".into(),
        },
        StartOutcome::Conflict {
            message: "in use".into(),
        },
        StartOutcome::Invalid {
            message: "no".into(),
        },
    ] {
        let bench = Bench::new().await;
        let attempt = bench.add("acme.com").await;
        bench.api.will_start(unknown());
        bench.start(attempt).await;
        later(&bench.clock, TimeDelta::minutes(6));
        bench.api.will_start(refusal.clone());
        bench.start(attempt).await;
        let lead = bench.lead(attempt).await;
        assert_eq!(lead.status, Status::Starting, "{refusal:?}");
        assert_eq!(
            bench.spending().await.reserved,
            40,
            "{refusal:?}: the charge may exist"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_a_first_send_frees_the_reservation_and_the_next_send_is_a_first_again() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    let wait = std::time::Duration::from_secs(30);
    bench
        .api
        .will_start(StartOutcome::RateLimited { retry_after: wait });
    assert_eq!(bench.start(attempt).await, Lesson::NoMoreStarts(wait));
    assert_eq!(bench.lead(attempt).await.status, Status::Queued);
    assert_eq!(bench.spending().await.today, 0);
    bench.api.will_start(StartOutcome::Conflict {
        message: "in use".into(),
    });
    bench.start(attempt).await;
    assert_eq!(
        bench.lead(attempt).await.status,
        Status::Parked,
        "a 409 on a first send parks"
    );
}

#[tokio::test]
async fn after_a_day_of_silence_a_person_decides_and_the_reservation_stays() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    later(&bench.clock, TimeDelta::hours(23));
    start::park_outdated(&bench.flow).await.expect("swept");
    assert_eq!(bench.lead(attempt).await.status, Status::Starting);
    later(&bench.clock, TimeDelta::hours(2));
    start::park_outdated(&bench.flow).await.expect("swept");
    let lead = bench.lead(attempt).await;
    assert_eq!(lead.status, Status::Parked);
    assert!(
        !bench.due_again(&bench.payer).await,
        "the key is not sent any more"
    );
    let spending = bench.spending().await;
    assert_eq!((spending.unknown, spending.charged), (1, 0));
    // A retry warns that a charge may exist, and buys under a new key once that is accepted.
    let decide = |accepted| {
        bench
            .store
            .decide(&lead.id, Decision::Retry, accepted, bench.clock.get())
    };
    assert_eq!(decide(false).await.expect("read"), Decided::ChargeMayExist);
    decide(true).await.expect("decided");
    let again = super::AttemptRef {
        number: 2,
        ..attempt
    };
    bench.api.will_start(started("acme.com"));
    bench.start(again).await;
    let sent = bench.api.sent();
    assert!(
        sent[0].ends_with("-1") && sent[1].ends_with("-2"),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_key_sent_for_one_account_is_never_sent_for_another() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    later(&bench.clock, TimeDelta::minutes(6));
    let other = payer("agent-2");
    assert!(!bench.due_again(&other).await);
    let lesson = start::start(&bench.flow, &bench.lease, attempt, &other)
        .await
        .expect("recorded");
    assert_eq!(lesson, Lesson::Nothing);
    assert_eq!(bench.api.sent().len(), 1);
}

#[tokio::test]
async fn a_run_is_only_looked_at_for_the_account_that_paid() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    let others = bench
        .store
        .live_runs(&payer("agent-2"), &[], 10)
        .await
        .expect("read");
    assert!(others.is_empty());
}

#[tokio::test]
async fn a_known_key_that_answers_another_companys_run_parks() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(StartOutcome::Started {
        run: run("globex.com", "completed", json!({})),
        idempotent: true,
    });
    bench.start(attempt).await;
    let lead = bench.lead(attempt).await;
    assert_eq!(lead.status, Status::Parked);
    assert!(lead.reason.contains("globex.com"), "{}", lead.reason);
}

#[tokio::test]
async fn a_lead_that_was_started_or_cancelled_is_not_started_again() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(started("acme.com"));
    bench.start(attempt).await;
    assert_eq!(bench.start(attempt).await, Lesson::Nothing);
    let other = bench.add("globex.com").await;
    let id = bench.lead(other).await.id;
    let now = bench.clock.get();
    bench
        .store
        .decide(&id, Decision::Cancel, false, now)
        .await
        .expect("decided");
    assert_eq!(bench.start(other).await, Lesson::Nothing);
    assert_eq!(bench.api.sent().len(), 1);
    assert!(
        bench
            .store
            .queued(&bench.payer, None, &[], 10)
            .await
            .expect("read")
            .is_empty()
    );
}

#[tokio::test]
async fn a_key_that_is_too_old_is_parked_and_not_sent_even_if_nobody_swept() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    later(&bench.clock, TimeDelta::days(3));
    assert_eq!(bench.start(attempt).await, Lesson::Nothing);
    assert_eq!(bench.api.sent().len(), 1);
    assert_eq!(bench.lead(attempt).await.status, Status::Parked);
}

#[tokio::test]
async fn an_answer_that_comes_after_its_lead_was_parked_is_kept() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.api.will_start(unknown());
    bench.start(attempt).await;
    let now = bench.clock.get();
    bench
        .store
        .park(attempt, "given up", now)
        .await
        .expect("parked");
    let late = run("acme.com", "queued", json!({}));
    let recorded = bench.store.record_started(attempt, &late, now, now).await;
    recorded.expect("kept");
    let lead = bench.lead(attempt).await;
    assert_eq!(
        (lead.status, lead.run_id.as_deref()),
        (Status::Waiting, Some("run-1"))
    );
    assert_eq!(bench.spending().await.charged, 40);
}

#[tokio::test]
async fn after_the_gate_is_closed_nothing_is_sent() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    bench.flow.gate.close();
    assert_eq!(bench.start(attempt).await, Lesson::Nothing);
    assert!(bench.api.sent().is_empty());
    assert_eq!(bench.lead(attempt).await.status, Status::Queued);
}
