//! API keys: never kept, only their hash.

use std::collections::HashSet;
use std::fmt::Write;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::config::Keys;

/// The SHA-256 of an API key, in hex: what the sandbox knows an agent by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct KeyHash(String);

impl KeyHash {
    pub(super) fn of(key: &str) -> Self {
        Self(hex::encode(Sha256::digest(key)))
    }

    /// The id of the agent that the key belongs to, the same whenever the key is used.
    pub(super) fn agent_id(&self) -> Uuid {
        derived_uuid("agent", &self.0)
    }

    /// The id of the agent's tenant; every sandbox agent has a tenant of its own.
    pub(super) fn tenant_id(&self) -> Uuid {
        derived_uuid("tenant", &self.0)
    }

    /// The secret of one of the agent's webhooks. Derived, so that the journal needs none.
    pub(super) fn webhook_secret(&self, webhook: Uuid) -> String {
        format!(
            "whsec_{}",
            hex::encode(digest(&["secret", &self.0, &webhook.to_string()]))
        )
    }
}

/// A version-4 UUID that follows from a text.
pub(super) fn derived_uuid(purpose: &str, text: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest(&[purpose, text])[..16]);
    Builder::from_random_bytes(bytes).into_uuid()
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut joined = String::new();
    for part in parts {
        // Lengths keep ("ab", "c") and ("a", "bc") apart; writing to a String cannot fail.
        let _ = write!(joined, "{}:{part};", part.len());
    }
    Sha256::digest(joined).into()
}

/// Decides which keys are let in.
#[derive(Debug)]
pub(super) struct Doorman {
    /// `None` lets in everything that looks like a Citedy key.
    only: Option<HashSet<KeyHash>>,
    revoked: HashSet<KeyHash>,
}

/// What the doorman knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Unknown,
    Revoked(KeyHash),
    Active(KeyHash),
}

impl Doorman {
    pub(super) fn new(keys: &Keys) -> Self {
        let only = match keys {
            Keys::Any => None,
            Keys::Only(keys) => Some(
                keys.iter()
                    .map(|key| KeyHash::of(key.expose_secret()))
                    .collect(),
            ),
        };
        Self {
            only,
            revoked: HashSet::new(),
        }
    }

    pub(super) fn standing(&self, key: &str) -> Standing {
        let hash = KeyHash::of(key);
        let known = match &self.only {
            Some(only) => only.contains(&hash),
            None => key
                .strip_prefix("citedy_agent_")
                .is_some_and(|rest| !rest.is_empty()),
        };
        if !known {
            Standing::Unknown
        } else if key.contains("revoked") || self.revoked.contains(&hash) {
            Standing::Revoked(hash)
        } else {
            Standing::Active(hash)
        }
    }

    pub(super) fn set_revoked(&mut self, key: &str, revoked: bool) {
        let hash = KeyHash::of(key);
        if revoked {
            self.revoked.insert(hash);
        } else {
            self.revoked.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_look_like_citedy_keys_are_let_in_unless_revoked() {
        let mut doorman = Doorman::new(&Keys::Any);
        assert_eq!(doorman.standing("sk_live_1"), Standing::Unknown);
        assert_eq!(doorman.standing("citedy_agent_"), Standing::Unknown);
        let key = "citedy_agent_1";
        assert!(matches!(doorman.standing(key), Standing::Active(_)));
        assert!(matches!(
            doorman.standing("citedy_agent_revoked_1"),
            Standing::Revoked(_)
        ));
        doorman.set_revoked(key, true);
        assert!(matches!(doorman.standing(key), Standing::Revoked(_)));
        doorman.set_revoked(key, false);
        assert!(matches!(doorman.standing(key), Standing::Active(_)));
    }

    #[test]
    fn a_list_of_keys_lets_nobody_else_in() {
        let doorman = Doorman::new(&Keys::Only(vec!["mine".into()]));
        assert!(matches!(doorman.standing("mine"), Standing::Active(_)));
        assert_eq!(doorman.standing("citedy_agent_1"), Standing::Unknown);
    }
}
