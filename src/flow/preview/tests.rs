use chrono::DateTime;

use super::*;
use crate::flow::health::SheetHealth;
use crate::flow::ports::Pause;
use crate::lead::RawOptions;
use crate::lead::money::Limit;

fn rows(domains: &[&str], force: bool) -> Vec<IntakeRow> {
    let row = |domain: &&str| IntakeRow {
        domain: (*domain).to_owned(),
        force,
        ..IntakeRow::default()
    };
    domains.iter().map(row).collect()
}

fn sorted(rows: &[IntakeRow]) -> Sorted {
    sort(rows, &Sheets::new())
}

fn guard(cap: Limit, today: i64) -> Guard {
    Guard {
        reopens: "2026-11-25T00:00:00Z".parse().expect("a time"),
        ..Guard::under(cap, today)
    }
}

/// A preview of so many bought reports.
fn preview_of(bought: usize, guard: Guard, ahead: u64) -> Preview {
    let domains: Vec<String> = (0..bought).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    Preview {
        bought: sorted(&rows(&domains, false)).wanted,
        reused: Vec::new(),
        shared: Vec::new(),
        copies: Vec::new(),
        unusable: Vec::new(),
        at_most: false,
        held: false,
        guard,
        balance: None,
        ahead,
    }
}

#[test]
fn one_company_spelt_in_three_ways_is_wanted_once() {
    let rows = rows(
        &["acme.com", "https://www.ACME.com/", "nothing", "acme.com"],
        false,
    );
    let sorted = sorted(&rows);
    assert_eq!(sorted.wanted.len(), 1);
    let copies: Vec<_> = sorted.copies.iter().map(|c| (c.place, c.of)).collect();
    assert_eq!(copies, [(1, 0), (3, 0)]);
    assert_eq!(sorted.unusable[0].place, 2);
}

#[test]
fn other_options_are_another_report_and_a_default_spelt_out_is_not() {
    let mut rows = rows(&["acme.com", "acme.com", "acme.com"], false);
    let drafts = |text: &str| RawOptions {
        drafts: Some(text.to_owned()),
        ..RawOptions::default()
    };
    rows[1].options = drafts("1");
    rows[2].options = drafts("3");
    let sorted = sorted(&rows);
    assert_eq!(sorted.wanted.len(), 2);
    assert_eq!(sorted.copies[0].of, 0);
}

#[test]
fn a_row_for_another_spreadsheet_is_no_copy() {
    let connected = ["1AbC", "2DeF"].map(|id| (id.to_owned(), SheetHealth::default()));
    let connected = Sheets::from(connected);
    for force in [false, true] {
        let mut rows = rows(&["acme.com", "acme.com", "acme.com"], force);
        rows[0].deliver_to = Some("1AbC".to_owned());
        rows[1].deliver_to = Some("2DeF".to_owned());
        rows[2].deliver_to = Some("1AbC#Companies".to_owned());
        let kept = without_copies(rows, &connected);
        let kept: Vec<_> = kept.iter().map(|row| row.deliver_to.as_deref()).collect();
        assert_eq!(kept, [Some("1AbC"), Some("2DeF")]);
    }
}

#[test]
fn copies_that_would_be_bought_are_left_out() {
    let domains = ["acme.com", "ACME.com", "acme", "globex.com", "acme.com"];
    let sorted = sorted(&rows(&domains, true));
    assert_eq!(sorted.copies.len(), 2);
    let kept = |force| {
        let kept = without_paid_copies(rows(&domains, force), &Sheets::new()).into_iter();
        kept.map(|row| row.domain).collect::<Vec<_>>()
    };
    assert_eq!(kept(true), ["acme.com", "acme", "globex.com"]);
    assert_eq!(kept(false), domains, "a copy that costs nothing stays");
}

#[test]
fn what_was_agreed_to_has_no_copies_and_is_not_passed() {
    let domains = ["acme.com", "ACME.com", "acme", "globex.com", "acme.com"];
    for force in [true, false] {
        let kept = without_copies(rows(&domains, force), &Sheets::new()).into_iter();
        let kept: Vec<_> = kept.map(|row| row.domain).collect();
        assert_eq!(kept, ["acme.com", "acme", "globex.com"]);
    }
    let agreed = |bought, held| Agreed { bought, held };
    for agreed in [agreed(0, false), agreed(12, true)] {
        assert_eq!(Agreed::parse(&agreed.to_string()), Some(agreed));
    }
    assert_eq!(Agreed::parse("a dozen"), None);
    let now = |bought, held| Preview {
        held,
        ..preview_of(bought, guard(Limit::Unlimited, 0), 0)
    };
    assert!(now(2, false).is_within(agreed(2, false)));
    assert!(now(1, false).is_within(agreed(2, false)));
    assert!(now(2, true).is_within(agreed(2, false)), "asked once more");
    assert!(!now(3, false).is_within(agreed(2, false)), "it costs more");
    assert!(!now(2, false).is_within(agreed(2, true)), "at once");
}

#[test]
fn the_cap_tells_what_starts_today() {
    let cap = Limit::AtMost(400);
    let today = |bought, spent, ahead| preview_of(bought, guard(cap, spent), ahead).today();
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    assert_eq!(today(10, 0, 0), Today::Fits { left: 0 });
    assert_eq!(today(3, 40, 1), Today::Fits { left: 200 });
    let next = day("2026-11-25");
    let beyond = |today, finished| Today::Beyond { today, finished };
    assert_eq!(today(11, 0, 0), beyond(10, next));
    assert_eq!(
        today(5, 0, 8),
        beyond(2, next),
        "what is queued goes before"
    );
    assert_eq!(today(21, 400, 0), beyond(0, day("2026-11-27")));
    assert_eq!(today(0, 400, 0), Today::Fits { left: 0 });
    let none = preview_of(1, guard(Limit::AtMost(39), 0), 0);
    assert_eq!(none.today(), Today::Never);
    let unlimited = preview_of(1, guard(Limit::Unlimited, 0), 0);
    assert_eq!(unlimited.today(), Today::NoCap);
}

#[test]
fn more_than_the_limit_waits_for_approval_and_after_a_restore_everything() {
    let mut guard = guard(Limit::Unlimited, 0);
    assert!(!is_held(HoldRule::Above(2), 2, &guard));
    assert!(is_held(HoldRule::Above(2), 3, &guard));
    assert!(!is_held(HoldRule::Never, 999, &guard));
    guard.pauses.push(Pause {
        kind: PauseKind::Restored,
        message: String::new(),
        link: None,
        since: DateTime::UNIX_EPOCH,
    });
    assert!(is_held(HoldRule::Never, 1, &guard));
    assert!(!is_held(HoldRule::Never, 0, &guard));
}
