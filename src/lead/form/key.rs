use bytes::Bytes;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Provider;
use super::schemes::{self, Scheme};

/// A shorter token could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// What a form's posts are known by. Shows nothing of it.
#[derive(Debug, Clone)]
pub struct FormKey {
    provider: Provider,
    /// Several while one is being replaced.
    secrets: Vec<SecretString>,
    token: Option<SecretString>,
}

/// A post as it came in, with everything that a signature may be of.
pub struct Given<'a> {
    pub method: &'a str,
    /// The address that the sender called, as the sender knows it.
    pub uri: &'a str,
    /// A header's value, by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// From the `Authorization` header or the address.
    pub token: Option<&'a str>,
    pub body: Bytes,
}

/// Why a post is not believed; nothing of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header {0} is missing")]
    Missing(&'static str),
    #[error("the header {0} cannot be read")]
    Malformed(&'static str),
    #[error("signatures of this version are not taken; set up version 2 or 3")]
    OtherVersion,
    #[error("it was signed more than five minutes ago, or the clock of one side is wrong")]
    OtherTime,
    #[error("the signature does not fit; the secret of this form is another one")]
    Mismatch,
    #[error(
        "the form\u{2019}s token is missing: Authorization: Bearer \u{2026}, ?token=\u{2026} or a field named token"
    )]
    NoToken,
    #[error("that is not the token of this form")]
    WrongToken,
}

/// What the holder of a form's secret has sent. Only verification makes one.
#[derive(Debug)]
pub struct Verified<T> {
    content: T,
    message_id: Option<String>,
}

impl<T> Verified<T> {
    pub fn content(&self) -> &T {
        &self.content
    }

    /// The signed id of the message, where the scheme has one.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }
}

impl FormKey {
    /// # Errors
    /// What is missing or cannot be used, and what to do about it.
    pub fn new(
        provider: Provider,
        secrets: Vec<SecretString>,
        token: Option<SecretString>,
    ) -> Result<Self, String> {
        if !provider.signs() && !secrets.is_empty() {
            return Err("secret is for providers that sign; set token instead".to_owned());
        }
        if !provider.takes_token() && token.is_some() {
            return Err(format!(
                "token is not for {}, which signs what it posts; set secret",
                provider.as_str()
            ));
        }
        if secrets.is_empty() && token.is_none() {
            return Err(match (provider.signs(), provider.takes_token()) {
                (true, false) => "secret is not set: the signing secret that the provider shows",
                (true, true) => {
                    "neither secret nor token is set: the provider\u{2019}s signing secret, or a \
                     token for its unsigned posts (openssl rand -hex 24)"
                }
                _ => "token is not set; make one with: openssl rand -hex 24",
            }
            .to_owned());
        }
        if let Some(token) = &token
            && token.expose_secret().len() < SHORTEST_TOKEN
        {
            return Err(format!(
                "token is shorter than {SHORTEST_TOKEN} characters; make one with: openssl rand -hex 24"
            ));
        }
        if provider == Provider::Standard {
            let wrong = |secret: &SecretString| schemes::standard_key(secret).is_none();
            if secrets.iter().any(wrong) {
                return Err("secret is not whsec_ and base64".to_owned());
            }
        }
        Ok(Self {
            provider,
            secrets,
            token,
        })
    }

    /// Checks who has sent a post, in constant time, before anything of it is parsed.
    pub fn verify(&self, given: Given<'_>, now: DateTime<Utc>) -> Result<Verified<Bytes>, Refusal> {
        let unsigned = self.token.is_some() && !schemes::is_signed(self.provider, &given);
        if unsigned || self.secrets.is_empty() {
            let token = given.token;
            return self.admit(token, given.body);
        }
        let scheme = Scheme::read(self.provider, &given, now)?;
        let fits = |secret: &SecretString| scheme.fits(secret, &given);
        if !self.secrets.iter().any(fits) {
            return Err(Refusal::Mismatch);
        }
        Ok(Verified {
            message_id: scheme.message_id().map(str::to_owned),
            content: given.body,
        })
    }

    /// The same for what cannot be signed and brings the form's token.
    pub fn admit<T>(&self, token: Option<&str>, content: T) -> Result<Verified<T>, Refusal> {
        let given = token.ok_or(Refusal::NoToken)?;
        if !self.is_token(given) {
            return Err(Refusal::WrongToken);
        }
        Ok(Verified {
            content,
            message_id: None,
        })
    }

    /// Whether this is the form's token.
    pub fn is_token(&self, given: &str) -> bool {
        // Digests, so that not even the length shows in the time it takes.
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        self.token
            .as_ref()
            .is_some_and(|token| digest(given).ct_eq(&digest(token.expose_secret())).into())
    }
}
