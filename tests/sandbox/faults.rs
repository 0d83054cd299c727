use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use warmsheet::sandbox::{Faults, SandboxConfig};

use crate::support::{KEY, Lab, paused};

fn with_fault(fault: &str) -> SandboxConfig {
    SandboxConfig {
        faults: Faults::parse(&[format!("{fault}=1.0")]).unwrap(),
        ..paused()
    }
}

#[tokio::test]
async fn refusing_faults_answer_with_their_status_and_process_nothing() {
    let lab = Lab::start(paused()).await;
    for (status, field) in [
        (400, "message"),
        (401, "message"),
        (402, "topup"),
        (403, "message"),
        (409, "message"),
        (429, "retry_after"),
        (500, "message"),
    ] {
        lab.control("faults", json!({"faults": [format!("{status}=1")]}))
            .await;
        let answer = lab.start_run(json!({"domain": "acme.com"}), status).await;
        assert!(!answer[field].is_null(), "{status}: {answer}");
    }
    assert_eq!(lab.ledger().await["total"], 0);
    lab.control("faults", json!({"faults": []})).await;
    lab.new_run("acme.com").await;
}

#[tokio::test]
async fn a_lost_answer_has_charged_once_and_the_same_key_finds_the_run() {
    let lab = Lab::start(with_fault("lost")).await;
    let body = json!({"domain": "acme.com", "idempotencyKey": "ws-lead-1"});
    assert!(lab.post_run(&body).send().await.is_err());
    assert!(lab.post_run(&body).send().await.is_err());
    assert_eq!(lab.ledger().await["total"], 40);
    assert_eq!(lab.ledger().await["faults"]["lost:start"], 2);

    lab.control("faults", json!({"faults": []})).await;
    let found = lab.start_run(body, 200).await;
    assert_eq!(
        found["run"]["id"],
        lab.ledger().await["charges"][0]["run_id"]
    );
    assert_eq!(lab.ledger().await["total"], 40);
}

#[tokio::test]
async fn a_lost_answer_leaves_not_a_single_byte() {
    let lab = Lab::start(with_fault("lost")).await;
    let address = lab.sandbox.url.strip_prefix("http://").unwrap().to_owned();
    let received = tokio::task::spawn_blocking(move || {
        let body = r#"{"domain": "acme.com"}"#;
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        write!(
            stream,
            "POST /api/agent/citedy-warm-lead HTTP/1.1\r\nHost: sandbox\r\n\
             Authorization: Bearer {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut received = Vec::new();
        // A reset is as good an end as a close.
        let _ = stream.read_to_end(&mut received);
        received
    });
    assert_eq!(received.await.unwrap(), b"");
    assert_eq!(lab.ledger().await["total"], 40);
}

#[tokio::test]
async fn a_malformed_answer_is_no_json_but_the_run_is_charged() {
    let lab = Lab::start(with_fault("malformed")).await;
    let body = json!({"domain": "acme.com"});
    let response = lab.post_run(&body).send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert!(response.json::<serde_json::Value>().await.is_err());
    assert_eq!(lab.ledger().await["total"], 40);
}

#[tokio::test]
async fn a_hanging_answer_never_comes_but_the_run_is_charged() {
    let lab = Lab::start(with_fault("hang")).await;
    let request = lab.post_run(&json!({"domain": "acme.com"}));
    let error = request
        .timeout(Duration::from_millis(300))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(lab.ledger().await["total"], 40);
    lab.sandbox.stop().await;
}

#[tokio::test]
async fn faults_on_get_leave_starts_alone() {
    let lab = Lab::start(with_fault("500:get")).await;
    let id = lab.new_run("acme.com").await;
    lab.get(&format!("/citedy-warm-lead/{id}"), 500).await;
}
