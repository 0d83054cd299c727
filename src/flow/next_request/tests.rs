use super::*;
use chrono::TimeDelta;

use crate::flow::ports::RunTime;
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
        seen_at: None,
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

/// What is known in the middle of a long list.
fn known() -> Known {
    Known {
        starts_from: Some(now()),
        looks_from: Some(now()),
        left: WorkLeft {
            queued: 10_000,
            live: 10,
        },
        ..Known::default()
    }
}

/// Runs of another list: a minute each, give or take two seconds.
fn pace() -> Pace {
    let times: Vec<RunTime> = (-20..=20)
        .map(|off| RunTime {
            took: TimeDelta::milliseconds(60_000 + off * 100),
            named: false,
        })
        .collect();
    let mut pace = Pace::default();
    pace.take_over(&times, &[]);
    pace
}

fn next(known: &Known) -> Next {
    next_request(now(), &budget(), &pace(), known)
}

/// The next requests by letter, each counted as it goes: an errand, a start or a look.
fn order(known: &mut Known, requests: usize) -> String {
    let mut letter = || {
        let next = next(known);
        known.turns.taken(&next, &pace(), now());
        match next {
            Next::Errand(_) => 'e',
            Next::Start(_) => 's',
            Next::Look(_) => 'l',
            other => panic!("{other:?}"),
        }
    };
    (0..requests).map(|_| letter()).collect()
}

/// A run that was started so long ago and was not looked at since; it is not due.
fn aged(lead: i64, seconds: i64) -> LiveRun {
    LiveRun {
        since: now() - TimeDelta::seconds(seconds),
        ..run(lead, 600, false)
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
    assert_eq!(next(&known), Next::Look(hinted));
}

#[test]
fn an_unknown_outcome_is_settled_before_a_new_start() {
    let known = Known {
        queued: Some(lead(2, 0)),
        unresolved: Some(lead(3, 0)),
        ..known()
    };
    assert_eq!(next(&known), Next::Start(AttemptRef { lead: 3, number: 1 }));
}

#[test]
fn a_look_comes_before_a_start_only_if_it_nearly_certainly_finds_a_result() {
    let mut known = Known {
        runs: vec![aged(1, 40), aged(2, 80), aged(3, 70)],
        queued: Some(lead(9, 0)),
        ..known()
    };
    assert_eq!(next(&known), Next::Look(known.runs[1].clone()));
    known.runs = vec![aged(1, 40), aged(2, 58)];
    assert!(matches!(next(&known), Next::Start(_)));
    known.queued = None;
    assert_eq!(next(&known), Next::Look(known.runs[1].clone()));
    known.runs = vec![aged(1, 20)];
    let Next::Wait(Some(until)) = next(&known) else {
        panic!("{:?}", next(&known));
    };
    let wait = (until - now()).num_seconds();
    assert!((25..40).contains(&wait), "until the first may end: {wait}");
}

#[test]
fn a_run_is_left_alone_after_a_look_and_after_one_that_failed_until_it_is_due() {
    let mut seen = aged(1, 80);
    seen.seen_at = Some(now() - TimeDelta::seconds(3));
    let mut failed = aged(2, 80);
    failed.failed_looks = 1;
    let known = Known {
        runs: vec![seen, failed],
        queued: Some(lead(9, 0)),
        ..known()
    };
    assert!(matches!(next(&known), Next::Start(_)));
}

#[test]
fn the_last_starts_come_before_everything_that_can_be_fetched_while_their_runs_go_on() {
    let mut known = Known {
        runs: vec![run(1, 0, true), aged(2, 80)],
        queued: Some(lead(9, 0)),
        left: WorkLeft {
            queued: 20,
            live: 30,
        },
        ..known()
    };
    assert!(matches!(next(&known), Next::Start(_)));
    known.left.live = 80;
    assert_eq!(next(&known), Next::Look(known.runs[0].clone()));
}

/// A run that has gone on for very long, as three before it do.
fn stuck() -> (LiveRun, Pace) {
    let mut run = aged(1, 7_200);
    run.seen_at = Some(now() - TimeDelta::minutes(40));
    let times = [RunTime {
        took: TimeDelta::minutes(1),
        named: false,
    }; 40];
    let going = [1, 2, 3].map(|lead| (lead, TimeDelta::days(1)));
    let mut pace = Pace::default();
    pace.take_over(&times, &going);
    (run, pace)
}

#[test]
fn a_look_that_is_overdue_has_its_turn_whatever_else_there_is_to_do() {
    let (stuck, pace) = stuck();
    assert!(pace.promise(&stuck, now()).chance < 0.1);
    for (runs, queued, turns) in [
        (vec![], Some(lead(2, 0)), 19..=19),
        (vec![aged(5, 80)], Some(lead(2, 0)), 19..=19),
        (vec![run(5, 0, true)], Some(lead(2, 0)), 19..=19),
        (vec![aged(5, 80)], None, 0..=19),
    ] {
        let mut known = Known {
            runs: [runs, vec![stuck.clone()]].concat(),
            queued,
            ..known()
        };
        let turn = (0..30).position(|_| {
            let next = next_request(now(), &budget(), &pace, &known);
            known.turns.taken(&next, &pace, now());
            next == Next::Look(stuck.clone())
        });
        let turn = turn.expect("a turn");
        assert!(turns.contains(&turn), "{turn}: {:?}", known.runs[0]);
    }
}

#[test]
fn while_little_is_known_a_look_is_worth_what_it_tells_of_the_others() {
    let mut pace = Pace::default();
    let going = [(1, TimeDelta::seconds(150))];
    pace.take_over(&[], &going);
    let mut known = Known {
        queued: Some(lead(9, 0)),
        ..known()
    };
    let comes_first = |pace: &Pace, known: &Known| {
        assert!(pace.promise(&known.runs[0], now()).chance < 0.6);
        matches!(next_request(now(), &budget(), pace, known), Next::Look(_))
    };
    known.runs = vec![aged(2, 150)];
    let why = "one was seen going at that age";
    assert!(!comes_first(&pace, &known), "{why}");
    known.runs = vec![aged(2, 180)];
    assert!(comes_first(&pace, &known));
    known.left.queued = 20;
    assert!(comes_first(&pace, &known), "among the last starts, too");
    known.looking = true;
    assert!(!comes_first(&pace, &known), "the answer is waited for");
    known.looking = false;
    known.runs[0].buy_if_missing = true;
    known.runs[0].due_at = now() + TimeDelta::minutes(1);
    assert!(!comes_first(&pace, &known), "a retry has no age");
    known.runs[0].buy_if_missing = false;
    let long = RunTime {
        took: TimeDelta::minutes(10),
        named: false,
    };
    pace.take_over(&[long; 40], &going);
    assert!(!comes_first(&pace, &known), "enough is known");
}

#[test]
fn among_the_last_starts_looks_have_their_turn() {
    let mut known = Known {
        runs: vec![run(1, 0, true)],
        queued: Some(lead(2, 0)),
        left: WorkLeft {
            queued: 20,
            live: 10,
        },
        ..known()
    };
    let starts = "s".repeat(STARTS_IN_A_ROW as usize);
    assert_eq!(order(&mut known, starts.len() + 3), starts + "lss");
}

#[test]
fn a_run_that_no_webhook_names_is_looked_at_late_once_webhooks_can_be_trusted() {
    let known = Known {
        runs: vec![aged(1, 62)],
        ..known()
    };
    assert!(matches!(next(&known), Next::Look(_)));
    let mut pace = pace();
    let named = RunTime {
        took: TimeDelta::minutes(1),
        named: true,
    };
    pace.take_over(&[named; 100], &[]);
    let next = next_request(now(), &budget(), &pace, &known);
    assert!(matches!(next, Next::Wait(Some(_))), "{next:?}");
}

#[test]
fn while_so_many_runs_are_all_that_is_allowed_nothing_starts_beside_them() {
    let mut known = Known {
        queued: Some(lead(2, 0)),
        ..known()
    };
    assert!(known.live_cap.refused(10, TimeDelta::zero(), now()));
    let later = now() + TimeDelta::minutes(1);
    assert_eq!(next(&known), Next::Wait(Some(later)));
    known.left.live = 9;
    assert!(matches!(next(&known), Next::Start(_)));
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
    assert!(matches!(next(&known), Next::Look(_)));
    known.runs = vec![run(1, -5, false)];
    assert_eq!(next(&known), Next::Start(AttemptRef { lead: 3, number: 1 }));
    known.unresolved = None;
    assert_eq!(next(&known), Next::Errand(Errand::Webhooks));
}

#[test]
fn however_many_errands_there_are_starts_and_looks_go_on_in_turn() {
    let mut asked_for = run(1, -5, false);
    asked_for.buy_if_missing = true;
    let mut known = Known {
        runs: vec![asked_for],
        queued: Some(lead(2, 0)),
        errand: Some(Errand::Webhooks),
        ..known()
    };
    let expected = ("es".repeat(9) + "el").repeat(2) + "es";
    assert_eq!(order(&mut known, 42), expected);
}

#[test]
fn errands_alone_follow_each_other_and_wait_while_nothing_may_be_looked_at() {
    let later = now() + TimeDelta::seconds(9);
    let mut known = Known {
        errand: Some(Errand::Webhooks),
        looks_from: Some(later),
        ..known()
    };
    let errand = Next::Errand(Errand::Webhooks);
    known.turns.taken(&errand, &pace(), now());
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
    assert!(matches!(next(&known), Next::Look(_)));
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
    assert_eq!(next(&known), Next::Account);
}

#[test]
fn with_nothing_due_it_waits_for_the_earliest() {
    let known = Known {
        runs: vec![aged(1, 0), aged(2, 5)],
        unresolved: Some(lead(3, 20)),
        ..known()
    };
    assert_eq!(
        next(&known),
        Next::Wait(Some(now() + TimeDelta::seconds(20)))
    );
    assert_eq!(next(&Known::default()), Next::Wait(None));
}

#[test]
fn an_empty_budget_makes_even_a_hinted_run_wait() {
    let fresh = RequestBudget::new(60, now());
    let known = Known {
        runs: vec![run(1, 0, true)],
        ..known()
    };
    assert_eq!(
        next_request(now(), &fresh, &pace(), &known),
        Next::Wait(Some(now() + TimeDelta::seconds(1)))
    );
}

#[test]
fn whether_more_runs_are_allowed_is_tried_however_much_there_is_to_look_at() {
    let mut known = Known {
        runs: vec![aged(1, 57), aged(2, 58)],
        queued: Some(lead(9, 0)),
        left: WorkLeft {
            queued: 99,
            live: 10,
        },
        ..known()
    };
    let long_ago = now() - TimeDelta::minutes(5);
    assert!(known.live_cap.refused(10, TimeDelta::zero(), long_ago));
    assert_eq!(order(&mut known, 40), ("l".repeat(19) + "s").repeat(2));
}

#[test]
fn a_run_that_a_webhook_named_goes_first_again_after_a_look_that_failed() {
    let mut named = run(1, -1, false);
    named.hints = 1;
    named.failed_looks = 1;
    let known = Known {
        runs: vec![aged(2, 66), named.clone()],
        queued: Some(lead(9, 0)),
        ..known()
    };
    assert_eq!(next(&known), Next::Look(named));
}
