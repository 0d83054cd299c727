use super::*;
use chrono::TimeDelta;

use crate::lead::LeadId;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// A budget that has rested and has room.
fn budget() -> RequestBudget {
    RequestBudget::new(60, now() - TimeDelta::minutes(5))
}

fn run(lead: i64, due_in: i64, hinted: bool) -> LiveRun {
    LiveRun {
        attempt: AttemptRef { lead, number: 1 },
        lead_id: LeadId::random(),
        run_id: format!("run-{lead}"),
        since: now() - TimeDelta::minutes(1),
        due_at: now() + TimeDelta::seconds(due_in),
        hinted,
        hints: 0,
        failed_looks: 0,
        misses: 0,
        missing_since: None,
        buy_if_missing: false,
    }
}

fn lead(lead: i64, due_in: i64) -> QueuedLead {
    QueuedLead {
        attempt: AttemptRef { lead, number: 1 },
        due_at: now() + TimeDelta::seconds(due_in),
    }
}

fn known() -> Known {
    Known {
        starts_from: Some(now()),
        looks_from: Some(now()),
        ..Known::default()
    }
}

#[test]
fn a_run_that_a_webhook_names_comes_before_everything_paid() {
    let hinted = run(1, 0, true);
    let known = Known {
        runs: vec![hinted.clone()],
        queued: Some(lead(2, 0)),
        unresolved: Some(lead(3, 0)),
        ..known()
    };
    assert_eq!(next_request(now(), &budget(), &known), Next::Look(hinted));
}

#[test]
fn an_unknown_outcome_is_settled_before_a_new_start() {
    let known = Known {
        queued: Some(lead(2, 0)),
        unresolved: Some(lead(3, 0)),
        ..known()
    };
    assert_eq!(
        next_request(now(), &budget(), &known),
        Next::Start(AttemptRef { lead: 3, number: 1 })
    );
}

#[test]
fn starts_and_late_looks_take_turns() {
    let mut known = Known {
        runs: vec![run(1, -5, false)],
        queued: Some(lead(2, 0)),
        ..known()
    };
    assert!(matches!(
        next_request(now(), &budget(), &known),
        Next::Start(_)
    ));
    known.turns.started_last = true;
    assert!(matches!(
        next_request(now(), &budget(), &known),
        Next::Look(_)
    ));
}

#[test]
fn an_errand_waits_for_news_and_unknown_outcomes_only() {
    let mut known = Known {
        runs: vec![run(1, 0, true)],
        queued: Some(lead(2, 0)),
        unresolved: Some(lead(3, 0)),
        errand: Some(Errand::Webhooks),
        ..known()
    };
    let next = |known: &Known| next_request(now(), &budget(), known);
    assert!(matches!(next(&known), Next::Look(_)));
    known.runs = vec![run(1, -5, false)];
    assert_eq!(next(&known), Next::Start(AttemptRef { lead: 3, number: 1 }));
    known.unresolved = None;
    assert_eq!(next(&known), Next::Errand(Errand::Webhooks));
}

#[test]
fn however_many_errands_there_are_starts_and_looks_go_on_in_turn() {
    let mut known = Known {
        runs: vec![run(1, -5, false)],
        queued: Some(lead(2, 0)),
        errand: Some(Errand::Webhooks),
        ..known()
    };
    let order: String = (0..8)
        .map(|_| {
            let next = next_request(now(), &budget(), &known);
            known.turns.taken(&next);
            match next {
                Next::Errand(_) => 'e',
                Next::Start(_) => 's',
                Next::Look(_) => 'l',
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(order, "eselesel");
}

#[test]
fn errands_alone_follow_each_other_and_wait_while_nothing_may_be_looked_at() {
    let later = now() + TimeDelta::seconds(9);
    let mut known = Known {
        errand: Some(Errand::Webhooks),
        looks_from: Some(later),
        ..known()
    };
    known.turns.taken(&Next::Errand(Errand::Webhooks));
    let next = |known: &Known| next_request(now(), &budget(), known);
    assert_eq!(next(&known), Next::Wait(Some(later)));
    known.looks_from = None;
    assert_eq!(next(&known), Next::Wait(None), "the key is refused");
    known.looks_from = Some(now());
    assert_eq!(next(&known), Next::Errand(Errand::Webhooks));
}

#[test]
fn while_starts_are_stopped_runs_are_still_looked_at() {
    let known = Known {
        runs: vec![run(1, 0, false)],
        queued: Some(lead(2, 0)),
        unresolved: Some(lead(3, 0)),
        starts_from: None,
        ..known()
    };
    assert!(matches!(
        next_request(now(), &budget(), &known),
        Next::Look(_)
    ));
}

#[test]
fn while_the_key_is_refused_only_the_account_is_asked() {
    let known = Known {
        runs: vec![run(1, 0, true)],
        queued: Some(lead(2, 0)),
        starts_from: None,
        looks_from: None,
        account_due: Some(now()),
        ..Known::default()
    };
    assert_eq!(next_request(now(), &budget(), &known), Next::Account);
}

#[test]
fn with_nothing_due_it_waits_for_the_earliest() {
    let known = Known {
        runs: vec![run(1, 30, false), run(2, 40, false)],
        unresolved: Some(lead(3, 20)),
        ..known()
    };
    assert_eq!(
        next_request(now(), &budget(), &known),
        Next::Wait(Some(now() + TimeDelta::seconds(20)))
    );
    assert_eq!(
        next_request(now(), &budget(), &Known::default()),
        Next::Wait(None)
    );
}

#[test]
fn an_empty_budget_makes_even_a_hinted_run_wait() {
    let fresh = RequestBudget::new(60, now());
    let known = Known {
        runs: vec![run(1, 0, true)],
        ..known()
    };
    assert_eq!(
        next_request(now(), &fresh, &known),
        Next::Wait(Some(now() + TimeDelta::seconds(1)))
    );
}
