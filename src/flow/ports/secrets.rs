//! Secrets of the installation itself, which no person sets.

use async_trait::async_trait;
use secrecy::SecretString;

use super::StoreError;

/// What a secret of the installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnSecret {
    /// Tokens of the forms on our own pages.
    PageForms,
    /// Names of posts that have none; see [`crate::lead::form::PostNames`].
    PostNames,
    /// Hashes of forgotten companies; see [`crate::lead::Forgotten`].
    Forgotten,
}

impl OwnSecret {
    /// The name of the setting that it is kept under.
    pub fn setting(self) -> &'static str {
        match self {
            OwnSecret::PageForms => "form secret",
            OwnSecret::PostNames => "post names secret",
            OwnSecret::Forgotten => "forget secret",
        }
    }
}

#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret, the same for every instance and after every restart; made at random when it
    /// is asked for first.
    async fn own_secret(&self, which: OwnSecret) -> Result<SecretString, StoreError>;
}
