//! Each vector was computed with openssl; its command stands above it.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::*;

/// 1772013600
const NOW: &str = "2026-02-25T10:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

fn key(provider: Provider, secret: &str) -> FormKey {
    let secrets = vec!["an-older-secret-AAAA".into(), SecretString::from(secret)];
    let secrets = match provider {
        Provider::Standard => vec![SecretString::from(secret)],
        _ => secrets,
    };
    FormKey::new(provider, secrets, None).expect("a key")
}

struct Post {
    key: FormKey,
    method: &'static str,
    uri: &'static str,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
}

impl Post {
    fn verify_at(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let header = |name: &str| {
            let found = self.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_str())
        };
        let given = Given {
            method: self.method,
            uri: self.uri,
            header: &header,
            token: None,
            body: Bytes::from_static(self.body.as_bytes()),
        };
        self.key.verify(given, now).map(|_| ())
    }

    fn verify(&self) -> Result<(), Refusal> {
        self.verify_at(now())
    }
}

fn post(
    provider: Provider,
    secret: &str,
    headers: &[(&'static str, &str)],
    body: &'static str,
) -> Post {
    Post {
        key: key(provider, secret),
        method: "POST",
        uri: "https://leads.acme.com/forms/x",
        headers: headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect(),
        body,
    }
}

/// A genuine post of each way of signing.
fn genuine() -> Vec<Post> {
    // printf '%s' "$BODY" | openssl dgst -sha256 -hmac tally-secret -binary | base64
    let tally = post(
        Provider::Tally,
        "tally-secret",
        &[(
            "tally-signature",
            "CXe9xE7H1upQtaRdvkj3/6Dhsx9PWzE1eAAqnQhSK+o=",
        )],
        r#"{"eventType":"FORM_RESPONSE"}"#,
    );
    // printf '%s' "$BODY" | openssl dgst -sha256 -hmac typeform-secret -binary | base64
    let typeform = post(
        Provider::Typeform,
        "typeform-secret",
        &[(
            "typeform-signature",
            "sha256=ccOJ1IxNlv5QQl8sn1KA38fn+VH1wMJR9b1DGamNjBs=",
        )],
        r#"{"event_type":"form_response"}"#,
    );
    // printf '%s' "1772013600000:$BODY" | openssl dgst -sha256 -hmac webflow-secret
    let webflow = post(
        Provider::Webflow,
        "webflow-secret",
        &[
            (
                "x-webflow-signature",
                "9cd96f5fce1425bd15a9f0e7f78f34ff1b7e7bc7c4bf33b87f947d607642fc08",
            ),
            ("x-webflow-timestamp", "1772013600000"),
        ],
        r#"{"triggerType":"form_submission"}"#,
    );
    vec![
        tally,
        typeform,
        webflow,
        hubspot_v2(),
        hubspot_v3(),
        standard(),
    ]
}

fn hubspot_v2() -> Post {
    // printf '%s' "hubspot-secretPOST$URI$BODY" | openssl dgst -sha256
    Post {
        uri: "https://leads.acme.com/forms/hubspot?x=1",
        ..post(
            Provider::HubSpot,
            "hubspot-secret",
            &[
                (
                    "x-hubspot-signature",
                    "1e7dd4bf39164b16fcd20f43b0aec3dc01260d6ca7158f9516a00a6508a43adf",
                ),
                ("x-hubspot-signature-version", "v2"),
            ],
            r#"{"properties":{}}"#,
        )
    }
}

fn hubspot_v3() -> Post {
    // printf '%s' 'POSThttps://leads.acme.com/forms/hubspot?at=a/b[{"eventId":1}]1772013600000' |
    //   openssl dgst -sha256 -hmac hubspot-secret -binary | base64
    // HubSpot undoes the escape before it signs.
    Post {
        uri: "https://leads.acme.com/forms/hubspot?at=a%2Fb",
        ..post(
            Provider::HubSpot,
            "hubspot-secret",
            &[
                (
                    "x-hubspot-signature-v3",
                    "tjhxHQnCGLA/WGCHUdU1vGnpOph7LoN2/5xoD0SNmfc=",
                ),
                ("x-hubspot-request-timestamp", "1772013600000"),
            ],
            r#"[{"eventId":1}]"#,
        )
    }
}

const SVIX: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn standard() -> Post {
    // printf '%s' 'msg_1.1772013600.{"type":"form"}' | openssl dgst -sha256 -mac HMAC \
    //   -macopt hexkey:$(printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p) -binary | base64
    post(
        Provider::Standard,
        SVIX,
        &[
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1772013600"),
            (
                "webhook-signature",
                "v1,AAAA v1a,odd v1,AE8EfQ3h2KSLreMNNxt09zPhZUtzoPaqzdis8of4Z7U=",
            ),
        ],
        r#"{"type":"form"}"#,
    )
}

#[test]
fn what_openssl_has_signed_is_believed_in_every_scheme() {
    for post in genuine() {
        assert_eq!(post.verify(), Ok(()), "{:?}", post.headers);
    }
}

#[test]
fn the_published_vector_of_hubspots_second_version_fits() {
    let published = Post {
        key: key(Provider::HubSpot, "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"),
        method: "GET",
        uri: "https://www.example.com/webhook_uri",
        headers: vec![
            (
                "x-hubspot-signature",
                "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e".to_owned(),
            ),
            ("x-hubspot-signature-version", "v2".to_owned()),
        ],
        body: "",
    };
    assert_eq!(published.verify(), Ok(()));
}

#[test]
fn another_body_secret_address_or_no_signature_is_refused() {
    for genuine in genuine() {
        let what = format!("{:?}", genuine.headers);
        let changed = Post {
            body: "{}",
            ..genuine
        };
        assert_eq!(changed.verify(), Err(Refusal::Mismatch), "{what}");
    }
    for genuine in genuine() {
        let first = genuine.headers[0].0;
        for (name, _) in genuine.headers.clone() {
            let mut without = Post {
                headers: genuine.headers.clone(),
                key: genuine.key.clone(),
                ..genuine
            };
            without.headers.retain(|(known, _)| *known != name);
            // Without the newer header the older one of HubSpot is looked for.
            let missing = match name {
                "x-hubspot-signature-v3" => "x-hubspot-signature",
                other => other,
            };
            assert_eq!(without.verify(), Err(Refusal::Missing(missing)), "{first}");
            for nonsense in ["", "?", "sha256=", "v1,", "0"] {
                let mut odd = Post {
                    headers: genuine.headers.clone(),
                    key: genuine.key.clone(),
                    ..genuine
                };
                for header in &mut odd.headers {
                    if header.0 == name {
                        nonsense.clone_into(&mut header.1);
                    }
                }
                let refused = odd.verify().is_err();
                assert!(refused, "{name}: {nonsense}");
            }
        }
    }
    let other = key(Provider::Tally, "another-secret");
    let genuine = genuine().remove(0);
    assert_eq!(
        Post {
            key: other,
            ..genuine
        }
        .verify(),
        Err(Refusal::Mismatch)
    );
    for mut post in [hubspot_v2(), hubspot_v3()] {
        post.uri = "https://leads.acme.com/forms/hubspot";
        assert_eq!(post.verify(), Err(Refusal::Mismatch));
    }
}

#[test]
fn a_signature_of_another_time_is_refused_where_the_time_is_signed() {
    for post in genuine() {
        let signs_time = post
            .headers
            .iter()
            .any(|(name, _)| name.contains("timestamp"));
        for (minutes, seconds, fine) in [(0, 299, true), (5, 1, false), (-5, -1, false)] {
            let at = now() + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds);
            let expected = match fine || !signs_time {
                true => Ok(()),
                false => Err(Refusal::OtherTime),
            };
            assert_eq!(post.verify_at(at), expected, "{:?}", post.headers);
        }
    }
    let mut old = hubspot_v2();
    old.headers[1].1 = "v1".to_owned();
    assert_eq!(old.verify(), Err(Refusal::OtherVersion));
}

#[test]
fn a_token_stands_in_only_for_a_signature_that_did_not_come() {
    let token = SecretString::from("0123456789abcdef");
    let secret = vec![SecretString::from("webflow-secret")];
    let key = FormKey::new(Provider::Webflow, secret, Some(token)).expect("a key");
    let verify = |signature: Option<&'static str>, token: Option<&'static str>| {
        let header = |name: &str| signature.filter(|_| name == "x-webflow-signature");
        let given = Given {
            method: "POST",
            uri: "https://leads.acme.com/forms/webflow",
            header: &header,
            token,
            body: Bytes::new(),
        };
        key.verify(given, now()).map(|_| ())
    };
    assert_eq!(verify(None, Some("0123456789abcdef")), Ok(()));
    assert_eq!(
        verify(None, Some("0123456789abcdeF")),
        Err(Refusal::WrongToken)
    );
    assert_eq!(verify(None, None), Err(Refusal::NoToken));
    let forged = verify(Some("00"), Some("0123456789abcdef"));
    assert_eq!(forged, Err(Refusal::Missing("x-webflow-timestamp")));
}

#[test]
fn a_key_that_proves_nothing_is_refused_and_none_shows_itself() {
    let new = |provider, secret: Option<&str>, token: Option<&str>| {
        let secrets = secret.map(SecretString::from).into_iter().collect();
        FormKey::new(provider, secrets, token.map(SecretString::from))
    };
    for (provider, secret, token) in [
        (Provider::Tally, None, None),
        (Provider::Tally, None, Some("0123456789abcdef")),
        (Provider::Webflow, None, None),
        (Provider::Webflow, None, Some("short")),
        (Provider::Generic, None, None),
        (Provider::Generic, Some("secret"), Some("0123456789abcdef")),
        (Provider::Standard, Some("whsec_not base64"), None),
        (Provider::Standard, Some("whsec_"), None),
    ] {
        assert!(
            new(provider, secret, token).is_err(),
            "{provider:?} {secret:?} {token:?}"
        );
    }
    let key = new(
        Provider::Webflow,
        Some("planted"),
        Some("planted-token-123"),
    )
    .expect("a key");
    assert!(!format!("{key:?}").contains("planted"));
}
