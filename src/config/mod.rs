//! Settings: flags override the environment, the environment overrides `warmsheet.toml`. One
//! section a file; every fault is reported at once, with what to do about it.

mod citedy;
mod database;
mod example;
mod forms;
mod instances;
mod notify;
mod origins;
mod retention;
mod server;
mod sheets;
mod shown;
mod sources;
mod spending;
mod tables;
mod watch;

use crate::lead::form::Form;
pub use crate::lead::spreadsheet::parse_sheet;
pub use citedy::CitedyConfig;
pub use database::DatabaseConfig;
pub use example::EXAMPLE;
pub use instances::InstancesConfig;
pub use notify::{NotifyConfig, TargetConfig};
pub use retention::RetentionConfig;
pub use server::ServerConfig;
pub use sheets::{ConnectedSheet, SheetsConfig};
pub use shown::{Shown, settings};
pub use sources::{RawSettings, read};
pub use spending::SpendingConfig;
pub use watch::WatchConfig;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    pub citedy: CitedyConfig,
    pub server: ServerConfig,
    pub spending: SpendingConfig,
    pub database: DatabaseConfig,
    pub watch: WatchConfig,
    pub sheets: SheetsConfig,
    pub instances: InstancesConfig,
    pub retention: RetentionConfig,
    pub notify: NotifyConfig,
    /// Forms whose posts are taken in, each under an address of its own.
    pub forms: Vec<Form>,
}

impl Config {
    /// Reads every section, or tells every fault of all of them.
    pub fn from_raw(raw: &RawSettings) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        raw.tell_unknown(&mut faults);
        match Self::sections(raw, &mut faults) {
            Some(config) if faults.0.is_empty() => Ok(config),
            _ => Err(faults),
        }
    }

    /// `None` when a section cannot be read; each is asked all the same.
    fn sections(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let citedy = CitedyConfig::read(raw, faults);
        let server = ServerConfig::read(raw, faults);
        let spending = SpendingConfig::read(raw, faults);
        let database = DatabaseConfig::read(raw, faults);
        let watch = WatchConfig::read(raw, faults);
        let sheets = SheetsConfig::read(raw, faults);
        let instances = InstancesConfig::read(raw, faults);
        let retention = RetentionConfig::read(raw, faults);
        let notify = NotifyConfig::read(raw, faults);
        let forms = forms::read(raw, sheets.as_ref(), faults);
        Some(Self {
            citedy: citedy?,
            server: server?,
            spending: spending?,
            database: database?,
            watch: watch?,
            sheets: sheets?,
            instances: instances?,
            retention: retention?,
            notify: notify?,
            forms,
        })
    }
}

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The variable's name, `WARMSHEET_BIND`.
    pub name: &'static str,
    /// What is wrong and what to do. Never holds a secret's value.
    pub problem: String,
}

/// All faults of a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl ConfigFaults {
    fn add(&mut self, name: &'static str, problem: impl Into<String>) {
        self.0.push(ConfigFault {
            name,
            problem: problem.into(),
        });
    }

    /// The value, or a fault noted.
    fn take<T>(&mut self, name: &'static str, value: Result<T, String>) -> Option<T> {
        value.map_err(|problem| self.add(name, problem)).ok()
    }
}

impl std::fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}: {}", fault.name, fault.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFaults {}

/// Splits a comma-separated list, leaving out blanks.
fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn config(settings: &[(&'static str, &str)]) -> Result<Config, ConfigFaults> {
        Config::from_raw(&RawSettings::of(settings))
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let config = config(&[]).expect("defaults are fine");
        assert_eq!(config.citedy.base_url.as_str(), "https://www.citedy.com/");
        assert_eq!(config.citedy.requests_per_minute, 60);
        assert_eq!(config.server.bind, "127.0.0.1:8080");
        assert_eq!(config.database.shown(), "sqlite://warmsheet.db");
        assert_eq!(config.spending.daily_credits.at_most(), Some(2000));
        assert_eq!(config.spending.approve_above.at_most(), Some(25));
        assert_eq!(config.spending.reuse_for, Some(TimeDelta::days(30)));
        assert_eq!(config.watch.every.as_secs(), 15);
    }

    #[test]
    fn no_days_switch_reuse_off_and_odd_ones_are_refused() {
        let days = |text| config(&[("WARMSHEET_REUSE_DAYS", text)]);
        assert_eq!(days("0").expect("fine").spending.reuse_for, None);
        let longest = days("3650").expect("fine").spending.reuse_for;
        assert_eq!(longest, Some(TimeDelta::days(3650)));
        for wrong in ["3651", "-1", "1.5", "unlimited"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = config(&[
            ("CITEDY_BASE_URL", "http://www.citedy.com"),
            ("CITEDY_REQUESTS_PER_MINUTE", "many"),
            ("WARMSHEET_DAILY_CREDITS", "-1"),
            ("WARMSHEET_BIND", "nowhere"),
            ("DATABASE_URL", "mysql://x"),
        ])
        .expect_err("five faults");
        assert_eq!(faults.0.len(), 5, "{faults}");
    }

    #[test]
    fn anything_but_loopback_needs_an_admin_token() {
        assert!(config(&[("WARMSHEET_BIND", "0.0.0.0:8080")]).is_err());
        assert!(config(&[("PORT", "8080")]).is_err());
        let with_token = config(&[
            ("PORT", "8080"),
            ("WARMSHEET_ADMIN_TOKEN", "a-long-enough-token"),
        ]);
        assert_eq!(with_token.expect("fine").server.bind, "0.0.0.0:8080");
    }

    #[test]
    fn unlimited_switches_a_limit_off() {
        let config = config(&[
            ("WARMSHEET_DAILY_CREDITS", "unlimited"),
            ("WARMSHEET_APPROVE_ABOVE", "Unlimited"),
        ])
        .expect("fine");
        assert_eq!(config.spending.daily_credits.at_most(), None);
        assert_eq!(config.spending.approve_above.at_most(), None);
    }

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let config = config(&[
            ("CITEDY_API_KEY", "citedy_agent_planted"),
            ("CITEDY_WEBHOOK_SECRETS", "whsec_planted"),
            ("WARMSHEET_ADMIN_TOKEN", "token-planted-here"),
        ])
        .expect("fine");
        assert!(!format!("{config:?}").contains("planted"));
    }
}
