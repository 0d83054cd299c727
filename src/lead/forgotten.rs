//! Companies that a person had forgotten. Of each only a keyed hash is kept: enough to know its
//! domain again when somebody types it, and nothing that names it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::CompanyDomain;
use super::naming::hosts;

/// What stands in the place of everything that named a forgotten company.
pub const FORGOTTEN: &str = "(forgotten)";

/// Why nothing is bought for it, for the person who sent it again.
pub fn refusal(since: DateTime<Utc>) -> String {
    format!(
        "This company was forgotten on {}; it is not bought again",
        since.format("%Y-%m-%d")
    )
}

/// Why a lead of it cannot be gone on with, also once its rows may be bought again.
pub fn nothing_left(since: DateTime<Utc>) -> String {
    format!(
        "This company was forgotten on {}; nothing of it is left here to go on with",
        since.format("%Y-%m-%d")
    )
}

/// Every forgotten company, as far as it is still known.
#[derive(Clone, Default)]
pub struct Forgotten {
    secret: Vec<u8>,
    since: HashMap<String, DateTime<Utc>>,
}

impl Forgotten {
    /// The hashes that are kept, made under this secret.
    pub fn new(secret: &str, kept: impl IntoIterator<Item = (String, DateTime<Utc>)>) -> Self {
        Self {
            secret: secret.as_bytes().to_vec(),
            since: kept.into_iter().collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.since.is_empty()
    }

    /// What is kept of a company.
    pub fn hash_of(&self, domain: &str) -> String {
        self.hash("domain", domain)
    }

    /// What is kept of a name that a row of it had: the same row is known again by it.
    pub fn hash_of_key(&self, key: &str) -> String {
        format!("forgotten\u{1f}{}", self.hash("row", key))
    }

    /// Since when this company is forgotten; `None`: it is not.
    pub fn since(&self, domain: &str) -> Option<DateTime<Utc>> {
        if self.is_empty() {
            return None;
        }
        self.since.get(&self.hash_of(domain)).copied()
    }

    /// What is kept of this company, and since when; `None`: it is not forgotten.
    pub fn company(&self, domain: &CompanyDomain) -> Option<(String, DateTime<Utc>)> {
        let since = self.since(domain.as_str())?;
        Some((self.hash_of(domain.as_str()), since))
    }

    /// The same of the first company that a text names which is no domain itself, such as a longer
    /// address.
    pub fn mentioned(&self, text: &str) -> Option<(String, DateTime<Utc>)> {
        if self.is_empty() {
            return None;
        }
        let mut domains = hosts(text).filter_map(|host| CompanyDomain::parse(host.name).ok());
        domains.find_map(|domain| self.company(&domain))
    }

    /// Why nothing is bought for this company; `None`: nothing stands in the way.
    pub fn refuses(&self, domain: &CompanyDomain) -> Option<String> {
        self.since(domain.as_str()).map(refusal)
    }

    fn hash(&self, what: &str, text: &str) -> String {
        // A key of any length will do.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return String::new();
        };
        let mac = mac.chain_update(what).chain_update("\u{1f}");
        hex::encode(mac.chain_update(text).finalize().into_bytes())
    }
}

impl std::fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Forgotten({} companies)", self.since.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgotten(secret: &str) -> Forgotten {
        let since = "2026-11-28T10:00:00Z".parse().expect("a time");
        let hash = Forgotten::new(secret, []).hash_of("acme.com");
        Forgotten::new(secret, [(hash, since)])
    }

    #[test]
    fn a_forgotten_company_is_known_by_its_domain_alone() {
        let known = forgotten("secret");
        let domain = |text: &str| CompanyDomain::parse(text).expect("a domain");
        assert_eq!(
            known.refuses(&domain("https://www.Acme.com/")).as_deref(),
            Some("This company was forgotten on 2026-11-28; it is not bought again")
        );
        for other in ["globex.com", "shop.acme.com"] {
            assert_eq!(known.refuses(&domain(other)), None, "{other}");
        }
    }

    #[test]
    fn a_row_that_is_of_no_use_may_still_name_a_forgotten_company() {
        let known = forgotten("secret");
        for text in [
            "acme.com/about us",
            "ann@acme.com; x",
            "https://www.ACME.com/a?b=globex.com",
        ] {
            assert!(known.mentioned(text).is_some(), "{text}");
        }
        for text in ["notacme.com/x", "acme", "acme.com.br/x", ""] {
            assert!(known.mentioned(text).is_none(), "{text}");
        }
        assert!(Forgotten::default().mentioned("acme.com/x").is_none());
    }

    #[test]
    fn a_hash_says_nothing_without_its_secret() {
        assert_ne!(
            forgotten("one").hash_of("acme.com"),
            forgotten("two").hash_of("acme.com")
        );
    }
}
