use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::answer::{Answer, clean, transport_words};
use super::export;
use super::metered::metered;
use super::outcome::start_outcome;
use super::wire::StartRequest;
use crate::flow::ports::{CitedyApi, ReportFormat, WebhookDelivery, WebhookEndpoint};
use crate::lead::run::{Account, ApiFault, IdempotencyKey, LookOutcome, RunSnapshot, StartOutcome};
use crate::lead::{CompanyDomain, RequestOptions};

const RUNS: &str = "/api/agent/citedy-warm-lead";

/// How to reach Citedy, and as whom.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub base_url: Url,
    /// What runs bought here are told apart by; the base URL's origin where nothing else is
    /// said.
    pub origin: String,
    /// `citedy_agent_…`
    pub key: SecretString,
    pub connect_timeout: Duration,
    /// For a whole request, its answer read.
    pub timeout: Duration,
}

impl ClientConfig {
    pub fn new(base_url: Url, key: SecretString) -> Self {
        Self {
            origin: base_url.origin().ascii_serialization(),
            base_url,
            key,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(25),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("CITEDY_API_KEY holds characters that no key has; copy it again")]
    Key,
    #[error("{0}")]
    Transport(#[from] reqwest::Error),
}

/// A client for one key. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct CitedyClient {
    http: reqwest::Client,
    base_url: Url,
    origin: String,
    timeout: Duration,
    authorization: HeaderValue,
    fingerprint: String,
}

/// Why there is no answer to read.
enum NoAnswer {
    /// No connection could be made, so nothing was sent.
    NotSent(String),
    Lost(String),
}

impl CitedyClient {
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let key = config.key.expose_secret();
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ClientError::Key)?;
        authorization.set_sensitive(true);
        let digest = Sha256::digest(key.as_bytes());
        // No redirect: a POST would be sent to a place that nobody chose. No retry: whether to
        // send again is the flow's decision. What remains is hyper-util's pool, which offers no
        // switch through reqwest: it sends a request again on a new connection, but only when
        // hyper hands it back untouched because a kept-alive connection had just been closed. A
        // request of which a byte was written is never handed back, so a start still goes out
        // at most once, and even a second one would carry the same idempotency key.
        let mut builder = reqwest::Client::builder();
        if config.base_url.scheme() == "http" {
            // Plain http leads to this machine only, where a proxy would look on its own.
            builder = builder.no_proxy();
        }
        let http = builder
            .user_agent(concat!("warmsheet/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()?;
        Ok(Self {
            http,
            base_url: config.base_url,
            origin: config.origin,
            timeout: config.timeout,
            authorization,
            fingerprint: hex::encode(digest)[..12].to_owned(),
        })
    }

    /// `GET /api/agent/health`; needs no key, so none is sent.
    pub async fn health(&self) -> Result<(), ApiFault> {
        let request = self.http.get(self.url("/api/agent/health"));
        self.call(request).await.map(drop)
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, self.url(path))
            .header(AUTHORIZATION, self.authorization.clone())
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }

    /// A free call: its JSON answer, or the published refusal.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Value, ApiFault> {
        let answer = match send(request).await {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => {
                return Err(ApiFault::Failed { why });
            }
        };
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(refusal(&answer))
        }
    }
}

/// What an answer that is no success says.
pub(super) fn refusal(answer: &Answer) -> ApiFault {
    let message = answer.message();
    match answer.status {
        StatusCode::UNAUTHORIZED => ApiFault::KeyRefused { message },
        StatusCode::FORBIDDEN => ApiFault::AgentRefused { message },
        StatusCode::NOT_FOUND => ApiFault::NotFound,
        StatusCode::TOO_MANY_REQUESTS => ApiFault::RateLimited {
            retry_after: answer.retry_after(Utc::now()),
        },
        status if status.is_client_error() => ApiFault::Refused {
            status: status.as_u16(),
            message,
        },
        _ => ApiFault::Failed { why: message },
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    match metered(request).await {
        Ok(response) => Answer::read(response).await.map_err(NoAnswer::Lost),
        // Only a connection that was never made proves that nothing was sent.
        Err(error) if error.is_connect() => Err(NoAnswer::NotSent(transport_words(&error))),
        Err(error) => Err(NoAnswer::Lost(transport_words(&error))),
    }
}

#[async_trait]
impl CitedyApi for CitedyClient {
    fn origin(&self) -> String {
        self.origin.clone()
    }

    fn key_fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    async fn start_run(
        &self,
        domain: &CompanyDomain,
        options: &RequestOptions,
        key: &IdempotencyKey,
    ) -> StartOutcome {
        let body = StartRequest::new(domain, options, key);
        match send(self.request(Method::POST, RUNS).json(&body)).await {
            Ok(answer) => start_outcome(answer),
            Err(NoAnswer::NotSent(why)) => StartOutcome::NotSent { why },
            Err(NoAnswer::Lost(why)) => StartOutcome::Unknown { why },
        }
    }

    async fn fetch_run(&self, run_id: &str) -> LookOutcome {
        let Some(path) = run_path(run_id) else {
            return LookOutcome::Missing;
        };
        match self.call(self.request(Method::GET, &path)).await {
            Ok(body) => match RunSnapshot::from_json(body) {
                Some(run) if run.id == run_id => LookOutcome::Run(Box::new(run)),
                Some(_) => LookOutcome::Failed {
                    why: "Citedy answered with another run".to_owned(),
                },
                None => LookOutcome::Failed {
                    why: "Citedy's answer holds no run".to_owned(),
                },
            },
            Err(ApiFault::KeyRefused { message }) => LookOutcome::KeyRefused { message },
            Err(ApiFault::AgentRefused { message }) => LookOutcome::AgentRefused { message },
            Err(ApiFault::RateLimited { retry_after }) => LookOutcome::RateLimited { retry_after },
            Err(ApiFault::NotFound) => LookOutcome::Missing,
            Err(fault) => LookOutcome::Failed {
                why: fault.to_string(),
            },
        }
    }

    async fn account(&self) -> Result<Account, ApiFault> {
        let body = self
            .call(self.request(Method::GET, "/api/agent/me"))
            .await?;
        if !body.is_object() {
            return Err(ApiFault::Failed {
                why: "the answer of /me is no JSON object".to_owned(),
            });
        }
        Ok(read_account(&body))
    }

    async fn export_run(&self, run_id: &str, format: ReportFormat) -> Result<Vec<u8>, ApiFault> {
        export::export_run(self, run_id, format, self.timeout).await
    }

    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, ApiFault> {
        self.list_webhooks().await
    }

    async fn newest_deliveries(&self, most: u32) -> Result<Vec<WebhookDelivery>, ApiFault> {
        self.list_deliveries(most).await
    }
}

/// A run's path; an id that is no plain word cannot be a run's and must not form a path.
pub(super) fn run_path(run_id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = !run_id.is_empty() && run_id.len() <= 128 && run_id.chars().all(plain);
    fits.then(|| format!("{RUNS}/{run_id}"))
}

/// The shape of `/me` is published only as "agent, tenant_balance.credits".
fn read_account(body: &Value) -> Account {
    let agent = body.get("agent").unwrap_or(body);
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| agent.get(name)?.as_str())
            .filter(|text| !text.is_empty())
            .map(clean)
    };
    let credits = body
        .get("tenant_balance")
        .and_then(|balance| balance.get("credits"))
        .and_then(|credits| {
            credits
                .as_i64()
                .or_else(|| credits.as_f64().map(|c| c.floor() as i64))
        });
    Account {
        agent_id: text(&["id", "agent_id"]),
        agent_name: text(&["name", "agent_name"]),
        credits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_id_cannot_leave_its_path() {
        for wrong in ["", "../me", "a/b", "a?b", "a b", "ü"] {
            assert_eq!(run_path(wrong), None, "{wrong}");
        }
        assert!(run_path("0b9c8f0e-1111-4222-8333-944445555666").is_some());
    }

    #[test]
    fn the_account_is_read_in_each_plausible_shape() {
        for body in [
            json!({"agent": {"id": "a1", "name": "n"}, "tenant_balance": {"credits": 90}}),
            json!({"agent_id": "a1", "agent_name": "n", "tenant_balance": {"credits": 90.7}}),
        ] {
            let account = read_account(&body);
            assert_eq!(account.agent_id.as_deref(), Some("a1"), "{body}");
            assert_eq!(account.credits, Some(90));
        }
        assert_eq!(read_account(&json!({})), Account::default());
    }

    #[test]
    fn debug_output_shows_no_key() {
        let key = SecretString::from("citedy_agent_planted");
        let base = Url::parse("http://127.0.0.1:1").expect("a URL");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = CitedyClient::new(ClientConfig::new(base, key)).expect("a client");
        assert!(!format!("{client:?}").contains("planted"));
    }
}
