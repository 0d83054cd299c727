use std::collections::BTreeMap;
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};

use super::ConfigFaults;
use super::origins::{Origin, origins};
use super::tables::Table;

/// Every variable there is. In `warmsheet.toml` a variable's key is its name in lower case,
/// without `WARMSHEET_`.
pub(super) const NAMES: [&str; 23] = [
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
    "WARMSHEET_FORM_TOKEN",
    "WARMSHEET_DAILY_CREDITS",
    "WARMSHEET_REUSE_DAYS",
    "WARMSHEET_RETENTION_DAYS",
    "WARMSHEET_LEASE_SECONDS",
    "WARMSHEET_APPROVE_ABOVE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "WARMSHEET_SHEETS",
    "GOOGLE_SHEETS_BASE_URL",
    "GOOGLE_SHEETS_REQUESTS_PER_MINUTE",
    "GOOGLE_SHEETS_LATE_SECONDS",
    "CITEDY_SANDBOX_SPEED",
];

/// Settings that are tables and may come more than once, with their headings.
const TABLES: [(&str, &str); 2] = [("forms", "[[forms]]"), ("notify", "[[notify]]")];

/// The settings as texts, by variable name; what is blank counts as not set.
#[derive(Clone, Default)]
pub struct RawSettings {
    values: BTreeMap<&'static str, String>,
    tables: BTreeMap<&'static str, Vec<Table>>,
    /// Keys of `warmsheet.toml` that no variable has.
    unknown: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
    file: Option<String>,
}

impl RawSettings {
    /// Exactly these.
    pub fn of(settings: &[(&'static str, &str)]) -> Self {
        Self {
            values: settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            ..Self::default()
        }
    }

    /// What a `warmsheet.toml` with this text sets.
    #[cfg(test)]
    pub fn of_toml(text: &str) -> Result<Self, ConfigFaults> {
        extract(Figment::from(Toml::string(text)))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(NAMES.contains(&name), "{name} is read but never taken in");
        self.values
            .get(name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }

    /// Every variable's name.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter()
    }

    /// Where what is set comes from; `None` where this is not known.
    pub(super) fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.get(name)
    }

    /// The settings file that was read.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The tables of one name, in the order of the file.
    pub(super) fn tables(&self, name: &str) -> &[Table] {
        debug_assert!(TABLES.iter().any(|(known, _)| *known == name), "{name}");
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Puts a value over whatever was set.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    /// A key that is not known would be a setting that is silently not in force: a cap, say.
    pub(super) fn tell_unknown(&self, faults: &mut ConfigFaults) {
        for key in &self.unknown {
            let nearest = nearest(key);
            faults.add(
                "warmsheet.toml",
                format!("{key} is no setting; the nearest is {nearest}"),
            );
        }
    }
}

pub(super) fn toml_key(name: &str) -> String {
    name.strip_prefix("WARMSHEET_")
        .unwrap_or(name)
        .to_lowercase()
}

/// The key that is written most like this one, which may also be a variable's whole name.
fn nearest(key: &str) -> String {
    let meant = toml_key(&key.to_uppercase());
    let mut keys = known_keys();
    keys.sort_by_key(|known| strsim::damerau_levenshtein(&meant, known));
    keys.swap_remove(0)
}

fn unknown_keys(dict: &Dict) -> Vec<String> {
    let known = known_keys();
    let unknown = dict.keys().filter(|key| !known.contains(key));
    unknown.cloned().collect()
}

pub(super) fn known_keys() -> Vec<String> {
    let tables = TABLES.iter().map(|(name, _)| (*name).to_owned());
    NAMES
        .iter()
        .map(|name| toml_key(name))
        .chain(tables)
        .collect()
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
    let origins = origins(path, &environment, &flags);
    let mut raw = extract(
        from_file
            .merge(Serialized::defaults(environment))
            .merge(Serialized::defaults(flags)),
    )?;
    raw.origins = origins;
    raw.file = path.exists().then(|| path.display().to_string());
    Ok(raw)
}

pub(super) fn extract(merged: Figment) -> Result<RawSettings, ConfigFaults> {
    let mut faults = ConfigFaults::default();
    let dict: Dict = match merged.extract() {
        Ok(dict) => dict,
        Err(error) => {
            faults.add("warmsheet.toml", error.to_string());
            return Err(faults);
        }
    };
    let mut tables = BTreeMap::new();
    for (name, heading) in TABLES {
        match dict.get(name).map(|value| tables_of(heading, value)) {
            None => {}
            Some(Some(found)) => {
                tables.insert(name, found);
            }
            Some(None) => faults.add(
                "warmsheet.toml",
                format!("{name} is a list of tables: write {heading} above each"),
            ),
        }
    }
    for name in NAMES {
        let key = toml_key(name);
        if dict.get(&key).is_some_and(|value| text(value).is_none()) {
            faults.add(
                name,
                format!("{key} is one value or a list of values, no table"),
            );
        }
    }
    if !faults.0.is_empty() {
        return Err(faults);
    }
    Ok(RawSettings {
        values: texts(&dict),
        tables,
        unknown: unknown_keys(&dict),
        ..RawSettings::default()
    })
}

fn tables_of(heading: &'static str, value: &Value) -> Option<Vec<Table>> {
    let Value::Array(_, values) = value else {
        return None;
    };
    let dicts = values.iter().enumerate().map(|(place, value)| {
        let dict = value.as_dict()?.clone();
        Some(Table::new(heading, place + 1, dict))
    });
    dicts.collect()
}

fn texts(dict: &Dict) -> BTreeMap<&'static str, String> {
    NAMES
        .iter()
        .filter_map(|name| Some((*name, text(dict.get(&toml_key(name))?)?)))
        .collect()
}

/// A value as the text that a variable would have.
pub(super) fn text(value: &Value) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_table_where_one_value_belongs_and_a_misspelt_heading_are_faults() {
        let faults = |text: &str| match RawSettings::of_toml(text) {
            Err(faults) => faults.to_string(),
            Ok(raw) => Config::from_raw(&raw).expect_err("a fault").to_string(),
        };
        for (text, told) in [
            ("[daily_credits]\nmost = 1\n", "daily_credits is one value"),
            ("[[sheets]]\nid = \"a\"\n", "sheets is one value"),
            (
                "[[form]]\nprovider = \"tally\"\n",
                "form is no setting; the nearest is forms",
            ),
            ("[server]\nbind = \"x\"\n", "server is no setting"),
        ] {
            assert!(faults(text).contains(told), "{told}: {}", faults(text));
        }
    }

    #[test]
    fn a_key_that_is_no_setting_is_a_fault_that_names_the_nearest_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("warmsheet.toml");
        let text = "daily_credit = 4000\nWARMSHEET_REUSE_DAYS = 7\napprove_above = \"many\"\n";
        std::fs::write(&path, text).expect("a file");
        let raw = read(Some(&path), &BTreeMap::new()).expect("a file that can be read");
        let faults = Config::from_raw(&raw)
            .expect_err("two keys and a value")
            .to_string();
        for told in [
            "daily_credit is no setting; the nearest is daily_credits",
            "WARMSHEET_REUSE_DAYS is no setting; the nearest is reuse_days",
            "WARMSHEET_APPROVE_ABOVE",
        ] {
            assert!(faults.contains(told), "{told}: {faults}");
        }
    }
}
