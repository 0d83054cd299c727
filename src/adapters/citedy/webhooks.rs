use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::answer::clean;
use super::client::CitedyClient;
use crate::lead::run::ApiFault;

const WEBHOOKS: &str = "/api/agent/webhooks";

/// An endpoint that Citedy calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    pub id: String,
    pub url: String,
    /// Empty means every event.
    pub event_types: Vec<String>,
}

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

    pub async fn list_webhooks(&self) -> Result<Vec<WebhookEndpoint>, ApiFault> {
        let answer = self.call(self.request(Method::GET, WEBHOOKS)).await?;
        Ok(list(&answer, "webhooks")
            .iter()
            .filter_map(|endpoint| {
                Some(WebhookEndpoint {
                    id: text(endpoint, "id")?,
                    url: text(endpoint, "url").unwrap_or_default(),
                    event_types: list(endpoint, "event_types")
                        .iter()
                        .filter_map(|one| one.as_str().map(clean))
                        .collect(),
                })
            })
            .collect())
    }

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
