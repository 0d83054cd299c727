use secrecy::SecretString;
use serde_json::Value;
use warmsheet::adapters::citedy::{CitedyClient, ClientConfig};
use warmsheet::flow::ports::CitedyApi;
use warmsheet::lead::run::{IdempotencyKey, StartOutcome};
use warmsheet::lead::{CompanyDomain, RawOptions, RequestOptions};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::assert_is;

const KEY: &str = "citedy_agent_contract";

pub fn client(base: &str) -> CitedyClient {
    client_with(base, |_| ())
}

pub fn client_with(base: &str, change: impl FnOnce(&mut ClientConfig)) -> CitedyClient {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base = base.parse().expect("a URL");
    let mut config = ClientConfig::new(base, SecretString::from(KEY));
    change(&mut config);
    CitedyClient::new(config).expect("a client")
}

pub async fn start(client: &CitedyClient, domain: &str, options: &RawOptions) -> StartOutcome {
    let domain = CompanyDomain::parse(domain).expect("a domain");
    let options = RequestOptions::parse(options).expect("options");
    let key = IdempotencyKey::try_from("ws-L0123456789AB-1".to_owned()).expect("a key");
    client.start_run(&domain, &options, &key).await
}

fn every_option() -> RawOptions {
    RawOptions {
        icp: Some("vertical-saas".into()),
        buyer_roles: vec!["CMO, Head of SEO, a, b, c, d".into()],
        max_contacts: Some("3".into()),
        drafts: Some("1".into()),
        freshness_days: Some("365".into()),
    }
}

#[tokio::test]
async fn every_request_body_is_one_that_the_contract_allows() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/agent/citedy-warm-lead"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(header("content-type", "application/json"))
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    start(&client, "acme.com", &RawOptions::default()).await;
    start(&client, "https://www.münchen.de/", &every_option()).await;
    let requests = server.received_requests().await.expect("requests");
    assert_eq!(
        requests.len(),
        2,
        "each call is one request, also after a 500"
    );
    let bodies: Vec<Value> = requests
        .iter()
        .map(|request| serde_json::from_slice(&request.body).expect("JSON"))
        .collect();
    for body in &bodies {
        assert_is("createRequest", body);
    }
    let keys: Vec<&String> = bodies[0].as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        ["domain", "idempotencyKey"],
        "defaults are left to Citedy"
    );
    assert_eq!(bodies[1]["domain"], "xn--mnchen-3ya.de");
    assert_eq!(bodies[1]["buyerRoles"].as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn answers_that_say_nothing_are_unknown_and_never_a_refusal() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"),
        ResponseTemplate::new(202).set_body_string("not json"),
        ResponseTemplate::new(202).set_body_string("{}"),
        ResponseTemplate::new(202).set_body_string(r#"{"run":{"id":"../x","status":"queued"}}"#),
        ResponseTemplate::new(204),
        ResponseTemplate::new(302).insert_header("location", "https://example.com/"),
        ResponseTemplate::new(404),
        ResponseTemplate::new(202).set_body_bytes(vec![b' '; 9 * 1024 * 1024]),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(answer.clone())
            .mount(&server)
            .await;
        let outcome = start(&client(&server.uri()), "acme.com", &RawOptions::default()).await;
        assert!(
            matches!(outcome, StartOutcome::Unknown { .. }),
            "{answer:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn only_a_connection_never_made_proves_that_nothing_was_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let outcome = start(&client(&address), "acme.com", &RawOptions::default()).await;
    assert!(
        matches!(outcome, StartOutcome::NotSent { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_refusal_never_repeats_the_key() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(
            ResponseTemplate::new(401)
                .set_body_json(serde_json::json!({"error": format!("bad key {KEY}")})),
        )
        .mount(&server)
        .await;
    let outcome = start(&client(&server.uri()), "acme.com", &RawOptions::default()).await;
    assert!(matches!(outcome, StartOutcome::KeyRefused { .. }));
    assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
}
