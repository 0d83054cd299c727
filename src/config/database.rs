use super::ConfigFaults;
use super::sources::RawSettings;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path`
    pub url: String,
}

impl DatabaseConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let url = raw.get("DATABASE_URL").unwrap_or("sqlite://warmsheet.db");
        if url.starts_with("sqlite:") {
            return Some(Self {
                url: url.to_owned(),
            });
        }
        // A database URL can hold a password: only its scheme is repeated.
        let scheme = url.split(':').next().unwrap_or_default();
        faults.add(
            "DATABASE_URL",
            format!("{scheme}: is not supported; use sqlite://path/to/warmsheet.db"),
        );
        None
    }

    /// The same place with another file name: invented results have a database of their own.
    pub fn beside(&self, suffix: &str) -> Self {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let stem = path.strip_suffix(".db").unwrap_or(path);
        let query = if query.is_empty() {
            String::new()
        } else {
            format!("?{query}")
        };
        Self {
            url: format!("{stem}.{suffix}.db{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_database_stands_beside_the_real_one() {
        let beside = |url: &str| DatabaseConfig { url: url.into() }.beside("sandbox").url;
        assert_eq!(
            beside("sqlite://data/warmsheet.db"),
            "sqlite://data/warmsheet.sandbox.db"
        );
        assert_eq!(
            beside("sqlite://leads?mode=rwc"),
            "sqlite://leads.sandbox.db?mode=rwc"
        );
    }
}
