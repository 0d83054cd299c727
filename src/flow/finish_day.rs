//! How long the daily cap stretches a batch.

use chrono::{Days, NaiveDate};

use super::guard::Guard;
use crate::lead::money::CREDITS_PER_RUN;

/// The day on which so many leads are finished under the daily cap; `None` when that is today.
pub fn finish_day(leads: u64, guard: &Guard) -> Option<NaiveDate> {
    let cap = guard.daily_credits.at_most()?;
    let runs = |credits: i64| u64::try_from(credits / CREDITS_PER_RUN).unwrap_or(0);
    let today = runs(cap - guard.spending.today);
    let a_day = runs(cap).max(1);
    let later = leads.checked_sub(today).filter(|later| *later > 0)?;
    let start = guard.reopens.date_naive() - Days::new(1);
    start.checked_add_days(Days::new(later.div_ceil(a_day)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::money::Limit;

    fn guard(cap: i64, today: i64) -> Guard {
        Guard {
            reopens: "2026-11-25T00:00:00Z".parse().expect("a time"),
            ..Guard::under(Limit::AtMost(cap), today)
        }
    }

    #[test]
    fn the_cap_tells_the_day_on_which_a_batch_is_finished() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().expect("a day"));
        assert_eq!(finish_day(50, &guard(2000, 0)), None);
        assert_eq!(finish_day(51, &guard(2000, 0)), day("2026-11-25"));
        assert_eq!(finish_day(300, &guard(2000, 1000)), day("2026-11-30"));
        assert_eq!(finish_day(1, &guard(2000, 2000)), day("2026-11-25"));
    }
}
