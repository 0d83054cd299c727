//! Settings as `warmsheet config` shows them: nobody reads a secret over a shoulder.

use serde::Serialize;
use url::Url;

use super::origins::Origin;
use super::sources::{RawSettings, toml_key};
use super::tables::variable;
use super::{ConfigFaults, example};

/// What stands in the place of what is not shown.
pub const HIDDEN: &str = "(set, not shown)";
const MASK: &str = "***";
/// What may be shown of tables. Of any other key not: a secret under a misspelt one is a secret.
const OPEN_KEYS: [&str; 17] = [
    "provider",
    "name",
    "fields",
    "icp",
    "buyer_roles",
    "max_contacts",
    "drafts",
    "freshness_days",
    "deliver_to",
    "redirects",
    "honeypot",
    "per_minute",
    "per_address_per_minute",
    "hold",
    "kind",
    "events",
    "allow_private",
];

/// One setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The variable, `WARMSHEET_BIND`; of a table its heading and number, `[[forms]] 1`.
    pub name: String,
    /// Its key in `warmsheet.toml`.
    pub key: String,
    /// `None`: not set, and there is no default.
    pub value: Option<String>,
    /// `flag`, `environment`, `file` or `default`.
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
    let tables = raw.all_tables().flat_map(|table| table.shown());
    let file = raw.file().map(str::to_owned);
    let of_tables = tables.map(|(name, key, value)| Shown {
        name,
        value: Some(of_table(&key, &value)),
        key,
        from: "file",
        file: file.clone(),
        line: None,
    });
    Ok(RawSettings::names().map(one).chain(of_tables).collect())
}

fn of_table(key: &str, value: &str) -> String {
    if variable(value).is_some() {
        // Its name says nothing.
        value.to_owned()
    } else if OPEN_KEYS.contains(&key) || key == "url" {
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
