use super::*;

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Learnt from runs that took so many seconds.
fn from(times: impl IntoIterator<Item = i64>) -> RunTimes {
    let mut learnt = RunTimes::new(1.0);
    for time in times {
        learnt.ended(seconds(time));
    }
    learnt.fit();
    learnt
}

fn median(times: &RunTimes) -> f64 {
    let median = times.age_at(TimeDelta::zero(), 0.5).expect("a time");
    median.as_seconds_f64()
}

#[test]
fn with_nothing_known_a_run_takes_a_minute_or_two() {
    let times = RunTimes::new(1.0);
    assert!(
        (60.0..130.0).contains(&median(&times)),
        "{}",
        median(&times)
    );
    let fast = RunTimes::new(60.0);
    assert!((median(&fast) - median(&times) / 60.0).abs() < 0.01);
}

#[test]
fn what_is_learnt_is_what_the_runs_took() {
    for middle in [10, 200, 3_000] {
        let times = from((0..60).map(|n| middle + middle * (n - 30) / 100));
        let learnt = median(&times) / middle as f64;
        assert!((0.9..1.1).contains(&learnt), "{middle}: {learnt}");
    }
}

#[test]
fn a_quick_and_a_slow_kind_are_told_apart_by_the_time_that_has_passed() {
    let times = from((0..100).map(|n| if n % 2 == 0 { 20 + n / 20 } else { 600 + n }));
    let chance = |seen, age| times.chance(seconds(seen), seconds(age));
    assert!((0.4..0.6).contains(&chance(0, 60)), "{}", chance(0, 60));
    assert!(
        chance(60, 400) < 0.15,
        "the quick ones are over: {}",
        chance(60, 400)
    );
    assert!(chance(60, 900) > 0.85, "{}", chance(60, 900));
}

#[test]
fn those_that_go_on_make_an_end_less_likely() {
    let mut times = from([60; 20]);
    let before = times.chance(TimeDelta::zero(), seconds(300));
    for lead in 0..20 {
        times.going(lead, seconds(1_000));
    }
    times.fit();
    let after = times.chance(TimeDelta::zero(), seconds(300));
    assert!(
        before > 0.95 && (0.4..0.65).contains(&after),
        "{before} {after}"
    );
    assert!(times.chance(seconds(1_000), seconds(1_200)) < 0.3);
    (0..20).for_each(|lead| times.gone(lead));
    times.fit();
    assert!(times.chance(TimeDelta::zero(), seconds(300)) > 0.95);
}

#[test]
fn of_many_runs_the_latest_count() {
    let times =
        from((0..2 * RunTimes::LATEST).map(|n| if n < RunTimes::LATEST { 10 } else { 500 }));
    assert_eq!(times.known(), RunTimes::LATEST);
    assert!(
        (450.0..550.0).contains(&median(&times)),
        "{}",
        median(&times)
    );
}

#[test]
fn an_age_and_its_chance_belong_together_and_odd_times_do_no_harm() {
    let mut times = from([30, 60, 90, 120, 0, 100_000_000]);
    times.going(1, seconds(-5));
    times.fit();
    for chance in [0.05, 0.5, 0.9] {
        let age = times.age_at(seconds(40), chance).expect("a time");
        let back = times.chance(seconds(40), age);
        assert!((back - chance).abs() < 1e-3, "{chance}: {back}");
    }
    assert_eq!(times.chance(seconds(40), seconds(30)), 0.0);
    assert!(times.delay(seconds(0), seconds(200)) > 0.0);
}

#[test]
fn an_age_is_news_if_runs_were_seen_going_before_it_but_not_at_it() {
    let mut times = from([60; 3]);
    assert!(!times.is_beyond(seconds(500)), "nobody was seen going");
    times.going(1, seconds(100));
    assert!(!times.is_beyond(seconds(50)));
    assert!(!times.is_beyond(seconds(100)));
    assert!(times.is_beyond(seconds(120)));
    // One that hangs since yesterday tells nothing of what two minutes are to others.
    times.going(2, TimeDelta::days(1));
    assert!(times.is_beyond(seconds(120)));
    times.gone(1);
    assert!(!times.is_beyond(seconds(120)));
}

#[test]
fn a_run_that_hangs_does_not_make_the_others_look_long() {
    let mut times = from([90; 3]);
    let before = median(&times);
    times.going(1, TimeDelta::days(1));
    times.fit();
    let after = median(&times) / before;
    assert!(after < 1.4, "{after}");
}

#[test]
fn runs_of_one_kind_are_drawn_further_to_what_explains_them_than_two_kinds_are() {
    // 64 runs, log-normal by their quantiles (median 120 s, sigma 0.5), and as many of two kinds.
    let quantile = |n: i64| {
        let wanted = (n as f64 + 0.5) / 64.0;
        let place = (-400..400).find(|x| 1.0 - longer_than(f64::from(*x) / 100.0) >= wanted);
        (120.0 * (f64::from(place.expect("a place")) / 200.0).exp()) as i64
    };
    let one = from((0..64).map(quantile));
    let two = from((0..64).map(|n| if n % 2 == 0 { 20 } else { 400 }));
    let drawn_by_more = |times: &RunTimes| {
        let off = |runs| {
            let shares = times.product_limit(&times.expected(), runs);
            let off = shares.iter().zip(&times.lasting);
            off.map(|(share, learnt)| (share - learnt).abs())
                .sum::<f64>()
        };
        off(SMOOTHING) < off(SMOOTHING_LEAST)
    };
    assert!(drawn_by_more(&one) && !drawn_by_more(&two));
}
