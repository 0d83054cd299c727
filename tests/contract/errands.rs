//! What a person asks for in passing, as the client sends it and reads it.

use serde_json::json;
use warmsheet::flow::ports::{CitedyApi, ReportFormat};
use warmsheet::lead::run::ApiFault;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::requests::client;

const EXPORT: &str = "/api/agent/citedy-warm-lead/run-1/export";
const MEBIBYTE: usize = 1024 * 1024;

async fn answering(route: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(route))
        .and(header("authorization", "Bearer citedy_agent_contract"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

async fn export(answer: ResponseTemplate) -> Result<Vec<u8>, ApiFault> {
    let server = answering(EXPORT, answer).await;
    let client = client(&server.uri());
    client.export_run("run-1", ReportFormat::Csv).await
}

#[tokio::test]
async fn an_export_names_its_format_and_is_handed_on_byte_for_byte() {
    let server = MockServer::start().await;
    for (format, body) in [
        ("json", &b"{\"exportRows\": [\"\\ud83d\"]}"[..]),
        ("csv", b"\xef\xbb\xbfname\n\xff\n"),
        ("xlsx", b"PK\x03\x04\0\xff"),
    ] {
        Mock::given(method("GET"))
            .and(path(EXPORT))
            .and(query_param("format", format))
            .respond_with(ResponseTemplate::new(200).set_body_raw(body, "text/html"))
            .mount(&server)
            .await;
        let asked = ReportFormat::of_ending(format).expect("a format");
        let told = client(&server.uri()).export_run("run-1", asked).await;
        assert_eq!(told.expect("an export"), body, "{format}");
    }
}

#[tokio::test]
async fn what_is_no_export_is_a_fault_that_says_why() {
    let large =
        |mebibytes| ResponseTemplate::new(200).set_body_bytes(vec![b'a'; mebibytes * MEBIBYTE]);
    assert!(export(large(20)).await.is_ok());
    let mut too_large = vec![b'a'; 20 * MEBIBYTE];
    too_large.push(b'a');
    for (answer, words) in [
        (
            ResponseTemplate::new(200).set_body_bytes(too_large),
            "larger than 20 MiB",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            "no CSV file",
        ),
        (
            ResponseTemplate::new(302).insert_header("location", "https://example.com/"),
            "302",
        ),
        (ResponseTemplate::new(500), "500"),
        (ResponseTemplate::new(409), "(409)"),
        (ResponseTemplate::new(404), "(404)"),
        (ResponseTemplate::new(401), "(401)"),
        (ResponseTemplate::new(403), "(403)"),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "9"),
            "wait 9 s",
        ),
    ] {
        let fault = export(answer).await.expect_err(words).to_string();
        assert!(fault.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_run_id_that_is_no_plain_word_asks_for_nothing() {
    let server = answering(EXPORT, ResponseTemplate::new(200)).await;
    let client = client(&server.uri());
    let asked = client.export_run("../webhooks", ReportFormat::Csv).await;
    assert_eq!(asked, Err(ApiFault::NotFound));
    assert_eq!(server.received_requests().await.expect("requests").len(), 0);
}

#[tokio::test]
async fn webhooks_are_told_without_their_secrets_in_one_request_each() {
    let body = json!({"webhooks": [
        {"id": "w1", "url": "https://a.example.com", "secret": "whsec_planted"}, "odd",
    ]});
    let server = answering(
        "/api/agent/webhooks",
        ResponseTemplate::new(200).set_body_json(body),
    )
    .await;
    let endpoints = client(&server.uri()).webhook_endpoints().await;
    let endpoints = endpoints.expect("endpoints");
    assert_eq!(endpoints.len(), 1);
    assert!(!format!("{endpoints:?}").contains("planted"));
    assert_eq!(server.received_requests().await.expect("requests").len(), 1);

    let body =
        json!({"deliveries": [{"status": "delivered"}, 7, {"status": "failed"}], "total": 9});
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/agent/webhooks/deliveries"))
        .and(query_param("limit", "20"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let deliveries = client(&server.uri()).newest_deliveries(20).await;
    let deliveries = deliveries.expect("deliveries");
    let states: Vec<_> = deliveries.iter().map(|one| one.status.as_deref()).collect();
    assert_eq!(states, [Some("delivered"), Some("failed")]);
}
