//! Webhook endpoints: what may be registered, and what is shown of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;

use super::clock::{self, Moment};
use super::keys::KeyHash;

/// Published event types, then the ones invented for warm leads.
const EVENT_TYPES: [&str; 18] = [
    "article.generated",
    "article.published",
    "article.unpublished",
    "article.deleted",
    "article.failed",
    "ingestion.completed",
    "ingestion.failed",
    "social_adaptation.generated",
    "lead_magnet.ready",
    "lead_magnet.failed",
    "scout.dispatched",
    "scout.results_ready",
    "session.articles_generated",
    "billing.credits_low",
    "billing.credits_empty",
    "warm_lead.completed",
    "warm_lead.blocked",
    "warm_lead.failed",
];

/// A webhook that somebody registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) id: Uuid,
    pub(super) owner: KeyHash,
    pub(super) url: String,
    pub(super) event_types: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) created_at: Moment,
}

/// What a registration asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    url: String,
    event_types: Option<Vec<String>>,
    description: Option<String>,
}

impl Registration {
    /// Checks the registration as Citedy would, but for loopback addresses over plain http.
    pub(super) fn accept(self, owner: KeyHash, now: Moment) -> Result<Endpoint, String> {
        let url = Url::parse(&self.url).map_err(|_| "url must be an https URL".to_owned())?;
        if !(url.scheme() == "https" || url.scheme() == "http" && leads_to_loopback(&url)) {
            return Err("url must be an https URL (the sandbox takes http to loopback)".to_owned());
        }
        let event_types = self
            .event_types
            .filter(|types| !types.is_empty())
            .unwrap_or_else(|| EVENT_TYPES.map(str::to_owned).to_vec());
        if let Some(unknown) = event_types
            .iter()
            .find(|name| !EVENT_TYPES.contains(&name.as_str()))
        {
            return Err(format!("unknown event type {unknown:?}"));
        }
        Ok(Endpoint {
            id: Uuid::new_v4(),
            owner,
            url: self.url,
            event_types,
            description: self.description,
            created_at: now,
        })
    }
}

fn leads_to_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

impl Endpoint {
    /// The endpoint as lists show it: without its secret.
    pub(super) fn view(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.url,
            "event_types": self.event_types,
            "description": self.description,
            "created_at": clock::text(self.created_at),
        })
    }

    /// The endpoint as the answer to its registration shows it, this once with the secret.
    pub(super) fn view_with_secret(&self) -> Value {
        let mut view = self.view();
        view["secret"] = json!(self.owner.webhook_secret(self.id));
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_taken_to_loopback_only() {
        let register = |url: &str| {
            let registration = Registration {
                url: url.to_owned(),
                event_types: None,
                description: None,
            };
            registration.accept(KeyHash::of("key"), clock::now())
        };
        for url in [
            "https://a.example.com/x",
            "http://127.0.0.1:1",
            "http://[::1]/",
        ] {
            assert!(register(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "ftp://127.0.0.1",
            "http://localhost.example.com",
            "",
        ] {
            assert!(register(url).is_err(), "{url}");
        }
    }
}
