//! Settings that come more than once: each `[[forms]]` and `[[notify]]` of `warmsheet.toml` is
//! a table of its own.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use secrecy::SecretString;

use super::ConfigFaults;
use super::sources::text;

/// One table, such as the second `[[forms]]`.
#[derive(Clone)]
pub struct Table {
    /// `[[forms]]`
    heading: &'static str,
    /// From 1, in the order of the file.
    place: usize,
    dict: Dict,
    /// The variables that a value `$NAME` of this table stands for.
    environment: BTreeMap<String, String>,
}

impl Table {
    pub(super) fn new(heading: &'static str, place: usize, dict: Dict) -> Self {
        let environment = dict
            .values()
            .filter_map(|value| variable(value.as_str()?))
            .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
            .collect();
        Self {
            heading,
            place,
            dict,
            environment,
        }
    }

    /// One value as text; `$NAME` is what the environment has under that name. Blank counts as
    /// not set.
    pub fn text(&self, key: &str, faults: &mut ConfigFaults) -> Option<String> {
        let value = self.dict.get(key)?;
        let Some(typed) = text(value) else {
            self.fault(faults, format!("{key} is a text, not a table"));
            return None;
        };
        let found = match variable(&typed) {
            None => typed,
            Some(name) => match self.environment.get(name) {
                Some(found) => found.clone(),
                None => {
                    self.fault(
                        faults,
                        format!("{key} is to come from the environment, where {name} is not set"),
                    );
                    return None;
                }
            },
        };
        let found = found.trim();
        (!found.is_empty()).then(|| found.to_owned())
    }

    /// The same for what nobody may see.
    pub fn secret(&self, key: &str, faults: &mut ConfigFaults) -> Option<SecretString> {
        self.text(key, faults).map(SecretString::from)
    }

    /// A list of texts, or one text with commas; empty where it is not set.
    pub fn list(&self, key: &str, faults: &mut ConfigFaults) -> Vec<String> {
        self.text(key, faults)
            .map(|text| super::list(&text))
            .unwrap_or_default()
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str, faults: &mut ConfigFaults) -> Option<bool> {
        let found = self.text(key, faults)?;
        let read = found.parse().ok();
        if read.is_none() {
            self.fault(
                faults,
                format!("{key} is true or false, not \u{201c}{found}\u{201d}"),
            );
        }
        read
    }

    /// A table inside this one: its keys in their order, each with a text or a list of texts.
    pub fn inner(&self, key: &str, faults: &mut ConfigFaults) -> BTreeMap<String, Vec<String>> {
        let Some(value) = self.dict.get(key) else {
            return BTreeMap::new();
        };
        let Value::Dict(_, inner) = value else {
            self.fault(
                faults,
                format!("{key} is a table, like {key} = {{ name = \"value\" }}"),
            );
            return BTreeMap::new();
        };
        let texts = |value: &Value| match value {
            Value::Array(_, values) => values.iter().filter_map(text).collect(),
            other => text(other).into_iter().collect(),
        };
        inner
            .iter()
            .map(|(key, value)| (key.clone(), texts(value)))
            .collect()
    }

    /// `[[forms]] 2`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.heading, self.place)
    }

    /// Each key and what was typed there; of tables inside it only the names of their keys.
    pub(super) fn typed(&self) -> Vec<(String, String)> {
        let typed = |value: &Value| match value {
            Value::Dict(_, inner) => inner.keys().cloned().collect::<Vec<_>>().join(", "),
            other => text(other).unwrap_or_default(),
        };
        let of_key = |(key, value): (&String, &Value)| (key.clone(), typed(value));
        self.dict.iter().map(of_key).collect()
    }

    /// A fault of this table.
    pub fn fault(&self, faults: &mut ConfigFaults, problem: impl std::fmt::Display) {
        faults.add(self.heading, format!("number {}: {problem}", self.place));
    }

    /// A misspelt key would be a setting that is silently not in force.
    pub fn tell_unknown(&self, known: &[&str], faults: &mut ConfigFaults) {
        for key in self
            .dict
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
        {
            let nearest = known
                .iter()
                .min_by_key(|known| strsim::damerau_levenshtein(key, known));
            let nearest = nearest.copied().unwrap_or_default();
            self.fault(
                faults,
                format!("{key} is no setting here; the nearest is {nearest}"),
            );
        }
    }
}

/// `NAME` of `$NAME`.
pub(super) fn variable(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix('$')?;
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(of_a_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::RawSettings;

    fn tables(toml: &str) -> Result<Vec<Table>, ConfigFaults> {
        let raw = RawSettings::of_toml(toml)?;
        Ok(raw.tables("forms").to_vec())
    }

    #[test]
    fn each_table_of_a_name_is_read_in_its_order() {
        let tables = tables(
            "[[forms]]\nprovider = \"tally\"\nfields = { domain = \"Web\", icp = [\"a\", \"b\"] }\n\
             [[forms]]\nprovider = \"typeform\"\nsecret = \"plain\"\nopen = true\n",
        )
        .expect("two tables");
        let mut faults = ConfigFaults::default();
        assert_eq!(tables.len(), 2);
        let inner = tables[0].inner("fields", &mut faults);
        assert_eq!(inner["icp"], ["a", "b"]);
        let secret = tables[1].secret("secret", &mut faults).expect("a secret");
        assert_eq!(secret.expose_secret(), "plain");
        assert_eq!(tables[1].flag("open", &mut faults), Some(true));
        assert_eq!(faults, ConfigFaults::default());
    }

    #[test]
    fn a_value_may_stand_in_the_environment_and_must_then_be_there() {
        let tables =
            tables("[[forms]]\nname = \"$CARGO_PKG_NAME\"\nsecret = \"$WARMSHEET_TEST_UNSET\"\n")
                .expect("one table");
        let mut faults = ConfigFaults::default();
        assert_eq!(
            tables[0].text("name", &mut faults).as_deref(),
            Some("warmsheet")
        );
        assert!(tables[0].secret("secret", &mut faults).is_none());
        assert!(
            faults
                .to_string()
                .contains("WARMSHEET_TEST_UNSET is not set"),
            "{faults}"
        );
    }

    #[test]
    fn a_misspelt_key_and_a_wrong_kind_of_value_are_faults_that_say_where() {
        let tables = tables("[[forms]]\n[[forms]]\nsecert = \"x\"\nopen = \"perhaps\"\n")
            .expect("two tables");
        let mut faults = ConfigFaults::default();
        tables[1].tell_unknown(&["secret", "open"], &mut faults);
        assert!(tables[1].flag("open", &mut faults).is_none());
        assert_eq!(
            faults.to_string(),
            "[[forms]]: number 2: secert is no setting here; the nearest is secret\n\
             [[forms]]: number 2: open is true or false, not \u{201c}perhaps\u{201d}"
        );
    }

    #[test]
    fn one_table_where_many_may_be_is_told_how_to_write_it() {
        let Err(faults) = tables("[forms]\nprovider = \"tally\"\n") else {
            panic!("one table was taken for a list");
        };
        assert!(faults.to_string().contains("[[forms]]"), "{faults}");
    }
}
