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

/// How many leads cost how much, "300 leads, 12,000 credits, 120.00 USD".
pub fn price(leads: u64) -> String {
    let noun = if leads == 1 { "lead" } else { "leads" };
    let credits = leads * CREDITS_PER_RUN.unsigned_abs();
    format!(
        "{} {noun}, {} credits, {}",
        grouped(leads),
        grouped(credits),
        usd(i64::try_from(credits).unwrap_or(i64::MAX))
    )
}

/// The same when stored reports serve some of the leads, which cost nothing: "300 leads, of which
/// 12 are reused, 11,520 credits, 115.20 USD".
pub fn price_besides(leads: u64, reused: u64) -> String {
    let reused = reused.min(leads);
    if reused == 0 {
        return price(leads);
    }
    let noun = if leads == 1 { "lead" } else { "leads" };
    let verb = if reused == 1 { "is" } else { "are" };
    let bought = price(leads - reused);
    let costs = bought.split_once(", ").map_or("", |(_, costs)| costs);
    format!(
        "{} {noun}, of which {} {verb} reused, {costs}",
        grouped(leads),
        grouped(reused)
    )
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
        assert_eq!(price(300), "300 leads, 12,000 credits, 120.00 USD");
        assert_eq!(price(1), "1 lead, 40 credits, 0.40 USD");
        assert_eq!(price_besides(1, 0), price(1));
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
    fn a_cap_is_reached_not_passed() {
        assert!(Limit::AtMost(40).allows(40));
        assert!(!Limit::AtMost(40).allows(41));
        assert!(Limit::Unlimited.allows(i64::MAX));
    }
}
