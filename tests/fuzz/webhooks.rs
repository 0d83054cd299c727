//! Callbacks: bodies and signature headers that are nearly genuine.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::Index;
use secrecy::SecretString;
use warmsheet::lead::webhook::WebhookSecrets;

use crate::mutate::{edits, mutated, mutated_text};
use crate::run::fuzz;
use crate::support::signature;

const SECRETS: [&str; 2] = ["whsec_old", "whsec_new"];

pub const BODIES: &[&[u8]] = &[
    br#"{"event_id":"evt_1","event_type":"run.updated","api_version":"2026-02-25","timestamp":"2026-02-25T10:00:00.000Z","tenant_id":"t","agent_id":"a","data":{"run_id":"0b9c8f0e-1111-4222-8333-944445555666"}}"#,
    br#"{"event_id":"evt_2","event_type":"billing.credits_low","data":{"run":{"id":"r1","status":"completed"}}}"#,
    br#"{"event_id":"","data":{"id":7,"run":"r2","runId":null}}"#,
    br#"{"event_id":"\u0000","event_type":"\u0000","data":{"run_id":"\u0000"}}"#,
    br#"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#,
    b"",
];

/// Parts of headers that come near a signature; `{}` stands for the genuine one.
const HEADERS: &[&str] = &[
    "v1={}",
    "v1={},v1={}",
    "v2={} v1={}",
    "t=1772013600,v1={}",
    "V1={}",
    "v1={};v1={}",
    "sha256={}",
    "v1=",
    "",
];

/// The genuine signature, without the version that stands before it.
fn digits(secret: &str, body: &[u8]) -> String {
    let signature = signature(secret, body);
    let digits = signature.strip_prefix("v1=");
    digits.expect("the version's name").to_owned()
}

fn secrets() -> WebhookSecrets {
    WebhookSecrets::new(SECRETS.map(SecretString::from).into())
}

fn is_genuine(header: &str, body: &[u8]) -> bool {
    let lower = header.to_lowercase();
    SECRETS
        .iter()
        .any(|secret| lower.contains(&signature(secret, body)))
}

#[test]
fn only_what_a_configured_secret_has_signed_is_believed() {
    let inputs = (
        mutated(BODIES),
        mutated_text(HEADERS),
        prop::sample::select(vec!["whsec_old", "whsec_new", "whsec_other", ""]),
        edits(),
    );
    fuzz(
        "webhooks",
        1_000,
        inputs,
        |(body, header, secret, edits)| {
            let header = header.replace("{}", &digits(secret, &body));
            let changed = crate::mutate::apply(header.into_bytes(), &edits, HEADERS);
            let header = String::from_utf8_lossy(&changed);
            match secrets().verify(Some(&header), Bytes::from(body.clone())) {
                Ok(event) => {
                    prop_assert!(is_genuine(&header, &body));
                    prop_assert_eq!(event.body(), body.as_slice());
                }
                Err(error) => prop_assert!(!error.to_string().contains("whsec")),
            }
            Ok(())
        },
    );
}

#[test]
fn one_changed_byte_of_the_body_or_one_digit_of_the_signature_is_refused() {
    let change = (any::<Index>(), 1..=255_u8);
    let inputs = (
        mutated(BODIES),
        prop::sample::select(&SECRETS[..]),
        change,
        any::<Index>(),
    );
    fuzz(
        "changed_webhooks",
        500,
        inputs,
        |(body, secret, (at, by), digit)| {
            let genuine = digits(secret, &body);
            let check = |hex: &str, body: &[u8]| {
                secrets().verify(Some(&format!("v1={hex}")), Bytes::copy_from_slice(body))
            };
            prop_assert!(check(&genuine, &body).is_ok());
            if !body.is_empty() {
                let mut changed = body.clone();
                changed[at.index(body.len())] ^= by;
                prop_assert!(check(&genuine, &changed).is_err());
            }
            let mut digits = genuine.clone().into_bytes();
            let place = digit.index(digits.len());
            digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
            prop_assert!(check(&String::from_utf8_lossy(&digits), &body).is_err());
            Ok(())
        },
    );
}

#[test]
fn a_genuine_signature_counts_whatever_stands_beside_it() {
    let beside = "[^v=]{0,20}";
    let inputs = (mutated(BODIES), beside, beside);
    fuzz("signatures", 500, inputs, |(body, before, after)| {
        let header = format!("{before}, {} ,{after}", signature(SECRETS[1], &body));
        prop_assert!(secrets().verify(Some(&header), Bytes::from(body)).is_ok());
        Ok(())
    });
}

#[test]
fn a_genuine_body_of_nonsense_has_an_id_of_its_own_and_names_no_run_that_it_does_not_hold() {
    fuzz("webhook_bodies", 800, mutated(BODIES), |body| {
        let read = || {
            let header = signature(SECRETS[0], &body);
            secrets().verify(Some(&header), Bytes::from(body.clone()))
        };
        let event = read().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!((1..=200).contains(&event.event_id().len()));
        let again = read().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(event.event_id(), again.event_id());
        let json = warmsheet::lead::json::read(&body).ok();
        if let Some(run) = event.run_id() {
            let data = json.as_ref().and_then(|json| json.get("data"));
            prop_assert!(data.is_some_and(|data| holds_text(data, run)), "{}", run);
        }
        if json.is_none() {
            prop_assert!(event.event_id().starts_with("sha256:"));
            prop_assert!(event.event_type().is_none());
        }
        Ok(())
    });
}

fn holds_text(value: &serde_json::Value, text: &str) -> bool {
    match value {
        serde_json::Value::String(own) => own == text,
        serde_json::Value::Array(items) => items.iter().any(|item| holds_text(item, text)),
        serde_json::Value::Object(map) => map.values().any(|item| holds_text(item, text)),
        _ => false,
    }
}
