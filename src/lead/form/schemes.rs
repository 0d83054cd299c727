//! How each provider signs, over the raw bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Provider;
use super::key::{Given, Refusal};

const TALLY: &str = "tally-signature";
const TYPEFORM: &str = "typeform-signature";
const WEBFLOW: &str = "x-webflow-signature";
const WEBFLOW_TIME: &str = "x-webflow-timestamp";
const HUBSPOT: &str = "x-hubspot-signature";
const HUBSPOT_VERSION: &str = "x-hubspot-signature-version";
const HUBSPOT_V3: &str = "x-hubspot-signature-v3";
const HUBSPOT_TIME: &str = "x-hubspot-request-timestamp";
const STANDARD_ID: &str = "webhook-id";
const STANDARD_TIME: &str = "webhook-timestamp";
const STANDARD_SIGNATURE: &str = "webhook-signature";

/// A signed time that is further away than this is a replay.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// More signatures than that nobody sends; each costs a comparison.
const MOST_SIGNATURES: usize = 20;
/// A longer id of a message is none.
const LONGEST_ID: usize = 200;

/// Whether a post says that it is signed.
pub fn is_signed(provider: Provider, given: &Given<'_>) -> bool {
    let names: &[&str] = match provider {
        Provider::Tally => &[TALLY],
        Provider::Typeform => &[TYPEFORM],
        Provider::Webflow => &[WEBFLOW],
        Provider::HubSpot => &[HUBSPOT, HUBSPOT_V3],
        Provider::Standard => &[STANDARD_SIGNATURE],
        Provider::Generic => &[],
    };
    names.iter().any(|name| (given.header)(name).is_some())
}

/// What was read of a post's signature headers.
pub enum Scheme<'a> {
    /// The HMAC of this text and the body.
    Hmac {
        before: String,
        /// Each is compared.
        signatures: Vec<Vec<u8>>,
        /// Of Standard Webhooks; its keys are base64.
        id: Option<&'a str>,
    },
    /// SHA-256 of secret, method, address and body.
    HubSpotV2 { signature: Vec<u8> },
    /// HMAC of method, address, body and time.
    HubSpotV3 { time: &'a str, signature: Vec<u8> },
}

impl<'a> Scheme<'a> {
    /// Reads the headers of a provider that signs.
    pub fn read(
        provider: Provider,
        given: &Given<'a>,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let of_body = |signature| Scheme::Hmac {
            before: String::new(),
            signatures: vec![signature],
            id: None,
        };
        match provider {
            Provider::Tally => base64(TALLY, required(given, TALLY)?).map(of_body),
            Provider::Typeform => {
                let header = required(given, TYPEFORM)?;
                let code = header.strip_prefix("sha256=");
                let code = code.ok_or(Refusal::Malformed(TYPEFORM))?;
                base64(TYPEFORM, code).map(of_body)
            }
            Provider::Webflow => {
                let signature = hex(WEBFLOW, required(given, WEBFLOW)?)?;
                let time = required(given, WEBFLOW_TIME)?;
                in_time(WEBFLOW_TIME, time, 1, now)?;
                Ok(Scheme::Hmac {
                    before: format!("{time}:"),
                    signatures: vec![signature],
                    id: None,
                })
            }
            Provider::HubSpot => hubspot(given, now),
            Provider::Standard => standard(given, now),
            Provider::Generic => Err(Refusal::NoToken),
        }
    }

    /// Whether the signature was made with this secret.
    pub fn fits(&self, secret: &SecretString, given: &Given<'_>) -> bool {
        let plain = secret.expose_secret().as_bytes();
        let body = given.body.as_ref();
        match self {
            Scheme::Hmac {
                before,
                signatures,
                id,
            } => {
                let key = match id {
                    Some(_) => standard_key(secret),
                    None => Some(plain.to_vec()),
                };
                let parts = [before.as_bytes(), body];
                key.is_some_and(|key| hmac_fits(&key, &parts, signatures))
            }
            Scheme::HubSpotV2 { signature } => {
                let mut digest = Sha256::new();
                for part in [plain, given.method.as_bytes(), given.uri.as_bytes(), body] {
                    digest.update(part);
                }
                digest.finalize().ct_eq(signature.as_slice()).into()
            }
            Scheme::HubSpotV3 { time, signature } => {
                // HubSpot signs the address with some of its escapes undone.
                [given.uri.to_owned(), unescaped(given.uri)]
                    .iter()
                    .any(|uri| {
                        let parts = [
                            given.method.as_bytes(),
                            uri.as_bytes(),
                            body,
                            time.as_bytes(),
                        ];
                        hmac_fits(plain, &parts, std::slice::from_ref(signature))
                    })
            }
        }
    }

    /// The signed id of the message.
    pub fn message_id(&self) -> Option<&'a str> {
        match self {
            Scheme::Hmac { id, .. } => *id,
            _ => None,
        }
    }
}

fn hubspot<'a>(given: &Given<'a>, now: DateTime<Utc>) -> Result<Scheme<'a>, Refusal> {
    if let Some(header) = (given.header)(HUBSPOT_V3) {
        let signature = base64(HUBSPOT_V3, header)?;
        let time = required(given, HUBSPOT_TIME)?;
        in_time(HUBSPOT_TIME, time, 1, now)?;
        return Ok(Scheme::HubSpotV3 { time, signature });
    }
    let signature = hex(HUBSPOT, required(given, HUBSPOT)?)?;
    // Version 1 does not cover the address; HubSpot names the version with every signature.
    match (given.header)(HUBSPOT_VERSION) {
        Some("v2") => Ok(Scheme::HubSpotV2 { signature }),
        Some(_) => Err(Refusal::OtherVersion),
        None => Err(Refusal::Missing(HUBSPOT_VERSION)),
    }
}

fn standard<'a>(given: &Given<'a>, now: DateTime<Utc>) -> Result<Scheme<'a>, Refusal> {
    let id = required(given, STANDARD_ID)?;
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(Refusal::Malformed(STANDARD_ID));
    }
    let time = required(given, STANDARD_TIME)?;
    in_time(STANDARD_TIME, time, 1000, now)?;
    let signatures: Vec<Vec<u8>> = required(given, STANDARD_SIGNATURE)?
        .split(' ')
        .filter_map(|entry| STANDARD.decode(entry.strip_prefix("v1,")?).ok())
        .take(MOST_SIGNATURES)
        .collect();
    if signatures.is_empty() {
        return Err(Refusal::Malformed(STANDARD_SIGNATURE));
    }
    Ok(Scheme::Hmac {
        before: format!("{id}.{time}."),
        signatures,
        id: Some(id),
    })
}

/// The key that a `whsec_…` secret stands for.
pub fn standard_key(secret: &SecretString) -> Option<Vec<u8>> {
    let text = secret.expose_secret().trim();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    STANDARD.decode(text).ok().filter(|key| !key.is_empty())
}

/// The content is hashed once, however many signatures there are.
fn hmac_fits(key: &[u8], parts: &[&[u8]], signatures: &[Vec<u8>]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return false;
    };
    for part in parts {
        mac.update(part);
    }
    signatures
        .iter()
        .any(|signature| mac.clone().verify_slice(signature).is_ok())
}

fn required<'a>(given: &Given<'a>, name: &'static str) -> Result<&'a str, Refusal> {
    (given.header)(name).ok_or(Refusal::Missing(name))
}

fn base64(name: &'static str, text: &str) -> Result<Vec<u8>, Refusal> {
    let read = STANDARD.decode(text.trim());
    read.map_err(|_| Refusal::Malformed(name))
}

fn hex(name: &'static str, text: &str) -> Result<Vec<u8>, Refusal> {
    ::hex::decode(text.trim()).map_err(|_| Refusal::Malformed(name))
}

/// A time in units of so many milliseconds that is not too far from ours.
fn in_time(name: &'static str, text: &str, unit: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
    let time: i64 = text.parse().map_err(|_| Refusal::Malformed(name))?;
    let time = time.checked_mul(unit).ok_or(Refusal::Malformed(name))?;
    let away = now.timestamp_millis().abs_diff(time);
    if away > WINDOW.num_milliseconds().unsigned_abs() {
        return Err(Refusal::OtherTime);
    }
    Ok(())
}

/// The escapes that HubSpot undoes before it signs an address.
fn unescaped(uri: &str) -> String {
    const PAIRS: [(&str, &str); 12] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    let mut text = uri.to_owned();
    for (escape, meant) in PAIRS {
        text = text.replace(escape, meant);
        text = text.replace(&escape.to_lowercase(), meant);
    }
    text
}
