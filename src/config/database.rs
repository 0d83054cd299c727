use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::ConfigFaults;
use super::sources::RawSettings;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub enum DatabaseConfig {
    /// One file, for one instance.
    Sqlite {
        /// `sqlite://path`
        url: String,
    },
    /// A server, for several instances.
    Postgres {
        /// `postgres://…`; can hold a password.
        url: SecretString,
        /// Another schema than the first of the server's search path.
        schema: Option<String>,
    },
}

impl DatabaseConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let url = raw.get("DATABASE_URL").unwrap_or("sqlite://warmsheet.db");
        faults.take("DATABASE_URL", Self::parse(url))
    }

    /// The database that a URL names.
    pub fn parse(url: &str) -> Result<Self, String> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Ok(Self::Sqlite {
                url: url.to_owned(),
            }),
            "postgres" | "postgresql" => match Url::parse(url) {
                Ok(_) => Ok(Self::Postgres {
                    url: SecretString::from(url),
                    schema: None,
                }),
                // The URL can hold a password: it is not repeated.
                Err(error) => Err(format!(
                    "cannot be read ({error}); it looks like \
                     postgres://user:password@host:5432/database, with special characters of the \
                     password percent-encoded"
                )),
            },
            _ => Err(format!(
                "{scheme}: is not supported; use sqlite://path/to/warmsheet.db or \
                 postgres://user:password@host:5432/database"
            )),
        }
    }

    /// For people and logs: without a password.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite { url } => url.clone(),
            Self::Postgres { url, schema } => {
                let parsed = Url::parse(url.expose_secret()).ok();
                let host = parsed.as_ref().and_then(Url::host_str).unwrap_or("");
                let port = parsed.as_ref().and_then(Url::port);
                let port = port.map_or(String::new(), |port| format!(":{port}"));
                let path = parsed.as_ref().map_or("", Url::path);
                let schema = schema
                    .as_deref()
                    .map_or(String::new(), |schema| format!(" (schema {schema})"));
                format!("postgres://{host}{port}{path}{schema}")
            }
        }
    }

    /// The same place under another name: invented results have a database of their own.
    pub fn beside(&self, suffix: &str) -> Self {
        match self {
            Self::Sqlite { url } => {
                let (path, query) = url.split_once('?').unwrap_or((url, ""));
                let stem = path.strip_suffix(".db").unwrap_or(path);
                let query = if query.is_empty() {
                    String::new()
                } else {
                    format!("?{query}")
                };
                Self::Sqlite {
                    url: format!("{stem}.{suffix}.db{query}"),
                }
            }
            Self::Postgres { url, .. } => Self::Postgres {
                url: url.clone(),
                schema: Some(format!("warmsheet_{suffix}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_database_stands_beside_the_real_one() {
        let beside = |url: &str| {
            let config = DatabaseConfig::parse(url).expect("a database");
            config.beside("sandbox").shown()
        };
        assert_eq!(
            beside("sqlite://data/warmsheet.db"),
            "sqlite://data/warmsheet.sandbox.db"
        );
        assert_eq!(
            beside("sqlite://leads?mode=rwc"),
            "sqlite://leads.sandbox.db?mode=rwc"
        );
        assert_eq!(
            beside("postgres://localhost/leads"),
            "postgres://localhost/leads (schema warmsheet_sandbox)"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://ann:s3cret@db.internal:5433/leads?sslmode=require";
        let config = DatabaseConfig::parse(url).expect("a database");
        assert_eq!(config.shown(), "postgres://db.internal:5433/leads");
        assert!(!format!("{config:?}").contains("s3cret"));
        let fault = DatabaseConfig::parse("postgres://ann:s3cret@host:port/x");
        assert!(!fault.expect_err("no port").contains("s3cret"));
    }
}
