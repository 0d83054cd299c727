//! Reading answers without trusting them: sizes are capped, types are guessed at, messages are
//! cut and stripped before anybody sees them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::lead::json;

/// Larger bodies are cut off unread.
pub const LARGEST_BODY: usize = 8 * 1024 * 1024;
const LONGEST_MESSAGE: usize = 300;
const DEFAULT_WAIT: Duration = Duration::from_secs(30);
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// A complete answer.
pub struct Answer {
    pub status: StatusCode,
    /// `Null` where the body is no JSON.
    pub body: Value,
    headers: HeaderMap,
}

impl Answer {
    /// Reads the whole body, or tells why that was not possible.
    pub async fn read(response: Response) -> Result<Self, String> {
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = read_body(response, LARGEST_BODY).await?;
        Ok(Self {
            status,
            body: json::read(&bytes).unwrap_or(Value::Null),
            headers,
        })
    }

    /// The API's own words about a refusal, fit for a person's eyes.
    pub fn message(&self) -> String {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let words = text("message").or_else(|| text("error"));
        words.map_or_else(
            || format!("Citedy answered {}", self.status.as_u16()),
            clean,
        )
    }

    /// How long to wait after a 429: the longest of what body and headers ask for, within
    /// reason.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Duration {
        let body = self.body.get("retry_after").and_then(seconds);
        let header = self.text(RETRY_AFTER.as_str()).and_then(|text| {
            text.parse().ok().or_else(|| {
                let at = DateTime::parse_from_rfc2822(text).ok()?;
                Some((at.to_utc() - now).num_seconds() as f64)
            })
        });
        let reset = self.text("x-ratelimit-reset").and_then(|text| {
            let number: f64 = text.parse().ok()?;
            let now = now.timestamp() as f64;
            Some(match number {
                // Milliseconds, seconds since the epoch, or seconds from now.
                n if n > 1e11 => n / 1000.0 - now,
                n if n > 1e8 => n - now,
                n => n,
            })
        });
        [body, header, reset]
            .into_iter()
            .flatten()
            .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
            .reduce(f64::max)
            .map_or(DEFAULT_WAIT, |seconds| {
                Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64())).max(SHORTEST_WAIT)
            })
    }

    fn text(&self, header: &str) -> Option<&str> {
        self.headers.get(header)?.to_str().ok().map(str::trim)
    }
}

/// A body of at most so many bytes, or why it was not read whole.
pub async fn read_body(mut response: Response, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > most => {
                let mebibytes = most / (1024 * 1024);
                return Err(format!("the answer is larger than {mebibytes} MiB"));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(transport_words(&error)),
        }
    }
}

fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Cuts a foreign text, strips control characters and masks anything that looks like a key.
pub fn clean(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let masked: Vec<String> = printable
        .split(' ')
        .map(|word| match word.find("citedy_agent_") {
            Some(at) => format!("{}citedy_agent_…", &word[..at]),
            None => word.to_owned(),
        })
        .collect();
    let whole = masked.join(" ");
    let whole = whole.trim();
    match whole.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole.to_owned(),
    }
}

/// A transport error in words, without the address that could hold something private.
pub fn transport_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    clean(&cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(body: Value, headers: &[(&'static str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a value"));
        }
        Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            body,
            headers: map,
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    #[test]
    fn the_longest_wait_that_anybody_asks_for_is_kept() {
        let all = answer(
            json!({"retry_after": 5}),
            &[("retry-after", "12"), ("x-ratelimit-reset", "1800000020")],
        );
        assert_eq!(all.retry_after(now()), Duration::from_secs(20));
        let date = answer(
            Value::Null,
            &[("retry-after", "Fri, 15 Jan 2027 08:00:40 GMT")],
        );
        assert_eq!(date.retry_after(now()), Duration::from_secs(40));
    }

    #[test]
    fn nonsense_waits_are_brought_within_reason() {
        for (body, seconds) in [
            (json!({}), 30),
            (json!({"retry_after": -5}), 30),
            (json!({"retry_after": 0.01}), 1),
            (json!({"retry_after": 1e300}), 600),
        ] {
            let wait = answer(body.clone(), &[]).retry_after(now());
            assert_eq!(wait, Duration::from_secs(seconds), "{body}");
        }
    }

    #[test]
    fn a_message_cannot_carry_a_key_or_a_terminal_trick() {
        let text = clean("bad key citedy_agent_abc123 \u{1b}[31m\nnext");
        assert!(
            !text.contains("abc123") && !text.contains('\u{1b}'),
            "{text}"
        );
        assert_eq!(
            clean(&"ü".repeat(1000)).chars().count(),
            LONGEST_MESSAGE + 1
        );
    }
}
