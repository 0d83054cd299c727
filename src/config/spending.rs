use super::ConfigFaults;
use super::sources::RawSettings;
use crate::lead::money::Limit;

/// The spending guard.
#[derive(Debug, Clone)]
pub struct SpendingConfig {
    /// Credits a UTC day.
    pub daily_credits: Limit,
    /// Leads in one batch above which a person must approve.
    pub approve_above: Limit,
}

impl SpendingConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let daily = raw.get("WARMSHEET_DAILY_CREDITS").unwrap_or("2000");
        let above = raw.get("WARMSHEET_APPROVE_ABOVE").unwrap_or("25");
        let daily_credits = faults.take("WARMSHEET_DAILY_CREDITS", parse_limit(daily));
        let approve_above = faults.take("WARMSHEET_APPROVE_ABOVE", parse_limit(above));
        Some(Self {
            daily_credits: daily_credits?,
            approve_above: approve_above?,
        })
    }
}

fn parse_limit(text: &str) -> Result<Limit, String> {
    if text.eq_ignore_ascii_case("unlimited") {
        return Ok(Limit::Unlimited);
    }
    text.parse::<u32>()
        .map(|number| Limit::AtMost(number.into()))
        .map_err(|_| {
            format!(
                "\u{201c}{text}\u{201d} is neither a whole number nor \u{201c}unlimited\u{201d}"
            )
        })
}
