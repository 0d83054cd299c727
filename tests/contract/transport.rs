//! Connections that break, hang or lie. A request that may have been carried out must come out
//! as unknown, and the client itself must never send it a second time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use warmsheet::flow::ports::CitedyApi;
use warmsheet::lead::RawOptions;
use warmsheet::lead::run::{ApiFault, LookOutcome, StartOutcome};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::requests::{client, client_with, start};

/// A server that gives each request, in order, the next of these raw answers and then closes
/// the connection, unless the answer keeps it open. Counts the POSTs that it has read.
struct RawServer {
    base: String,
    posts: Arc<AtomicUsize>,
}

async fn raw_server(answers: &'static [&'static str]) -> RawServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let posts = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&posts);
    tokio::spawn(async move {
        let mut answers = answers.iter();
        while let Ok((mut connection, _)) = listener.accept().await {
            while let Some(request) = read_request(&mut connection).await {
                seen.fetch_add(usize::from(request.starts_with("POST")), Ordering::SeqCst);
                let answer = answers.next().copied().unwrap_or_default();
                let _ = connection.write_all(answer.as_bytes()).await;
                if !answer.contains("keep-alive") {
                    break;
                }
            }
        }
    });
    RawServer { base, posts }
}

/// The head and body of one request; `None` once the other side has closed.
async fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    loop {
        let length = connection.read(&mut buffer).await.ok().filter(|&n| n > 0)?;
        request.push_str(&String::from_utf8_lossy(&buffer[..length]));
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            return Some(request);
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_whole_is_unknown_and_the_call_is_made_once() {
    for answers in [
        // Closed without a word.
        &[""][..],
        &[
            "HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n{\"run\":{\"id\":\"r1\",\"status\":\"queued\"}",
        ],
        &["HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"run\r\n"],
        &["HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"],
        &["this is not HTTP\r\n\r\n"],
    ] {
        let server = raw_server(answers).await;
        let outcome = start(&client(&server.base), "acme.com", &RawOptions::default()).await;
        assert!(
            matches!(outcome, StartOutcome::Unknown { .. }),
            "{answers:?}: {outcome:?}"
        );
        assert_eq!(server.posts.load(Ordering::SeqCst), 1, "{answers:?}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_under_a_start_does_not_make_it_go_out_again() {
    let server = raw_server(&[
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}",
        "",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 38\r\n\r\n{\"run\":{\"id\":\"r1\",\"status\":\"queued\"}}",
    ])
    .await;
    let client = client(&server.base);
    client.health().await.expect("healthy");
    let outcome = start(&client, "acme.com", &RawOptions::default()).await;
    assert!(
        matches!(outcome, StartOutcome::Unknown { .. }),
        "{outcome:?}"
    );
    assert_eq!(server.posts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unknown() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202).set_delay(Duration::from_secs(60)))
        .mount(&server)
        .await;
    let impatient = client_with(&server.uri(), |config| {
        config.timeout = Duration::from_millis(200);
    });
    let outcome = start(&impatient, "acme.com", &RawOptions::default()).await;
    assert_eq!(
        outcome,
        StartOutcome::Unknown {
            why: "no answer in time".into()
        }
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_so_neither_key_nor_order_go_elsewhere() {
    let elsewhere = MockServer::start().await;
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(path("/api/agent/citedy-warm-lead"))
        .respond_with(redirect)
        .mount(&server)
        .await;
    let outcome = start(&client(&server.uri()), "acme.com", &RawOptions::default()).await;
    assert!(
        matches!(outcome, StartOutcome::Unknown { .. }),
        "{outcome:?}"
    );
    let followed = elsewhere.received_requests().await.expect("requests");
    assert!(followed.is_empty());
}

#[tokio::test]
async fn the_health_route_gets_no_key() {
    let server = MockServer::start().await;
    Mock::given(path("/api/agent/health"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"status": "ok"})))
        .mount(&server)
        .await;
    client(&server.uri()).health().await.expect("healthy");
    let requests = server.received_requests().await.expect("requests");
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn each_answer_to_a_look_is_an_outcome_of_its_own() {
    let run = json!({"run": {"id": "r1", "status": "polishing"}});
    let json = |status, body: &serde_json::Value| ResponseTemplate::new(status).set_body_json(body);
    let error = json!({"error": "no"});
    let cases: [(ResponseTemplate, Check); 9] = [
        (
            json(200, &run),
            |o| matches!(o, LookOutcome::Run(run) if !run.status.is_end()),
        ),
        (
            json(200, &json!({"id": "other", "status": "queued"})),
            is_failed,
        ),
        (json(200, &json!({})), is_failed),
        (json(401, &error), |o| {
            matches!(o, LookOutcome::KeyRefused { .. })
        }),
        (json(403, &error), |o| {
            matches!(o, LookOutcome::AgentRefused { .. })
        }),
        (json(404, &error), |o| matches!(o, LookOutcome::Missing)),
        (json(500, &error), is_failed),
        (
            ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
            is_failed,
        ),
        (
            json(429, &json!({"retry_after": 7})).insert_header("retry-after", "9"),
            |o| matches!(o, LookOutcome::RateLimited { retry_after } if retry_after.as_secs() == 9),
        ),
    ];
    for (answer, is_right) in cases {
        let server = MockServer::start().await;
        Mock::given(path("/api/agent/citedy-warm-lead/r1"))
            .respond_with(answer.clone())
            .mount(&server)
            .await;
        let outcome = client(&server.uri()).fetch_run("r1").await;
        assert!(is_right(&outcome), "{answer:?}: {outcome:?}");
    }
}

/// Whether an outcome is the right one for its answer.
type Check = fn(&LookOutcome) -> bool;

fn is_failed(outcome: &LookOutcome) -> bool {
    matches!(outcome, LookOutcome::Failed { .. })
}

#[tokio::test]
async fn an_unreachable_account_says_so_without_the_key() {
    let server = raw_server(&[""]).await;
    let fault = client(&server.base).account().await.expect_err("no answer");
    assert!(matches!(fault, ApiFault::Failed { .. }), "{fault:?}");
    assert!(!format!("{fault} {fault:?}").contains("citedy_agent_contract"));
}
