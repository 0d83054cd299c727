//! The way to whoever is told of events: one POST, to an address that was checked.

mod resolver;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::flow::ports::{NoticeMessage, NoticeSender, SendOutcome};
use crate::lead::public_address::refusal;
use crate::lead::signing::SigningKey;
use resolver::{CheckedResolver, Refused, resolve};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a whole try.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How to reach one target.
#[derive(Debug, Clone)]
pub struct SenderConfig {
    pub url: SecretString,
    /// Signs every message; `None`: the address is secret enough.
    pub key: Option<SigningKey>,
    pub allow_private: bool,
}

/// Posts to one target. Its `Debug` shows neither address nor key.
#[derive(Debug)]
pub struct HttpSender {
    http: reqwest::Client,
    config: SenderConfig,
}

impl HttpSender {
    pub fn new(config: SenderConfig) -> Result<Self, reqwest::Error> {
        // No redirect: it would lead to an address that nobody chose. No proxy: it would look
        // names up itself, past the check.
        let http = reqwest::Client::builder()
            .user_agent(concat!("warmsheet/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(CheckedResolver {
                allow_private: config.allow_private,
            }))
            .build()?;
        Ok(Self { http, config })
    }

    /// Whether the address leads somewhere that may be told; sends nothing.
    pub async fn check(&self) -> Result<(), String> {
        let url = self.url()?;
        match url.host_str() {
            Some(name) if url.domain().is_some() => {
                let found = resolve(name, self.config.allow_private).await;
                found.map(drop).map_err(|error| error.to_string())
            }
            _ => Ok(()),
        }
    }

    /// The address; one that is written as a number is looked up by nobody, so it is checked here.
    fn url(&self) -> Result<Url, String> {
        let url = Url::parse(self.config.url.expose_secret())
            .map_err(|error| format!("the address cannot be read: {error}"))?;
        let number = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            _ => None,
        };
        match number.and_then(|address| refusal(address, self.config.allow_private)) {
            Some(why) => Err(Refused(why).to_string()),
            None => Ok(url),
        }
    }
}

#[async_trait]
impl NoticeSender for HttpSender {
    async fn send(&self, message: &NoticeMessage) -> SendOutcome {
        let url = match self.url() {
            Ok(url) => url,
            Err(why) => return SendOutcome::Failed { why, wait: None },
        };
        let now = Utc::now();
        let mut request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(message.body.clone());
        if let Some(key) = &self.config.key {
            let timestamp = now.timestamp();
            let signature = key.sign(&message.id, timestamp, &message.body);
            request = request
                .header("webhook-id", &message.id)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", signature);
        }
        match request.send().await {
            // Whatever it says besides is left unread.
            Ok(response) => outcome(&response, now),
            Err(error) => SendOutcome::Failed {
                why: words(error),
                wait: None,
            },
        }
    }
}

fn outcome(response: &Response, now: DateTime<Utc>) -> SendOutcome {
    let status = response.status();
    let why = format!("it answered {}", status.as_u16());
    match status {
        status if status.is_success() => SendOutcome::Sent,
        StatusCode::GONE => SendOutcome::Gone {
            why: format!("{why}: it wants to hear no more"),
        },
        status if status.is_redirection() => SendOutcome::Failed {
            why: format!("{why}, a redirect; write the final address into the configuration"),
            wait: None,
        },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => SendOutcome::Failed {
            why,
            wait: response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, now)),
        },
        _ => SendOutcome::Failed { why, wait: None },
    }
}

/// Seconds, or a date.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    (at.to_utc() - now).to_std().ok()
}

/// Why there is no answer, without the address.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_say_when_it_wants_to_be_asked_again() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let date = (now + chrono::TimeDelta::seconds(90)).to_rfc2822();
        for (text, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            (date.as_str(), Some(90)),
            ("Fri, 15 Jan 2027 08:00:30 GMT", Some(30)),
            ("soon", None),
            ("-5", None),
            ("Fri, 15 Jan 2020 08:00:30 GMT", None),
        ] {
            let wait = retry_after(text, now);
            assert_eq!(wait, seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_a_number_is_refused_before_anything_is_sent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let message = NoticeMessage {
            id: "msg_1".to_owned(),
            body: b"{}".to_vec(),
        };
        listener.set_nonblocking(true).expect("no waiting");
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "localhost",
        ] {
            let sender = HttpSender::new(SenderConfig {
                url: format!("http://{host}:{port}/planted").into(),
                key: None,
                allow_private: false,
            })
            .expect("a client");
            let SendOutcome::Failed { why, .. } = sender.send(&message).await else {
                panic!("{host} was told");
            };
            assert!(why.contains("nothing is sent to"), "{host}: {why}");
            assert!(!why.contains("planted"), "{why}");
        }
        assert!(listener.accept().is_err(), "somebody called");
    }
}
