use chrono::TimeDelta;

use super::ConfigFaults;
use super::sources::RawSettings;

/// The longest time that can be set, days.
const LONGEST: u32 = 36_500;

/// How long contact data is kept.
#[derive(Debug, Clone)]
pub struct RetentionConfig {
    /// `None`: until somebody removes it.
    pub kept_for: Option<TimeDelta>,
}

impl RetentionConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let kept_for = match raw.get("WARMSHEET_RETENTION_DAYS") {
            None => None,
            Some(text) => Some(faults.take("WARMSHEET_RETENTION_DAYS", parse_days(text))?),
        };
        Some(Self { kept_for })
    }
}

fn parse_days(text: &str) -> Result<TimeDelta, String> {
    text.parse::<u32>()
        .ok()
        .filter(|days| (1..=LONGEST).contains(days))
        .map(|days| TimeDelta::days(days.into()))
        .ok_or_else(|| {
            format!(
                "\u{201c}{text}\u{201d} is not a whole number of days from 1 to {LONGEST}; leave \
                 it out to keep results"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_kept_unless_a_number_of_days_is_set() {
        let read = |settings: &[(&'static str, &str)]| {
            let mut faults = ConfigFaults::default();
            let read = RetentionConfig::read(&RawSettings::of(settings), &mut faults);
            read.map(|config| config.kept_for)
        };
        assert_eq!(read(&[]), Some(None));
        let days = |text| read(&[("WARMSHEET_RETENTION_DAYS", text)]);
        assert_eq!(days("30"), Some(Some(TimeDelta::days(30))));
        for wrong in ["0", "-1", "unlimited", "1.5", "36501"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
