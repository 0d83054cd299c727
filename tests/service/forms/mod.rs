//! Other people's forms, posted to the real service; what they sign is signed by openssl.

mod browsers;
mod generic;
mod limits;
mod look;
mod signed;
mod typeform;

use std::io::Write as _;
use std::process::{Command, Stdio};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::warmsheet::Warmsheet;

pub const TOKEN: &str = "a-token-of-this-form";

/// A world whose services read this `warmsheet.toml`.
pub async fn world(toml: &str) -> World {
    let world = World::slow().await;
    std::fs::write(world.path("warmsheet.toml"), toml).expect("a file");
    world
}

/// What a command makes of a text.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(program);
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success(), "{program} {arguments:?}");
    output.stdout
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    piped("openssl", arguments, input)
}

/// HMAC-SHA256 in base64.
pub fn hmac_base64(secret: &str, input: &str) -> String {
    let digest = ["dgst", "-sha256", "-hmac", secret, "-binary"];
    base64(&openssl(&digest, input.as_bytes()))
}

/// HMAC-SHA256 in hexadecimal digits.
pub fn hmac_hex(secret: &str, input: &str) -> String {
    hex_of(&["dgst", "-sha256", "-hmac", secret, "-r"], input)
}

/// SHA-256 in hexadecimal digits.
pub fn sha_hex(input: &str) -> String {
    hex_of(&["dgst", "-sha256", "-r"], input)
}

/// HMAC-SHA256 under the key with these hexadecimal digits, in base64.
pub fn hmac_of_key(digits: &str, input: &str) -> String {
    let key = format!("hexkey:{digits}");
    let digest = [
        "dgst", "-sha256", "-mac", "HMAC", "-macopt", &key, "-binary",
    ];
    base64(&openssl(&digest, input.as_bytes()))
}

fn hex_of(arguments: &[&str], input: &str) -> String {
    let line = String::from_utf8(openssl(arguments, input.as_bytes())).expect("text");
    line.split(' ').next().expect("digits").to_owned()
}

fn base64(bytes: &[u8]) -> String {
    let text = openssl(&["base64", "-A"], bytes);
    String::from_utf8(text).expect("text")
}

/// Sends a body with these headers; answers the status and the leads that came of it.
pub async fn send(
    service: &Warmsheet,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Value) {
    let mut request = service.request(Method::POST, path).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

/// As a browser sends an HTML form of another site.
pub fn from_browser(service: &Warmsheet, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    service
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("origin", "https://example.com")
        .header("sec-fetch-site", "cross-site")
        .body(form.extend_pairs(fields).finish())
}

pub fn location(answer: &Response) -> &str {
    let value = answer.headers().get("location").expect("a place");
    value.to_str().expect("ASCII")
}

pub async fn leads(service: &Warmsheet) -> u64 {
    let counts = &service.status().await["leads"];
    let counts = counts.as_object().expect("counts");
    counts.values().filter_map(Value::as_u64).sum()
}

pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A post of Typeform with one answer.
pub fn typeform(token: &str, answer: Value) -> String {
    json!({"event_id": "e", "event_type": "form_response", "form_response": {"token": token,
        "definition": {"fields": [{"id": "f1", "title": "What is your company's website?", "ref": "r1"}]},
        "answers": [answer], "hidden": {"drafts": "2"}}})
    .to_string()
}
