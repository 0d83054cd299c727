//! Signing what goes out, as Standard Webhooks has it:
//! `v1,base64(HMAC-SHA256(key, "{id}.{timestamp}.{body}"))`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// The specification's bounds for a key, bytes.
const SHORTEST: usize = 24;
const LONGEST: usize = 64;

/// The key of one receiver. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct SigningKey(SecretSlice<u8>);

impl SigningKey {
    /// Reads `whsec_…`; the problem names no part of it.
    pub fn parse(secret: &SecretString) -> Result<Self, String> {
        let remedy = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
        let Some(encoded) = secret.expose_secret().trim().strip_prefix(PREFIX) else {
            return Err(format!("does not begin with {PREFIX}; {remedy}"));
        };
        let key = STANDARD
            .decode(encoded)
            .map_err(|_| format!("is no base64 behind {PREFIX}; {remedy}"))?;
        if (SHORTEST..=LONGEST).contains(&key.len()) {
            Ok(Self(key.into()))
        } else {
            Err(format!(
                "holds {} bytes, not {SHORTEST} to {LONGEST}; {remedy}",
                key.len()
            ))
        }
    }

    /// What the header `webhook-signature` says of a message; `timestamp` in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        // Every length of a key is fine.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else {
            return String::new();
        };
        let head = format!("{id}.{timestamp}.");
        let mac = mac.chain_update(head.as_bytes()).chain_update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, String> {
        SigningKey::parse(&SecretString::from(text))
    }

    #[test]
    fn a_message_is_signed_as_openssl_signs_it() {
        // KEY=$(printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p -c 99)
        // printf 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signature = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(!format!("{key:?}").contains("77"), "{key:?}");
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_showing_it() {
        for wrong in [
            "planted",
            "whsec_pl@nted",
            "whsec_cGxhbnRlZA==",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            let problem = key(wrong).expect_err(wrong);
            assert!(problem.contains("openssl rand"), "{problem}");
            assert!(!problem.contains("nted"), "{problem}");
        }
    }
}
