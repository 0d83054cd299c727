//! Spending in words and as a bar.

use crate::flow::guard::Guard;
use crate::lead::money::{signed, usd};

/// What has been spent, what may be and what is left.
pub struct Money {
    pub today: String,
    pub today_usd: String,
    /// Today's spending and the cap, for the bar; `None` without a cap.
    pub bar: Option<(i64, i64)>,
    /// Empty without a cap.
    pub cap: String,
    pub reserved: Option<String>,
    pub charged: String,
    pub charged_usd: String,
    pub balance: Option<(String, String)>,
    pub unknown: i64,
    /// A pause is on that a person lifts.
    pub paused: bool,
}

impl Money {
    pub fn new(guard: &Guard) -> Self {
        let spending = guard.spending;
        let cap = guard.daily_credits.at_most();
        Self {
            today: signed(spending.today),
            today_usd: usd(spending.today),
            bar: cap.map(|cap| (spending.today.min(cap), cap.max(1))),
            cap: cap.map(signed).unwrap_or_default(),
            reserved: (spending.reserved > 0).then(|| signed(spending.reserved)),
            charged: signed(spending.charged),
            charged_usd: usd(spending.charged),
            balance: spending.balance.map(|b| (signed(b), usd(b))),
            unknown: spending.unknown,
            paused: guard.pauses.iter().any(|pause| pause.kind.ends_by_resume()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::money::Limit;

    fn money(today: i64, daily_credits: Limit) -> Money {
        Money::new(&Guard::under(daily_credits, today))
    }

    #[test]
    fn the_bar_is_full_when_more_than_the_cap_is_spent() {
        assert_eq!(money(2_400, Limit::AtMost(2_000)).bar, Some((2_000, 2_000)));
        assert_eq!(money(0, Limit::AtMost(0)).bar, Some((0, 1)));
    }

    #[test]
    fn without_a_cap_there_is_no_bar() {
        let money = money(1_240, Limit::Unlimited);
        assert_eq!(money.bar, None);
        assert_eq!(money.today, "1,240");
    }
}
