//! Citedy's signed callbacks. Only verification makes a [`VerifiedWebhook`], so nothing that
//! is not signed can get anywhere.
//!
//! `X-Citedy-Signature-256: v1=<hex>` is the HMAC-SHA256 of the raw body under the endpoint's
//! secret. There is no time-stamp header; a replay shows by its `event_id`.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::json;
use super::run::is_run_id;

/// Where callbacks come in, below the address of the service.
pub const PATH: &str = "/webhooks/citedy";

/// A longer one is no id; the body's hash serves then.
const LONGEST_EVENT_ID: usize = 200;

/// The address that Citedy should call. A public address may have a path of its own, which a proxy
/// in front takes off.
pub fn endpoint(public: &Url) -> Url {
    let mut url = public.clone();
    url.set_path(&format!("{}{PATH}", public.path().trim_end_matches('/')));
    url
}

/// The secrets that a signature may be made with; several while one is being replaced.
#[derive(Debug, Clone, Default)]
pub struct WebhookSecrets(Vec<SecretString>);

/// Why a callback is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Our fault, not the sender's.
    #[error("no webhook secret is set")]
    NoSecretsConfigured,
    #[error("the signature header is missing")]
    MissingHeader,
    #[error("the signature header is not v1=<hex>")]
    MalformedHeader,
    #[error("no secret fits the signature")]
    Mismatch,
}

impl WebhookSecrets {
    /// Blank secrets are left out: anybody could sign with one.
    pub fn new(secrets: Vec<SecretString>) -> Self {
        let given = |secret: &SecretString| !secret.expose_secret().trim().is_empty();
        Self(secrets.into_iter().filter(given).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks the signature over the raw bytes, in constant time, with every secret, before
    /// anything is parsed.
    pub fn verify(
        &self,
        header: Option<&str>,
        body: Bytes,
    ) -> Result<VerifiedWebhook, SignatureError> {
        if self.0.is_empty() {
            return Err(SignatureError::NoSecretsConfigured);
        }
        let header = header.ok_or(SignatureError::MissingHeader)?;
        let signatures = signatures(header);
        if signatures.is_empty() {
            return Err(SignatureError::MalformedHeader);
        }
        let genuine = self
            .0
            .iter()
            .any(|secret| any_fits(secret, &body, &signatures));
        if genuine {
            Ok(VerifiedWebhook::read(body))
        } else {
            Err(SignatureError::Mismatch)
        }
    }
}

/// The `v1` signatures of a header; others are of versions that we do not know.
fn signatures(header: &str) -> Vec<[u8; 32]> {
    header
        .split([',', ' '])
        .filter_map(|part| part.trim().strip_prefix("v1="))
        .filter_map(|text| {
            let mut signature = [0; 32];
            hex::decode_to_slice(text, &mut signature).ok()?;
            Some(signature)
        })
        .collect()
}

/// The body is hashed once a secret and not once a signature: else a long header over a large
/// body would keep a processor busy for whoever sends it.
fn any_fits(secret: &SecretString, body: &[u8], signatures: &[[u8; 32]]) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    let mac = mac.chain_update(body);
    signatures
        .iter()
        .any(|signature| mac.clone().verify_slice(signature).is_ok())
}

/// A callback that Citedy has sent. What it says is a hint all the same.
#[derive(Clone)]
pub struct VerifiedWebhook {
    body: Bytes,
    event_id: String,
    event_type: Option<String>,
    run_id: Option<String>,
}

impl VerifiedWebhook {
    fn read(body: Bytes) -> Self {
        let envelope: Value = json::read(&body).unwrap_or(Value::Null);
        let text = |name: &str| {
            envelope
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let event_id = text("event_id")
            .filter(|id| !id.is_empty() && id.len() <= LONGEST_EVENT_ID)
            .filter(|id| !id.contains(char::is_control))
            .unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(&body))));
        Self {
            event_id,
            event_type: text("event_type"),
            run_id: envelope
                .get("data")
                .and_then(run_id)
                .filter(|id| is_run_id(id)),
            body,
        }
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The envelope's `event_id`, else a hash of the body: the same callback twice has the same.
    pub fn event_id(&self) -> &str {
        &self.event_id
    }

    pub fn event_type(&self) -> Option<&str> {
        self.event_type.as_deref()
    }

    /// The account may say something new.
    pub fn is_about_billing(&self) -> bool {
        self.event_type()
            .is_some_and(|kind| kind.starts_with("billing."))
    }

    /// The run that the callback's data names, if any.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }
}

/// No warm-lead event is published, so a run may be named in any of these ways.
fn run_id(data: &Value) -> Option<String> {
    let named = |value: &Value| {
        ["run_id", "runId", "id"]
            .iter()
            .find_map(|name| value.get(name)?.as_str().map(str::to_owned))
    };
    data.get("run_id")
        .or_else(|| data.get("runId"))
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| data.get("run").and_then(named))
        .or_else(|| named(data))
        .or_else(|| data.get("run").and_then(Value::as_str).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf '%s' "$BODY" | openssl dgst -sha256 -hmac whsec_test
    const BODY: &str = r#"{"event_id":"evt_1","event_type":"x","data":{"run_id":"r1"}}"#;
    const SIGNED: &str = "v1=34fa110abfa20f3406f71ba603b056fac60840cb8f468a7b69e2b4ebb80311b9";

    fn secrets(names: &[&str]) -> WebhookSecrets {
        WebhookSecrets::new(names.iter().map(|name| SecretString::from(*name)).collect())
    }

    fn verify(names: &[&str], header: Option<&str>) -> Result<VerifiedWebhook, SignatureError> {
        secrets(names).verify(header, Bytes::from_static(BODY.as_bytes()))
    }

    #[test]
    fn the_endpoint_keeps_the_path_of_the_public_address() {
        for (public, expected) in [
            ("https://acme.com", "https://acme.com/webhooks/citedy"),
            (
                "https://acme.com/leads",
                "https://acme.com/leads/webhooks/citedy",
            ),
            (
                "https://acme.com/leads/",
                "https://acme.com/leads/webhooks/citedy",
            ),
        ] {
            let public = public.parse().expect("an address");
            assert_eq!(endpoint(&public).as_str(), expected);
        }
    }

    #[test]
    fn a_signature_that_openssl_made_is_accepted_under_any_of_the_secrets() {
        for names in [&["whsec_test"][..], &["whsec_new", "whsec_test"]] {
            let webhook = verify(names, Some(SIGNED)).expect("genuine");
            assert_eq!(webhook.event_id(), "evt_1");
            assert_eq!(webhook.run_id(), Some("r1"));
        }
    }

    #[test]
    fn every_other_signature_is_refused_with_its_reason() {
        use SignatureError::*;
        let wrong = format!("v1={}", "0".repeat(64));
        // openssl takes an empty key too, so a blank line in a configuration must not count.
        let signed_with_nothing =
            "v1=8cc1a20bd20416ea7539f2b0421ec0220f35d8821b298981bd5ab422d52f52ac";
        for (names, header, error) in [
            (&[][..], Some(SIGNED), NoSecretsConfigured),
            (&["whsec_test"], None, MissingHeader),
            (&["whsec_test"], Some("sha256=00"), MalformedHeader),
            (&["whsec_test"], Some("v1=zz"), MalformedHeader),
            (&["whsec_test"], Some("v1=34fa"), MalformedHeader),
            (&["whsec_test"], Some(""), MalformedHeader),
            (&["", " "], Some(signed_with_nothing), NoSecretsConfigured),
            (&["whsec_test"], Some(wrong.as_str()), Mismatch),
            (&["whsec_other"], Some(SIGNED), Mismatch),
        ] {
            assert_eq!(verify(names, header).err(), Some(error), "{header:?}");
        }
    }

    #[test]
    fn one_right_signature_among_several_is_enough_whatever_the_case_of_its_digits() {
        let upper = format!("v1={}", SIGNED[3..].to_uppercase());
        let among = format!("v2=00, v1={}, {SIGNED}", "0".repeat(64));
        for header in [upper, among, format!(" {SIGNED} ")] {
            assert!(verify(&["whsec_test"], Some(&header)).is_ok(), "{header}");
        }
    }

    #[test]
    fn one_changed_byte_is_refused() {
        let changed = BODY.replace("r1", "r2");
        let result = secrets(&["whsec_test"]).verify(Some(SIGNED), Bytes::from(changed));
        assert_eq!(result.err(), Some(SignatureError::Mismatch));
    }

    #[test]
    fn a_run_is_found_however_it_is_named() {
        for data in [
            r#"{"run_id":"r"}"#,
            r#"{"runId":"r"}"#,
            r#"{"id":"r"}"#,
            r#"{"run":{"id":"r"}}"#,
            r#"{"id":"event","run":{"run_id":"r"}}"#,
        ] {
            let value: Value = serde_json::from_str(data).expect("JSON");
            assert_eq!(run_id(&value).as_deref(), Some("r"), "{data}");
        }
    }

    #[test]
    fn a_signed_body_that_is_no_json_still_has_an_id() {
        let webhook = VerifiedWebhook::read(Bytes::from_static(b"\xff not json"));
        assert!(webhook.event_id().starts_with("sha256:"));
        assert_eq!(webhook.run_id(), None);
        let long = format!(r#"{{"event_id":"{}"}}"#, "e".repeat(201));
        let webhook = VerifiedWebhook::read(Bytes::from(long));
        assert!(webhook.event_id().starts_with("sha256:"));
        let odd = br#"{"event_id":"evt\u0000","data":{"run_id":"r\u0000"}}"#;
        let webhook = VerifiedWebhook::read(Bytes::from_static(odd));
        assert!(webhook.event_id().starts_with("sha256:"));
        assert_eq!(webhook.run_id(), None);
    }
}
