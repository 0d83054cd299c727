//! Starts overlap, and what was sent first need not arrive first.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use warmsheet::lead::Status;
use warmsheet::lead::run::{LookOutcome, StartOutcome};

use super::scripted::run;
use super::working::{Working, until, until_called};
use super::{Bench, later};

const COMPANIES: usize = 10;
/// More than are taken.
const LOOKS: usize = 100;

fn refused() -> StartOutcome {
    StartOutcome::RateLimited {
        retry_after: Duration::from_secs(2),
    }
}

fn taken(company: usize) -> StartOutcome {
    StartOutcome::Started {
        run: run(
            &domain(company),
            "queued",
            json!({"id": format!("run-{company}")}),
        ),
        idempotent: false,
    }
}

fn domain(company: usize) -> String {
    format!("company-{company}.com")
}

/// Ten starts go out together where three runs are allowed; these are taken. In the order of
/// `answers`, which names a company each, they are answered.
async fn limit_is_learnt(taken_ones: [usize; 3], answers: [usize; COMPANIES]) {
    let bench = Bench::new().await;
    bench.api.has_credits(4000);
    let mut sent = Vec::new();
    for company in 0..COMPANIES {
        let answer = bench.api.answers_by_hand(&domain(company));
        sent.push((bench.add(&domain(company)).await, Some(answer)));
    }
    let working = Working::begin(&bench).await;
    later(&bench.clock, TimeDelta::seconds(5));
    until_called(&bench.api, 1, COMPANIES).await;
    for company in answers {
        let (attempt, answer) = &mut sent[company];
        let (outcome, status) = if taken_ones.contains(&company) {
            (taken(company), Status::Waiting)
        } else {
            (refused(), Status::Queued)
        };
        let answer = answer.take().expect("one answer each");
        answer.send(outcome).expect("somebody waits for it");
        until(status, async || bench.lead(*attempt).await.status).await;
    }
    for _ in 0..LOOKS {
        // Whichever it is about: none has ended.
        let going = run(&domain(0), "running", json!({}));
        bench.api.will_look(LookOutcome::Run(going));
    }
    // A minute after the refusals one more is tried beside the three.
    bench.api.will_start(refused());
    let refused_at = bench.clock.get();
    until(COMPANIES + 1, async || {
        later(&bench.clock, TimeDelta::seconds(5));
        bench.api.sent().len()
    })
    .await;
    assert!(bench.clock.get() - refused_at >= TimeDelta::minutes(1));
    let budget = working.flow.health.budget().expect("a budget");
    assert_eq!(
        budget.per_minute, budget.configured,
        "nothing was refused for there being too many requests"
    );
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_was_overtaken_by_the_runs_that_are_allowed_tells_of_a_limit_on_runs() {
    limit_is_learnt([1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_that_overtook_others_do_not_disprove_a_limit_on_runs() {
    limit_is_learnt([5, 7, 9], [3, 9, 0, 5, 7, 1, 2, 4, 6, 8]).await;
}
