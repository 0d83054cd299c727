use serde_json::json;

use super::{
    TOKEN, hmac_base64, hmac_hex, hmac_of_key, leads, now, send, sha_hex, typeform, world,
};
use crate::support::eventually;

/// Behind a proxy that says who sends: what is refused counts against its address.
pub const FORMS: &str = r#"
public_url = "https://leads.acme.com/warm"
admin_token = "the-admin-token"
[[forms]]
provider = "tally"
secret = "tally-secret"
[[forms]]
provider = "tally"
name = "contact"
secret = "tally-contact-secret"
fields = { domain = "Where do you work?" }
drafts = 1
[[forms]]
provider = "typeform"
secret = "typeform-secret"
[[forms]]
provider = "webflow"
secret = "webflow-secret"
token = "a-token-of-webflow"
[[forms]]
provider = "hubspot"
secret = "hubspot-secret"
[[forms]]
provider = "standard"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"#;

/// The key in FORMS: printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p
const STANDARD_KEY: &str = "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0";

/// A provider, its headers, the body and the domain that it names.
type Signed = (
    &'static str,
    Vec<(&'static str, String)>,
    String,
    &'static str,
);

fn tally(id: &str, website: &str) -> String {
    json!({"eventId": "e", "eventType": "FORM_RESPONSE", "data": {"responseId": id, "fields": [
        {"key": "question_1", "label": "Name", "type": "INPUT_TEXT", "value": "Jane Planted"},
        {"key": "question_2", "label": "Website", "type": "INPUT_LINK", "value": website},
        {"key": "question_3", "label": "Where do you work?", "type": "INPUT_TEXT", "value": "initech.com"},
        {"key": "question_4", "label": "ICP", "type": "DROPDOWN", "value": ["b"],
         "options": [{"id": "a", "text": "seo-geo-agency"}, {"id": "b", "text": "Vertical SaaS"}]},
    ]}})
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_provider_is_taken_in_once_however_often_it_sends() {
    let world = world(FORMS).await;
    let service = world.serve().await;
    let tally = tally("r1", "https://www.acme.com/about");
    let typeform = typeform(
        "t1",
        json!({"type": "url", "url": "https://globex.com", "field": {"id": "f1", "ref": "r1", "type": "website"}}),
    );
    let webflow =
        json!({"triggerType": "form_submission", "payload": {"id": "w1", "name": "Contact",
        "data": {"Company website": "initech.com", "Email": "jane@gmail.com"}}})
        .to_string();
    let workflow =
        json!({"objectId": 7, "properties": {"website": {"value": "umbrella.com"}}}).to_string();
    let events = json!([
        {"eventId": 1, "objectId": 7, "propertyName": "firstname", "propertyValue": "Jane"},
        {"eventId": 2, "objectId": 7, "propertyName": "website", "propertyValue": "hooli.com"},
    ])
    .to_string();
    let standard = json!({"type": "form.sent", "data": {"questions": [{"name": "Website", "value": "stark.com"}]}}).to_string();

    let (seconds, millis) = (now().to_string(), (now() * 1000).to_string());
    let at = "https://leads.acme.com/warm/forms/hubspot";
    let code = hmac_of_key(STANDARD_KEY, &format!("msg_1.{seconds}.{standard}"));
    let posts: Vec<Signed> = vec![
        (
            "tally",
            vec![("Tally-Signature", hmac_base64("tally-secret", &tally))],
            tally,
            "acme.com",
        ),
        (
            "typeform",
            vec![(
                "Typeform-Signature",
                format!("sha256={}", hmac_base64("typeform-secret", &typeform)),
            )],
            typeform,
            "globex.com",
        ),
        (
            "webflow",
            vec![
                (
                    "x-webflow-signature",
                    hmac_hex("webflow-secret", &format!("{millis}:{webflow}")),
                ),
                ("x-webflow-timestamp", millis.clone()),
            ],
            webflow,
            "initech.com",
        ),
        (
            "hubspot",
            vec![
                (
                    "X-HubSpot-Signature",
                    sha_hex(&format!("hubspot-secretPOST{at}{workflow}")),
                ),
                ("X-HubSpot-Signature-Version", "v2".to_owned()),
            ],
            workflow,
            "umbrella.com",
        ),
        (
            "hubspot",
            vec![
                (
                    "X-HubSpot-Signature-v3",
                    hmac_base64("hubspot-secret", &format!("POST{at}{events}{millis}")),
                ),
                ("X-HubSpot-Request-Timestamp", millis.clone()),
            ],
            events,
            "hooli.com",
        ),
        (
            "standard",
            vec![
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", seconds),
                ("webhook-signature", format!("v1,AAAA v1,{code}")),
            ],
            standard,
            "stark.com",
        ),
    ];
    let known = service
        .request(reqwest::Method::GET, "/api/v1/status")
        .bearer_auth("the-admin-token");
    assert!(known.send().await.expect("an answer").status().is_success());
    for (n, (provider, headers, body, domain)) in posts.iter().enumerate() {
        let path = format!("/forms/{provider}");
        let from = format!("198.51.100.{n}");
        let from = [("x-forwarded-for", from.as_str())];
        let headers = headers.iter().map(|(n, v)| (*n, v.as_str()));
        let headers: Vec<(&str, &str)> = headers.chain(from).collect();
        let (status, first) = send(&service, &path, &headers, body).await;
        assert_eq!(status, 200, "{provider}: {first}");
        assert_eq!(first["leads"].as_array().map(Vec::len), Some(1), "{first}");
        assert_ne!(first["leads"][0]["status"], "rejected", "{first}");
        let (status, again) = send(&service, &path, &headers, body).await;
        assert_eq!(
            (status, &again["leads"][0]["id"]),
            (200, &first["leads"][0]["id"])
        );
        let id = first["leads"][0]["id"].as_str().expect("an id");
        let lead = service
            .request(reqwest::Method::GET, &format!("/api/v1/leads/{id}"))
            .bearer_auth("the-admin-token");
        let lead: serde_json::Value = lead
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert_eq!(lead["normalizedDomain"], *domain, "{lead}");
        assert_eq!(
            (&lead["source"], &lead["sourceName"]),
            (&json!("form"), &json!(provider))
        );
        // Nothing that is not signed with the form's own secret is taken.
        for other in [
            "tally/contact",
            "tally",
            "typeform",
            "webflow",
            "hubspot",
            "standard",
        ] {
            if other != *provider {
                let (status, _) = send(&service, &format!("/forms/{other}"), &headers, body).await;
                assert_eq!(status, 401, "{provider} at {other}");
            }
        }
        let (status, _) = send(&service, &path, &from, body).await;
        assert_eq!(status, 401, "{provider} without a signature");
        let (status, _) = send(&service, &path, &headers, &format!("{body} ")).await;
        assert_eq!(status, 401, "{provider} with another body");
    }
    let log = service.log();
    for secret in ["tally-secret", "Planted", "jane@", "a-token-of-webflow"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_its_own_secret_mapping_and_defaults() {
    let world = world(&FORMS.replace("admin_token", "# admin_token")).await;
    let service = world.serve().await;
    let body = tally("r1", "acme.com");
    let signature = hmac_base64("tally-contact-secret", &body);
    let (status, answer) = send(
        &service,
        "/forms/tally/contact",
        &[("Tally-Signature", &signature)],
        &body,
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["leads"][0]["id"].as_str().expect("an id");
    let lead = service.lead(id).await;
    assert_eq!(lead["domain"], "initech.com");
    assert_eq!(lead["drafts"], 1);
    assert_eq!(lead["icp"], "vertical-saas");
    assert_eq!(lead["sourceName"], "tally/contact");
    let (status, _) = send(
        &service,
        "/forms/tally/other",
        &[("Tally-Signature", &signature)],
        &body,
    )
    .await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_signature_is_refused_and_a_token_serves_hooks_that_sign_nothing() {
    let world = world(&FORMS.replace("admin_token", "# admin_token")).await;
    let service = world.serve().await;
    let body = json!({"_id": "w1", "name": "Contact", "data": {"Website": "acme.com"}}).to_string();
    let old = ((now() - 301) * 1000).to_string();
    let signature = hmac_hex("webflow-secret", &format!("{old}:{body}"));
    let headers = [
        ("x-webflow-signature", signature.as_str()),
        ("x-webflow-timestamp", old.as_str()),
    ];
    assert_eq!(
        send(&service, "/forms/webflow", &headers, &body).await.0,
        401
    );
    assert_eq!(
        send(
            &service,
            &format!("/forms/webflow?token={TOKEN}"),
            &[],
            &body
        )
        .await
        .0,
        401
    );
    assert_eq!(leads(&service).await, 0);
    let (status, answer) = send(
        &service,
        "/forms/webflow?token=a-token-of-webflow",
        &[],
        &body,
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["leads"][0]["id"].as_str().expect("an id");
    eventually("it is started", || async {
        let lead = service.lead(id).await;
        if lead["status"] == "waiting" {
            Ok(())
        } else {
            Err(lead.to_string())
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_id_is_known_again_under_the_forms_next_secret() {
    let forms = FORMS.replace("admin_token", "# admin_token");
    let world = world(&forms).await;
    let at = "https://leads.acme.com/warm/forms/hubspot";
    let body = json!({"properties": {"website": {"value": "acme.com"}}}).to_string();
    let mut ids = Vec::new();
    for secret in ["hubspot-secret", "the-next-secret"] {
        let settings = forms.replace("hubspot-secret", secret);
        std::fs::write(world.path("warmsheet.toml"), settings).expect("a file");
        let service = world.serve().await;
        let headers = [
            (
                "X-HubSpot-Signature",
                &*sha_hex(&format!("{secret}POST{at}{body}")),
            ),
            ("X-HubSpot-Signature-Version", "v2"),
        ];
        let (status, answer) = send(&service, "/forms/hubspot", &headers, &body).await;
        assert_eq!(status, 200, "{answer}");
        ids.push(answer["leads"][0]["id"].clone());
        service.terminate().await;
    }
    assert_eq!(ids[0], ids[1]);
}
