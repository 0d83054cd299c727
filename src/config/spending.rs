use chrono::TimeDelta;

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
    /// How long a report serves other leads for the same company; `None`: not at all.
    pub reuse_for: Option<TimeDelta>,
}

/// The longest time that can be set, days.
const LONGEST_REUSE: u32 = 3650;

impl SpendingConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let daily = raw.get("WARMSHEET_DAILY_CREDITS").unwrap_or("2000");
        let above = raw.get("WARMSHEET_APPROVE_ABOVE").unwrap_or("25");
        let daily_credits = faults.take("WARMSHEET_DAILY_CREDITS", parse_limit(daily));
        let approve_above = faults.take("WARMSHEET_APPROVE_ABOVE", parse_limit(above));
        let days = raw.get("WARMSHEET_REUSE_DAYS").unwrap_or("30");
        let reuse_for = faults.take("WARMSHEET_REUSE_DAYS", parse_days(days));
        Some(Self {
            daily_credits: daily_credits?,
            approve_above: approve_above?,
            reuse_for: reuse_for?,
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

fn parse_days(text: &str) -> Result<Option<TimeDelta>, String> {
    match text.parse::<u32>() {
        Ok(0) => Ok(None),
        Ok(days) if days <= LONGEST_REUSE => Ok(Some(TimeDelta::days(days.into()))),
        _ => Err(format!(
            "\u{201c}{text}\u{201d} is not a whole number of days from 0 (off) to {LONGEST_REUSE}"
        )),
    }
}
