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
        let credits = self.bought().saturating_mul(CREDITS_PER_RUN.unsigned_abs());
        format!(
            "{}{} credits, {}",
            self.at_most(),
            grouped(credits),
            usd(i64::try_from(credits).unwrap_or(i64::MAX))
        )
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
        let noun = if self.leads == 1 { "lead" } else { "leads" };
        let leads = grouped(self.leads);
        write!(f, "{leads} {noun}{}, {}", self.besides(), self.cost())
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
        assert_eq!(usd(-1_234_567), "-12,345.67 USD");
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
