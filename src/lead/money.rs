//! Credits and what they cost.

/// What Citedy charges for one accepted run (published contract: "exactly 40 Citedy credits").
pub const CREDITS_PER_RUN: i64 = 40;

/// Credits as US dollars; one credit is 0.01 USD.
pub fn usd(credits: i64) -> String {
    let sign = if credits < 0 { "-" } else { "" };
    let cents = credits.unsigned_abs();
    format!("{sign}{}.{:02} USD", grouped(cents / 100), cents % 100)
}

/// A whole number with thousands separated by commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "-1,240"
pub fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

/// "1,240 credits"
pub fn credits(credits: i64) -> String {
    format!("{} credits", signed(credits))
}

/// "1,240 credits, 12.40 USD"
pub fn credits_and_usd(amount: i64) -> String {
    format!("{}, {}", credits(amount), usd(amount))
}

/// "1,240 credits (12.40 USD)"
pub fn credits_with_usd(amount: i64) -> String {
    format!("{} ({})", credits(amount), usd(amount))
}

/// What so many runs cost.
pub fn of_runs(runs: u64) -> i64 {
    i64::try_from(runs)
        .unwrap_or(i64::MAX)
        .saturating_mul(CREDITS_PER_RUN)
}

/// "1 lead", "1,200 leads".
pub fn counted(number: u64, one: &str, more: &str) -> String {
    let noun = if number == 1 { one } else { more };
    format!("{} {noun}", grouped(number))
}

/// What leads cost that are started together; those that stored reports serve cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub leads: u64,
    /// `None` while it is not known whose reports may serve: then it is the most that it can cost.
    pub reused: Option<u64>,
}

impl Price {
    /// The leads that are bought.
    pub fn bought(self) -> u64 {
        self.leads.saturating_sub(self.reused.unwrap_or(0))
    }

    /// "11,520 credits, 115.20 USD"
    pub fn cost(self) -> String {
        let cost = credits_and_usd(of_runs(self.bought()));
        format!("{}{cost}", self.at_most())
    }

    /// ", of which 12 are reused", or nothing.
    pub fn besides(self) -> String {
        match self.reused.unwrap_or(0).min(self.leads) {
            0 => String::new(),
            1 => ", of which 1 is reused".to_owned(),
            more => format!(", of which {} are reused", grouped(more)),
        }
    }

    /// Goes before a sum that may turn out to be less.
    pub fn at_most(self) -> &'static str {
        match self.reused {
            Some(_) => "",
            None => "at most ",
        }
    }
}

impl std::ops::Add for Price {
    type Output = Price;

    fn add(self, other: Price) -> Price {
        Price {
            leads: self.leads + other.leads,
            reused: self.reused.zip(other.reused).map(|(one, two)| one + two),
        }
    }
}

/// "300 leads, of which 12 are reused, 11,520 credits, 115.20 USD"
impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let leads = counted(self.leads, "lead", "leads");
        write!(f, "{leads}{}, {}", self.besides(), self.cost())
    }
}

/// How many leads cost how much when stored reports serve so many of them.
pub fn price_besides(leads: u64, reused: u64) -> String {
    let reused = Some(reused);
    Price { leads, reused }.to_string()
}

/// A number that must not be passed, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    AtMost(i64),
    Unlimited,
}

impl Limit {
    /// Whether this many are within the limit.
    pub fn allows(self, number: i64) -> bool {
        match self {
            Limit::AtMost(most) => number <= most,
            Limit::Unlimited => true,
        }
    }

    pub fn at_most(self) -> Option<i64> {
        match self {
            Limit::AtMost(most) => Some(most),
            Limit::Unlimited => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_reads_like_one() {
        assert_eq!(
            price_besides(300, 0),
            "300 leads, 12,000 credits, 120.00 USD"
        );
        assert_eq!(price_besides(1, 0), "1 lead, 40 credits, 0.40 USD");
        assert_eq!(
            price_besides(300, 12),
            "300 leads, of which 12 are reused, 11,520 credits, 115.20 USD"
        );
        assert_eq!(
            price_besides(1, 1),
            "1 lead, of which 1 is reused, 0 credits, 0.00 USD"
        );
    }

    #[test]
    fn credits_keep_their_sign_wherever_their_dollars_do() {
        assert_eq!(usd(-1_234_567), "-12,345.67 USD");
        assert_eq!(credits_and_usd(-1_240), "-1,240 credits, -12.40 USD");
        assert_eq!(credits_with_usd(-40), "-40 credits (-0.40 USD)");
    }

    #[test]
    fn the_price_of_many_runs_ends_at_the_largest_number() {
        assert_eq!(of_runs(3), 120);
        assert_eq!(of_runs(u64::MAX), i64::MAX);
    }

    #[test]
    fn a_price_of_which_not_all_is_known_is_the_most_that_it_can_be() {
        let price = |leads, reused| Price { leads, reused };
        let unknown = price(3, Some(1)) + price(2, None);
        assert_eq!(
            unknown.to_string(),
            "5 leads, at most 200 credits, 2.00 USD"
        );
        assert_eq!(price(3, Some(1)) + price(2, Some(2)), price(5, Some(3)));
    }

    #[test]
    fn a_cap_is_reached_not_passed() {
        assert!(Limit::AtMost(40).allows(40));
        assert!(!Limit::AtMost(40).allows(41));
        assert!(Limit::Unlimited.allows(i64::MAX));
    }
}
