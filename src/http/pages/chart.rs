//! Leads finished and credits spent by day, as two rows of bars drawn on the server.

use chrono::{Days, NaiveDate};

use crate::flow::ports::DayFigures;
use crate::lead::money::{counted, grouped, usd};

/// Days shown, today included.
pub const DAYS: u64 = 30;
/// What one day takes of the width, and the bar within it; the drawing's own units.
const STEP: u64 = 20;
const BAR: u64 = 14;
/// Height of a row of bars.
const HEIGHT: u64 = 60;
/// The lowest bar that can be seen.
const LEAST: u64 = 2;

/// The drawing and its numbers.
pub struct Chart {
    pub days: u64,
    /// Of a row of bars, in the drawing's own units.
    pub width: u64,
    pub height: u64,
    pub finished: Row,
    pub spent: Row,
    /// The days themselves, newest first, for those who read numbers; without quiet ones.
    pub table: Vec<TableDay>,
    pub from: String,
    pub to: String,
}

/// One row of bars.
pub struct Row {
    pub bars: Vec<Bar>,
    pub total: String,
    /// The highest bar's value.
    pub most: String,
}

/// One day.
pub struct Bar {
    pub x: u64,
    pub y: u64,
    pub width: u64,
    pub height: u64,
    /// What is said of it: "2026-11-28: 12 leads".
    pub label: String,
}

/// One day in numbers.
pub struct TableDay {
    pub day: String,
    pub finished: String,
    pub spent: String,
    pub spent_usd: String,
}

/// The first day that is shown.
pub fn first_day(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today)
}

impl Chart {
    /// `None`: nothing happened on any of these days.
    pub fn new(figures: &[DayFigures], today: NaiveDate) -> Option<Self> {
        let first = first_day(today);
        let shown: Vec<DayFigures> = figures
            .iter()
            .filter(|day| (first..=today).contains(&day.day))
            .copied()
            .collect();
        if shown.is_empty() {
            return None;
        }
        let finished = |day: &DayFigures| day.finished.unsigned_abs();
        let spent = |day: &DayFigures| day.spent.max(0).unsigned_abs();
        Some(Self {
            days: DAYS,
            width: DAYS * STEP,
            height: HEIGHT,
            finished: Row::new(&shown, first, finished, |n| counted(n, "lead", "leads")),
            spent: Row::new(&shown, first, spent, |n| format!("{} credits", grouped(n))),
            table: shown.iter().rev().map(TableDay::new).collect(),
            from: first.to_string(),
            to: today.to_string(),
        })
    }
}

impl Row {
    fn new(
        days: &[DayFigures],
        first: NaiveDate,
        value: impl Fn(&DayFigures) -> u64,
        told: impl Fn(u64) -> String,
    ) -> Self {
        let most = days.iter().map(&value).max().unwrap_or_default();
        let bars = days
            .iter()
            .filter(|day| value(day) > 0)
            .map(|day| {
                let place = (day.day - first).num_days().unsigned_abs();
                let height = (value(day) * HEIGHT / most.max(1)).max(LEAST);
                Bar {
                    x: place * STEP + (STEP - BAR) / 2,
                    y: HEIGHT - height,
                    width: BAR,
                    height,
                    label: format!("{}: {}", day.day, told(value(day))),
                }
            })
            .collect();
        Self {
            bars,
            total: told(days.iter().map(&value).sum()),
            most: grouped(most),
        }
    }
}

impl TableDay {
    fn new(day: &DayFigures) -> Self {
        Self {
            day: day.day.to_string(),
            finished: grouped(day.finished.unsigned_abs()),
            spent: grouped(day.spent.unsigned_abs()),
            spent_usd: usd(day.spent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn figures(text: &str, finished: i64, spent: i64) -> DayFigures {
        DayFigures {
            day: day(text),
            finished,
            spent,
        }
    }

    #[test]
    fn each_day_has_its_place_and_the_highest_bar_fills_the_row() {
        let days = [
            figures("2026-10-30", 5, 0),
            figures("2026-11-27", 1, 40),
            figures("2026-11-28", 10, 400),
        ];
        let chart = Chart::new(&days, day("2026-11-28")).expect("a chart");
        let bars: Vec<_> = chart
            .finished
            .bars
            .iter()
            .map(|b| (b.x, b.y, b.height))
            .collect();
        assert_eq!(bars, [(3, 30, 30), (563, 54, 6), (583, 0, 60)]);
        assert_eq!(chart.finished.total, "16 leads");
        assert_eq!(
            chart.spent.bars.len(),
            2,
            "a day without spending has no bar"
        );
        assert_eq!(chart.spent.bars[1].label, "2026-11-28: 400 credits");
        assert_eq!(chart.table[0].day, "2026-11-28");
    }

    #[test]
    fn days_before_the_first_or_after_today_are_not_shown() {
        let days = [figures("2026-10-29", 5, 0), figures("2026-11-29", 5, 0)];
        assert!(Chart::new(&days, day("2026-11-28")).is_none());
    }

    #[test]
    fn a_small_day_beside_a_large_one_can_still_be_seen() {
        let days = [figures("2026-11-27", 1, 0), figures("2026-11-28", 9_999, 0)];
        let chart = Chart::new(&days, day("2026-11-28")).expect("a chart");
        assert_eq!(chart.finished.bars[0].height, LEAST);
    }
}
