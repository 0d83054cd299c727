//! Webhook endpoints at Citedy and what it delivered to them.

use chrono::{DateTime, Utc};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::answer::clean;
use super::client::CitedyClient;
use crate::flow::ports::{WebhookDelivery, WebhookEndpoint};
use crate::lead::run::ApiFault;

const WEBHOOKS: &str = "/api/agent/webhooks";

/// An endpoint just made; its secret is never told again.
#[derive(Debug)]
pub struct RegisteredWebhook {
    pub id: String,
    pub url: String,
    pub secret: SecretString,
}

/// A page of deliveries, each in one line for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    pub deliveries: Vec<String>,
    pub total: u64,
}

impl CitedyClient {
    /// Registers an endpoint (https; at most 10 an agent). No event types: every event.
    pub async fn register_webhook(
        &self,
        url: &Url,
        event_types: Option<&[String]>,
        description: Option<&str>,
    ) -> Result<RegisteredWebhook, ApiFault> {
        let mut body = json!({"url": url.as_str()});
        if let Some(types) = event_types {
            body["event_types"] = types.into();
        }
        if let Some(description) = description {
            body["description"] = description.into();
        }
        let answer = self
            .call(self.request(Method::POST, WEBHOOKS).json(&body))
            .await?;
        let endpoint = answer.get("webhook").unwrap_or(&answer);
        let secret = endpoint.get("secret").and_then(Value::as_str);
        match (text(endpoint, "id"), secret) {
            (Some(id), Some(secret)) => Ok(RegisteredWebhook {
                id,
                url: text(endpoint, "url").unwrap_or_else(|| url.to_string()),
                secret: SecretString::from(secret),
            }),
            _ => Err(ApiFault::Failed {
                why: "the answer holds no id and secret; see warmsheet webhook list".to_owned(),
            }),
        }
    }

    /// Every endpoint of this agent; their secrets are not told.
    pub async fn list_webhooks(&self) -> Result<Vec<WebhookEndpoint>, ApiFault> {
        let answer = self.call(self.request(Method::GET, WEBHOOKS)).await?;
        Ok(list(&answer, "webhooks")
            .iter()
            .filter_map(endpoint)
            .collect())
    }

    /// Nothing is called at this endpoint any more.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), ApiFault> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || !id.chars().all(plain) {
            return Err(ApiFault::NotFound);
        }
        let path = format!("{WEBHOOKS}/{id}");
        self.call(self.request(Method::DELETE, &path))
            .await
            .map(drop)
    }

    /// The newest deliveries; what is no delivery at all is left out.
    pub(super) async fn list_deliveries(
        &self,
        most: u32,
    ) -> Result<Vec<WebhookDelivery>, ApiFault> {
        let path = format!("{WEBHOOKS}/deliveries");
        let request = self.request(Method::GET, &path).query(&[("limit", most)]);
        let answer = self.call(request).await?;
        let told = list(&answer, "deliveries").iter();
        let told = told.filter(|one| one.is_object()).take(most as usize);
        Ok(told.map(delivery).collect())
    }

    /// Deliveries, the newest first, of one status or of all.
    pub async fn webhook_deliveries(
        &self,
        status: Option<&str>,
        limit: u32,
        offset: u32,
    ) -> Result<DeliveryPage, ApiFault> {
        let path = format!("{WEBHOOKS}/deliveries");
        let mut query = vec![("limit", limit.to_string()), ("offset", offset.to_string())];
        if let Some(status) = status {
            query.push(("status", status.to_owned()));
        }
        let request = self.request(Method::GET, &path).query(&query);
        let answer = self.call(request).await?;
        let deliveries: Vec<String> = list(&answer, "deliveries").iter().map(line).collect();
        let total = answer.get("total").and_then(Value::as_u64);
        Ok(DeliveryPage {
            total: total.unwrap_or(deliveries.len() as u64),
            deliveries,
        })
    }
}

fn endpoint(told: &Value) -> Option<WebhookEndpoint> {
    Some(WebhookEndpoint {
        id: text(told, "id")?,
        url: text(told, "url").unwrap_or_default(),
        event_types: list(told, "event_types")
            .iter()
            .filter_map(|one| one.as_str().map(clean))
            .collect(),
        created_at: time(told, "created_at"),
        enabled: enabled(told),
    })
}

/// Whether an endpoint is called: said in one of several ways, or not at all.
fn enabled(told: &Value) -> Option<bool> {
    let deleted = told.get("deleted").and_then(Value::as_bool) == Some(true)
        || told.get("deleted_at").is_some_and(|at| !at.is_null());
    if deleted {
        return Some(false);
    }
    let said = ["enabled", "active", "is_active"];
    let said = said.iter().find_map(|name| told.get(name)?.as_bool());
    said.or_else(|| match told.get("status")?.as_str()? {
        "active" | "enabled" => Some(true),
        "inactive" | "disabled" | "paused" | "deleted" | "revoked" => Some(false),
        _ => None,
    })
}

fn delivery(told: &Value) -> WebhookDelivery {
    let attempts = ["attempts", "attempt_count", "attempt"];
    let errors = ["last_error", "error_message", "error"];
    let answers = ["last_response_status", "response_status", "status_code"];
    let error = errors.iter().find_map(|name| text(told, name));
    let refused = answers
        .iter()
        .find_map(|name| told.get(name)?.as_u64())
        .filter(|status| !(200..300).contains(status))
        .map(|status| format!("answered {status}"));
    WebhookDelivery {
        event_type: text(told, "event_type"),
        status: text(told, "status"),
        attempts: attempts.iter().find_map(|name| told.get(name)?.as_u64()),
        created_at: time(told, "created_at"),
        last_error: error.filter(|error| !error.is_empty()).or(refused),
    }
}

fn time(told: &Value, name: &str) -> Option<DateTime<Utc>> {
    let text = told.get(name)?.as_str()?;
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(clean)
}

/// The fields of a delivery are not published: what is simple is shown, in their order.
fn line(delivery: &Value) -> String {
    let Some(fields) = delivery.as_object() else {
        return clean(&delivery.to_string());
    };
    let shown: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_object() && !value.is_array() && !value.is_null())
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={}", clean(text)),
            None => format!("{name}={value}"),
        })
        .collect();
    shown.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_read_without_its_secret_and_told_off_if_anything_says_so() {
        for (more, enabled) in [
            (json!({}), None),
            (json!({"enabled": false}), Some(false)),
            (json!({"is_active": true}), Some(true)),
            (
                json!({"active": true, "deleted_at": "2026-01-01T00:00:00Z"}),
                Some(false),
            ),
            (
                json!({"deleted_at": null, "status": "disabled"}),
                Some(false),
            ),
            (json!({"status": 7}), None),
        ] {
            let mut told = json!({"id": "w1", "secret": "whsec_planted", "event_types": ["a", 7]});
            for (name, value) in more.as_object().into_iter().flatten() {
                told[name] = value.clone();
            }
            let read = endpoint(&told).expect("an endpoint");
            assert_eq!(read.enabled, enabled, "{told}");
            let stored = serde_json::to_string(&read).expect("JSON");
            assert!(!stored.contains("planted"), "{stored}");
        }
        assert_eq!(endpoint(&json!({"url": "https://a.example.com"})), None);
    }

    #[test]
    fn a_delivery_is_read_in_whatever_shape_it_comes() {
        let read = delivery(&json!({
            "event_type": "lead_magnet.ready", "status": "failed", "attempt_count": 3,
            "created_at": "2026-02-25T10:00:00.000Z", "last_response_status": 503,
        }));
        assert_eq!(read.attempts, Some(3));
        assert_eq!(read.last_error.as_deref(), Some("answered 503"));
        assert!(read.created_at.is_some());
        let fine = delivery(&json!({"last_response_status": 200, "error": "", "status": []}));
        assert_eq!(fine, WebhookDelivery::default());
        let worded = delivery(&json!({"error": "refused\u{7}", "response_status": 500}));
        assert_eq!(worded.last_error.as_deref(), Some("refused"));
        assert_eq!(
            delivery(&json!({"created_at": "today", "attempts": -1})),
            WebhookDelivery::default()
        );
    }
}
