use super::*;
use crate::flow::ports::AttemptRef;
use crate::lead::LeadId;

const SINCE: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn run() -> LiveRun {
    LiveRun {
        attempt: AttemptRef { lead: 1, number: 1 },
        lead_id: LeadId::random(),
        run_id: "run-1".to_owned(),
        since: SINCE,
        seen_at: None,
        due_at: SINCE,
        hinted: false,
        hints: 0,
        failed_looks: 0,
        misses: 0,
        missing_since: None,
        buy_if_missing: false,
    }
}

/// What runs took, none of which a webhook had named.
fn learnt(times: impl IntoIterator<Item = i64>, going: &[(i64, TimeDelta)]) -> Pace {
    let times: Vec<RunTime> = times
        .into_iter()
        .map(|time| RunTime {
            took: seconds(time),
            named: false,
        })
        .collect();
    let mut pace = Pace::default();
    pace.take_over(&times, going);
    pace
}

#[test]
fn what_citedy_tells_is_believed_unless_the_run_was_seen_going_after_that() {
    let pace = Pace::default();
    let mut run = run();
    let took = |run: &LiveRun, told: Option<i64>, at| {
        let time = pace.time_of(run, told.map(seconds), SINCE + seconds(at));
        time.map(|time| time.took.num_seconds())
    };
    assert_eq!(took(&run, Some(50), 90), Some(50));
    assert_eq!(
        took(&run, Some(5_000), 90),
        Some(5_000),
        "retried after a week"
    );
    assert_eq!(took(&run, None, 90), Some(45));
    run.seen_at = Some(SINCE + seconds(70));
    assert_eq!(took(&run, Some(50), 90), Some(80));
    assert_eq!(took(&run, None, 60), Some(70), "another clock");
    run.hinted = true;
    run.due_at = SINCE + seconds(75);
    assert_eq!(took(&run, None, 90), Some(75), "when its webhook came");
    assert_eq!(took(&run, None, 60), Some(70));
    run.hinted = false;
    run.buy_if_missing = true;
    assert_eq!(took(&run, None, 90), None);
}

#[test]
fn a_run_is_named_by_a_webhook_that_no_look_has_answered() {
    let pace = Pace::default();
    let named = |hinted, hints, failed_looks| {
        let run = LiveRun {
            hinted,
            hints,
            failed_looks,
            ..run()
        };
        let time = pace.time_of(&run, None, SINCE + seconds(9));
        time.expect("a time").named
    };
    assert!(named(true, 0, 0), "it came before the answer to the start");
    assert!(named(false, 1, 1), "the look failed");
    assert!(!named(false, 1, 0), "that one was about something else");
    assert!(!named(false, 0, 1));
}

#[test]
fn whoever_waits_as_told_finds_a_look_worth_it() {
    let pace = learnt([60; 30], &[(2, TimeDelta::days(1))]);
    let mut run = run();
    for hours in 0..8 * 24 {
        run.seen_at = Some(SINCE + TimeDelta::hours(hours));
        let from = pace.worth_a_spare_from(&run);
        assert!(from > run.seen_at.expect("a time"));
        let later = from + seconds(1);
        assert!(pace.has_rested(&run, later), "{hours} h");
        let chance = pace.promise(&run, later).chance;
        let worth = chance >= pace.worth_a_request(false) * 0.99;
        assert!(worth || pace.is_overdue(&run, later), "{hours} h");
    }
}

#[test]
fn the_last_one_is_given_what_nearly_all_of_those_take_that_end_at_all() {
    let quick = learnt([60; 5], &[]).tail();
    assert!((seconds(120)..seconds(220)).contains(&quick), "{quick}");
    let known = learnt((0..100).map(|n| 60 + n), &[]).tail();
    assert!((seconds(145)..seconds(260)).contains(&known), "{known}");
    let stuck: Vec<_> = (0..30).map(|lead| (lead, seconds(9_000))).collect();
    let with_stuck = learnt((0..100).map(|n| 60 + n), &stuck);
    assert!(with_stuck.tail() < seconds(2_500), "{}", with_stuck.tail());
    assert!(with_stuck.worth_a_request(true) < 0.8);
    let never: Vec<_> = (0..300).map(|lead| (lead, TimeDelta::days(1))).collect();
    let nobody = learnt([60; 20], &never).tail();
    assert!(nobody <= TimeDelta::days(14), "{nobody}");
}
