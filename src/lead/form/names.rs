use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Names what people have sent and what has no name of its own, so that it is known again when it
/// is sent again. Nobody without the secret can find out by guessing what they sent; it belongs to
/// the installation, so that a name outlasts the keys of the forms.
#[derive(Debug, Clone)]
pub struct PostNames(SecretString);

impl PostNames {
    /// Names under this secret.
    pub fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The name of some contents: 64 hex digits.
    pub fn of(&self, content: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        hex::encode(mac.chain_update(content).finalize().into_bytes())
    }
}
