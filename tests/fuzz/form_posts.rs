//! Bodies of other people's forms that are nearly what their providers send.

use bytes::Bytes;
use proptest::prelude::*;
use secrecy::SecretString;
use warmsheet::lead::RawOptions;
use warmsheet::lead::form::{Decoded, FormKey, Mapping, PostNames, Provider, decode};

use crate::mutate::mutated;
use crate::run::fuzz;

const BODIES: &[&[u8]] = &[
    br#"{"eventType":"FORM_RESPONSE","data":{"responseId":"r1","fields":[{"key":"q","label":"Website","type":"DROPDOWN","value":["a"],"options":[{"id":"a","text":"acme.com"}]}]}}"#,
    br#"{"event_type":"form_response","form_response":{"token":"t","answers":[{"type":"email","email":"planted@acme.com","field":{"id":"f"}},{"type":"choices","choices":{"labels":["a"],"other":"b"},"field":{}}],"hidden":{"x":1}}}"#,
    br#"{"triggerType":"form_submission","payload":{"id":"w","data":{"E-mail":"planted@gmail.com"}}}"#,
    br#"[{"eventId":1,"propertyName":"website","propertyValue":"acme.com"}]"#,
    br#"{"properties":{"website":{"value":"acme.com"},"email":"planted@acme.com"}}"#,
    br#"{"leads":[{"domain":"acme.com","id":1},"globex.com",[[[[[[[[[[1]]]]]]]]]]]}"#,
    br#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":{"j":"acme.com"}}}}}}}}}}}"#,
    b"\xff",
    b"",
];

#[test]
fn no_body_breaks_the_reading_of_a_form_and_no_reader_of_mail_is_kept() {
    let provider = prop::sample::select(Provider::ALL.to_vec());
    let token = SecretString::from("0123456789abcdef");
    let opener = FormKey::new(Provider::Generic, Vec::new(), Some(token)).expect("a key");
    let names = PostNames::new("secret".into());
    fuzz(
        "form posts",
        400,
        (mutated(BODIES), provider),
        |(body, provider)| {
            let post = opener.admit(Some("0123456789abcdef"), Bytes::from(body));
            let post = post.expect("the token is right");
            let Ok(Decoded::Submissions(all)) = decode(provider, &names, &post) else {
                return Ok(());
            };
            for submission in all {
                let mapped = Mapping::default().read(&submission, &RawOptions::default());
                let kept = format!("{mapped:?}");
                prop_assert!(!kept.contains("planted@"), "{}", kept);
                let id = submission.id.unwrap_or_default();
                prop_assert!(id.len() <= 120, "{}", id);
            }
            Ok(())
        },
    );
}
