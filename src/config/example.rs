//! The settings file with everything in it, compiled in: what `warmsheet config --example` prints,
//! and where the defaults stand that `warmsheet config` shows.

use figment::Figment;
use figment::providers::{Format, Toml};

use super::ConfigFaults;
use super::sources::{RawSettings, extract, known_keys};

/// `warmsheet.toml` with every setting commented out.
pub const EXAMPLE: &str = include_str!("../../warmsheet.toml");

/// What its commented lines say: every default, by its variable's name.
pub fn defaults() -> Result<RawSettings, ConfigFaults> {
    extract(Figment::from(Toml::string(&uncommented(|_| true))))
}

/// The example with those settings in force whose keys are `wanted`.
fn uncommented(wanted: impl Fn(&str) -> bool) -> String {
    let known = known_keys();
    let line = |line: &str| {
        let setting = line.strip_prefix("# ").unwrap_or_default();
        let key = setting.split_once(" = ").map_or("", |(key, _)| key);
        let takes = known.iter().any(|known| known == key) && wanted(key);
        if takes { setting } else { line }.to_owned() + "\n"
    };
    EXAMPLE.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(toml: &str) -> String {
        let raw = RawSettings::of_toml(toml).expect("a file that can be read");
        let config = Config::from_raw(&raw);
        format!(
            "{:?}",
            config.unwrap_or_else(|faults| panic!("{toml}\n{faults}"))
        )
    }

    #[test]
    fn every_setting_stands_in_the_example_once_and_with_its_variable() {
        for name in RawSettings::names() {
            let key = super::super::sources::toml_key(name);
            let lines = EXAMPLE
                .lines()
                .filter(|line| line.starts_with(&format!("# {key} = ")));
            assert_eq!(lines.count(), 1, "{key}");
            assert!(EXAMPLE.contains(&format!("[{name}]")), "{name}");
        }
    }

    #[test]
    fn nothing_in_the_example_is_in_force() {
        assert_eq!(config(EXAMPLE), config(""));
    }

    #[test]
    fn taking_away_the_mark_before_a_default_changes_nothing() {
        for key in known_keys() {
            assert_eq!(
                config(&uncommented(|wanted| wanted == key)),
                config(""),
                "{key}"
            );
        }
        assert_eq!(config(&uncommented(|_| true)), config(""));
    }

    #[test]
    fn the_tables_of_the_example_can_be_read() {
        // Each from its heading to the next blank line; what stands above it is prose.
        let mut inside = false;
        let mut tables = String::new();
        for line in EXAMPLE.lines() {
            inside = line.starts_with("# [[") || inside && !line.is_empty();
            if let Some(bare) = line.strip_prefix("# ").filter(|_| inside) {
                tables.push_str(bare);
                tables.push('\n');
            }
        }
        let raw = RawSettings::of_toml(&tables).expect("tables that can be read");
        assert_eq!(
            (raw.tables("forms").len(), raw.tables("notify").len()),
            (2, 1)
        );
        let faults = Config::from_raw(&raw).expect_err("variables that are not set");
        for fault in &faults.0 {
            assert!(fault.problem.contains("is not set"), "{faults}");
        }
    }
}
