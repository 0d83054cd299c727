//! Answers of Citedy to the client, over a socket: every status with bodies that are nearly
//! right. Money hangs on the difference between "refused" and "not known".

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use warmsheet::adapters::citedy::{CitedyClient, ClientConfig};
use warmsheet::flow::ports::CitedyApi;
use warmsheet::lead::run::{IdempotencyKey, LookOutcome, StartOutcome};
use warmsheet::lead::{CompanyDomain, RequestOptions};

use crate::mutate::{mutated, mutated_text};
use crate::run::fuzz;

const KEY: &str = "citedy_agent_planted0123";
const RUN: &str = "0b9c8f0e-1111-4222-8333-944445555666";

const BODIES: &[&[u8]] = &[
    br#"{"run":{"id":"0b9c8f0e-1111-4222-8333-944445555666","status":"queued","domain":"acme.com","normalized_domain":"acme.com","credits_charged":40},"credits_charged":40,"idempotent":false}"#,
    br#"{"run":{"id":"0b9c8f0e-1111-4222-8333-944445555666","status":"completed","credits_charged":"40","result":{"exportRows":[{"a":1}]}},"credits_charged":0,"idempotent":true}"#,
    br#"{"id":"0b9c8f0e-1111-4222-8333-944445555666","status":"waiting","run":null}"#,
    br#"{"run":{"id":"../../me","status":"queued"}}"#,
    br#"{"run":{"id":"","status":"queued"},"id":"r2"}"#,
    br#"{"error":"Out of credits \u001b[31m citedy_agent_planted0123","credits_required":40,"topup":{"topup_url":"javascript:alert(1)"}}"#,
    br#"{"error":"Too many","message":"slow down","retry_after":30}"#,
    br#"{"retry_after":"1e308","error":{"code":1}}"#,
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"",
];

const HEADERS: &[&str] = &[
    "Retry-After: 120",
    "Retry-After: Fri, 15 Jan 2027 08:00:40 GMT",
    "Retry-After: -99999999999999999999",
    "X-RateLimit-Reset: 1800000020",
    "X-RateLimit-Reset: 1e999",
    "X-RateLimit-Reset: NaN",
    "Location: http://127.0.0.1:1/",
    "Content-Type: text/html",
];

/// What the server says next, byte for byte.
#[derive(Clone, Default)]
struct Next(Arc<Mutex<Vec<u8>>>);

struct Line {
    runtime: Runtime,
    client: CitedyClient,
    next: Next,
}

impl Line {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let next = Next::default();
        let answers = next.clone();
        runtime.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                answer(connection, &answers).await;
            }
        });
        let config = ClientConfig::new(base.parse().expect("a URL"), SecretString::from(KEY));
        let client = CitedyClient::new(config).expect("a client");
        Self {
            runtime,
            client,
            next,
        }
    }

    fn will_say(&self, answer: &Answer) {
        *self.next.0.lock().expect("the answer") = answer.bytes();
    }

    fn start(&self) -> StartOutcome {
        let domain = CompanyDomain::parse("acme.com").expect("a domain");
        let key = IdempotencyKey::try_from("ws-L7K3QF9XM2TDA-1".to_owned()).expect("a key");
        let options = RequestOptions::default();
        self.runtime
            .block_on(self.client.start_run(&domain, &options, &key))
    }
}

/// Reads one request and says what is to be said; then the connection ends.
async fn answer(mut connection: TcpStream, next: &Next) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match connection.read(&mut buffer).await {
            Ok(length) if length > 0 => request.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    let bytes = next.0.lock().expect("the answer").clone();
    let _ = connection.write_all(&bytes).await;
    let _ = connection.shutdown().await;
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    /// The connection ends before the body does.
    cut: bool,
}

impl Answer {
    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Word\r\nConnection: close\r\n", self.status);
        for header in &self.headers {
            head.push_str(&format!("{header}\r\n"));
        }
        let missing = usize::from(self.cut);
        head.push_str(&format!(
            "Content-Length: {}\r\n\r\n",
            self.body.len() + missing
        ));
        [head.as_bytes(), &self.body].concat()
    }

    /// The run that the body names, read here without the product's help.
    fn run(&self) -> Option<(String, String)> {
        let body: Value = warmsheet::lead::json::read(&self.body).ok()?;
        let run = match &body["run"] {
            Value::Object(_) => &body["run"],
            _ => &body,
        };
        let text = |name: &str| run.get(name)?.as_str().map(str::to_owned);
        let id = text("id")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let fits = (1..=128).contains(&id.len()) && id.chars().all(plain);
        fits.then_some((id, text("status")?))
    }
}

fn answers() -> impl Strategy<Value = Answer> {
    let published = vec![200, 202, 400, 401, 402, 403, 409, 429, 500];
    let others = vec![
        201, 204, 301, 307, 404, 408, 413, 418, 422, 425, 499, 502, 503, 504, 599,
    ];
    let status = prop_oneof![
        4 => prop::sample::select(published),
        1 => prop::sample::select(others),
    ];
    // Nothing that would end the line: this is about values, not about smuggling.
    let header = mutated_text(HEADERS).prop_map(|text| {
        let (name, value) = text.split_once(':').unwrap_or(("X-Odd", &text));
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let name: String = name.chars().filter(|c| fits(*c)).collect();
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        match name.to_lowercase().as_str() {
            "" | "content-length" | "transfer-encoding" | "connection" => format!("X-Odd: {value}"),
            _ => format!("{name}: {value}"),
        }
    });
    let headers = prop::collection::vec(header, 0..4);
    (status, headers, mutated(BODIES), prop::bool::weighted(0.1)).prop_map(
        |(status, headers, body, cut)| Answer {
            status,
            headers,
            body,
            cut,
        },
    )
}

fn words_are_fit(words: &str) -> TestCaseResult {
    prop_assert!(words.chars().count() <= 301, "{}", words);
    prop_assert!(!words.chars().any(char::is_control), "{:?}", words);
    prop_assert!(!words.contains(KEY), "{}", words);
    Ok(())
}

/// What the paid call must come to, by status and body alone.
fn is_right(answer: &Answer, outcome: &StartOutcome) -> TestCaseResult {
    use StartOutcome::*;
    // An answer without a body is whole without one.
    let cut = answer.cut && !matches!(answer.status, 204);
    let right = match (answer.status, outcome) {
        (_, Unknown { .. }) if cut => true,
        _ if cut => false,
        (200 | 202, Started { run, .. }) => answer
            .run()
            .is_some_and(|(id, status)| id == run.id && status == run.status.as_str()),
        (200 | 202, Unknown { .. }) => answer.run().is_none(),
        (400, Invalid { .. })
        | (401, KeyRefused { .. })
        | (402, OutOfCredits { .. })
        | (403, AgentRefused { .. })
        | (409, Conflict { .. })
        | (429, RateLimited { .. }) => true,
        (200 | 202 | 400..=403 | 409 | 429, _) => false,
        (_, Unknown { .. }) => true,
        _ => false,
    };
    prop_assert!(right, "{}: {:?}", answer.status, outcome);
    match outcome {
        Invalid { message }
        | KeyRefused { message }
        | AgentRefused { message }
        | Conflict { message } => words_are_fit(message),
        OutOfCredits { message, topup_url } => {
            if let Some(url) = topup_url {
                prop_assert!(
                    url.starts_with("https://") || url.starts_with("http://"),
                    "{}",
                    url
                );
            }
            words_are_fit(message)
        }
        RateLimited { retry_after } => {
            prop_assert!(
                (1..=600).contains(&retry_after.as_secs()),
                "{:?}",
                retry_after
            );
            Ok(())
        }
        NotSent { why } | Unknown { why } => words_are_fit(why),
        Started { run, .. } => {
            prop_assert!(run.credits_charged.is_none_or(|credits| credits >= 0));
            Ok(())
        }
    }
}

#[test]
fn a_start_counts_as_made_or_refused_only_when_the_answer_says_so() {
    let line = Line::new();
    fuzz("starts", 800, answers(), |answer| {
        line.will_say(&answer);
        is_right(&answer, &line.start())
    });
}

#[test]
fn a_look_at_a_run_never_brings_another_run() {
    let line = Line::new();
    fuzz("looks", 400, answers(), |answer| {
        line.will_say(&answer);
        match line.runtime.block_on(line.client.fetch_run(RUN)) {
            LookOutcome::Run(run) => {
                prop_assert!((200..300).contains(&answer.status));
                prop_assert_eq!(answer.run().map(|(id, _)| id), Some(run.id));
            }
            LookOutcome::Missing => prop_assert_eq!(answer.status, 404),
            LookOutcome::KeyRefused { message } => {
                prop_assert_eq!(answer.status, 401);
                words_are_fit(&message)?;
            }
            LookOutcome::AgentRefused { message } => {
                prop_assert_eq!(answer.status, 403);
                words_are_fit(&message)?;
            }
            LookOutcome::RateLimited { retry_after } => {
                prop_assert_eq!(answer.status, 429);
                prop_assert!((1..=600).contains(&retry_after.as_secs()));
            }
            LookOutcome::Failed { why } => prop_assert!(!why.contains(KEY), "{}", why),
        }
        Ok(())
    });
}
