use std::collections::BTreeMap;
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};

use super::ConfigFaults;

/// Every variable there is. In `warmsheet.toml` a variable's key is its name in lower case,
/// without `WARMSHEET_`.
const NAMES: [&str; 20] = [
    "CITEDY_API_KEY",
    "CITEDY_BASE_URL",
    "CITEDY_WEBHOOK_SECRETS",
    "CITEDY_REQUESTS_PER_MINUTE",
    "WARMSHEET_WATCH_DIR",
    "WARMSHEET_SYNC_SECONDS",
    "WARMSHEET_BIND",
    "PORT",
    "WARMSHEET_PUBLIC_URL",
    "DATABASE_URL",
    "WARMSHEET_ADMIN_TOKEN",
    "WARMSHEET_DAILY_CREDITS",
    "WARMSHEET_REUSE_DAYS",
    "WARMSHEET_LEASE_SECONDS",
    "WARMSHEET_APPROVE_ABOVE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "WARMSHEET_SHEETS",
    "GOOGLE_SHEETS_BASE_URL",
    "GOOGLE_SHEETS_REQUESTS_PER_MINUTE",
    "GOOGLE_SHEETS_LATE_SECONDS",
];

/// The settings as texts, by variable name; what is blank counts as not set.
#[derive(Clone, Default)]
pub struct RawSettings(BTreeMap<&'static str, String>);

impl RawSettings {
    /// Exactly these.
    pub fn of(settings: &[(&'static str, &str)]) -> Self {
        Self(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(NAMES.contains(&name), "{name} is read but never taken in");
        self.0
            .get(name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }

    /// Puts a value over whatever was set.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, value.into());
    }
}

fn toml_key(name: &str) -> String {
    name.strip_prefix("WARMSHEET_")
        .unwrap_or(name)
        .to_lowercase()
}

/// Reads file, environment and flags. A `file` that was named must exist; the default one need
/// not.
pub fn read(
    file: Option<&Path>,
    flags: &BTreeMap<&'static str, String>,
) -> Result<RawSettings, ConfigFaults> {
    let mut faults = ConfigFaults::default();
    let usual = Path::new("warmsheet.toml");
    let path = file.unwrap_or(usual);
    if file.is_some() && !path.exists() {
        faults.add("--config", format!("{} does not exist", path.display()));
        return Err(faults);
    }
    let toml = path.exists().then(|| Toml::file_exact(path));
    // Environment values stay texts: a token of digits is no number.
    let environment: BTreeMap<String, String> = NAMES
        .iter()
        .filter_map(|name| Some((toml_key(name), std::env::var(name).ok()?)))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    let flags: BTreeMap<String, &String> = flags
        .iter()
        .map(|(name, value)| (toml_key(name), value))
        .collect();
    let from_file = toml.map_or_else(Figment::new, Figment::from);
    let merged: Result<Dict, figment::Error> = from_file
        .merge(Serialized::defaults(environment))
        .merge(Serialized::defaults(flags))
        .extract();
    match merged {
        Ok(dict) => Ok(RawSettings(texts(&dict))),
        Err(error) => {
            faults.add("warmsheet.toml", error.to_string());
            Err(faults)
        }
    }
}

fn texts(dict: &Dict) -> BTreeMap<&'static str, String> {
    NAMES
        .iter()
        .filter_map(|name| Some((*name, text(dict.get(&toml_key(name))?)?)))
        .collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Array(_, values) => {
            let parts: Option<Vec<String>> = values.iter().map(text).collect();
            Some(parts?.join(","))
        }
        Value::Bool(_, value) => Some(value.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_f64().map(|float| float.to_string())),
        _ => None,
    }
}
