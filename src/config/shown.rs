//! Settings as `warmsheet config` shows them: nobody reads a secret over a shoulder.

use std::collections::BTreeSet;

use serde::Serialize;
use url::Url;

use super::origins::Origin;
use super::sources::{RawSettings, toml_key};
use super::tables::{Table, variable};
use super::{ConfigFaults, ServerConfig, example, forms, notify};

/// What stands in the place of what is not shown.
pub const HIDDEN: &str = "(set, not shown)";
const MASK: &str = "***";

/// One setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The variable, `WARMSHEET_BIND`; of a table its heading and number, `[[forms]] 1`.
    pub name: String,
    /// Its key in `warmsheet.toml`.
    pub key: String,
    /// `None`: not set, and there is no default.
    pub value: Option<String>,
    /// `flag`, `environment`, `file`, `default`, or `other settings` for what follows from them.
    pub from: &'static str,
    /// The file that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// Every setting in force, those of tables last.
pub fn settings(raw: &RawSettings) -> Result<Vec<Shown>, ConfigFaults> {
    let defaults = example::defaults()?;
    let one = |name: &'static str| {
        let set = raw.get(name);
        let origin = set.and_then(|_| raw.origin(name));
        let (from, file, line) = match origin {
            None => ("default", None, None),
            Some(Origin::Flag) => ("flag", None, None),
            Some(Origin::Environment) => ("environment", None, None),
            Some(Origin::File { path, line }) => ("file", Some(path.clone()), *line),
        };
        Shown {
            name: name.to_owned(),
            key: toml_key(name),
            value: set.or(defaults.get(name)).map(|value| masked(name, value)),
            from,
            file,
            line,
        }
    };
    let mut all: Vec<Shown> = RawSettings::names().map(one).collect();
    all.extend(tables(raw));
    Ok(all)
}

/// Every table: what was typed, then what counts where it says nothing, as far as its faults let
/// that be known; they are told elsewhere.
fn tables(raw: &RawSettings) -> Vec<Shown> {
    let faults = &mut ConfigFaults::default();
    let server = ServerConfig::read(raw, faults);
    let public_url = server
        .as_ref()
        .and_then(|server| server.public_url.as_ref());
    let mut all = Vec::new();
    let mut known = BTreeSet::new();
    for table in raw.tables("forms") {
        let form = forms::form(table, raw, None, faults);
        let in_force = form.as_ref().map(|form| forms::in_force(form, public_url));
        known.extend(form.map(|form| form.id()));
        all.extend(table_rows(raw, table, in_force.unwrap_or_default()));
    }
    if let Some(form) = forms::of_token(raw, &known, faults) {
        let name = format!("[[forms]] of {}", forms::TOKEN);
        let rows = forms::in_force(&form, public_url).into_iter();
        all.extend(rows.map(|(key, value)| Shown::in_force(&name, key, value)));
    }
    for (table, place) in raw.tables("notify").iter().zip(1_usize..) {
        let target = notify::read_target(table, place, faults);
        let in_force = target.as_ref().map(notify::in_force);
        all.extend(table_rows(raw, table, in_force.unwrap_or_default()));
    }
    all
}

fn table_rows(
    raw: &RawSettings,
    table: &Table,
    in_force: Vec<(&'static str, String)>,
) -> Vec<Shown> {
    let name = table.name();
    // What is blank counts as not set.
    let mut typed = table.typed();
    typed.retain(|(_, value)| !value.trim().is_empty());
    let is_typed = |key: &str| typed.iter().any(|(typed, _)| typed == key);
    let defaults: Vec<Shown> = in_force
        .into_iter()
        .filter(|(key, _)| !is_typed(key))
        .map(|(key, value)| Shown::in_force(&name, key, value))
        .collect();
    let of_file = |(key, value): &(String, String)| Shown {
        name: name.clone(),
        key: key.clone(),
        value: Some(of_table(key, value)),
        from: "file",
        file: raw.file().map(str::to_owned),
        line: None,
    };
    typed.iter().map(of_file).chain(defaults).collect()
}

impl Shown {
    fn in_force(name: &str, key: &str, value: String) -> Self {
        Self {
            name: name.to_owned(),
            key: key.to_owned(),
            value: Some(value),
            from: match key {
                "address" | "token" => "other settings",
                _ => "default",
            },
            file: None,
            line: None,
        }
    }
}

/// Of a key that is not known nothing: a secret under a misspelt one is a secret.
fn of_table(key: &str, value: &str) -> String {
    if variable(value).is_some() {
        // Its name says nothing.
        value.to_owned()
    } else if forms::KEYS.contains(&key) || notify::KEYS.contains(&key) {
        masked(key, value)
    } else {
        HIDDEN.to_owned()
    }
}

/// A value without what nobody may see.
fn masked(name: &str, value: &str) -> String {
    let name = name.to_lowercase();
    let secret = ["key", "secret", "secrets", "token", "password"]
        .iter()
        .any(|end| name.ends_with(end));
    if secret {
        return HIDDEN.to_owned();
    }
    match Url::parse(value) {
        Ok(url) => of_url(&name, &url, value),
        Err(_) if name == "database_url" || name == "url" => HIDDEN.to_owned(),
        Err(_) => value.to_owned(),
    }
}

/// Passwords, and what a query may hold. The address of an incoming webhook is a secret as a whole.
fn of_url(name: &str, url: &Url, value: &str) -> String {
    if name == "url" {
        return match url.host_str() {
            Some(host) => format!("{}://{host}/{MASK}", url.scheme()),
            None => HIDDEN.to_owned(),
        };
    }
    if url.password().is_none() && url.query().is_none() {
        return value.to_owned();
    }
    let mut url = url.clone();
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return HIDDEN.to_owned();
    }
    let names: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            let hidden =
                name.to_lowercase().contains("pass") || name.to_lowercase().contains("key");
            format!("{name}={}", if hidden { MASK } else { &value })
        })
        .collect();
    if !names.is_empty() {
        url.set_query(Some(&names.join("&")));
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown_and_everything_else_is() {
        for (name, value, shown) in [
            ("CITEDY_API_KEY", "citedy_agent_planted", HIDDEN),
            ("CITEDY_WEBHOOK_SECRETS", "whsec_planted", HIDDEN),
            ("WARMSHEET_ADMIN_TOKEN", "planted", HIDDEN),
            ("secret", "planted", HIDDEN),
            ("WARMSHEET_ADMIN_TOKEN", "$planted", HIDDEN),
            ("DATABASE_URL", "sqlite://leads.db", "sqlite://leads.db"),
            ("DATABASE_URL", "planted@host", HIDDEN),
            (
                "url",
                "https://hooks.slack.com/services/planted",
                "https://hooks.slack.com/***",
            ),
            ("WARMSHEET_BIND", "127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(masked(name, value), shown, "{name}");
        }
        for (key, value, shown) in [
            ("secert", "planted", HIDDEN),
            ("ulr", "https://hooks.slack.com/planted", HIDDEN),
            ("url", "hooks.slack.com/planted", HIDDEN),
            ("secret", "$NAME", "$NAME"),
            ("secret", "$no-variable", HIDDEN),
            ("per_minute", "60", "60"),
        ] {
            assert_eq!(of_table(key, value), shown, "{key}");
        }
        let url = "postgres://ann:planted@db:5432/leads?sslmode=require&sslpassword=planted";
        assert_eq!(
            masked("DATABASE_URL", url),
            "postgres://ann:***@db:5432/leads?sslmode=require&sslpassword=***"
        );
    }
}
