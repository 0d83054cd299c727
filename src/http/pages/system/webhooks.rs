//! Webhooks: the endpoint at Citedy, what it delivered, what came in here, what was turned away.

use super::{AppState, Moment, PageError};
use crate::flow::errand;
use crate::flow::health::Refusals;
use crate::flow::ports::{WebhookDelivery, WebhookEndpoint, WebhookNews};
use crate::lead::money::grouped;
use crate::lead::webhook;

/// Events shown.
const EVENTS: u32 = 20;

/// All that the page tells of webhooks.
pub struct Webhooks {
    /// Whether results come by webhook, and what is to be done if not.
    pub verdict: String,
    pub tone: &'static str,
    pub endpoints: Vec<EndpointRow>,
    pub deliveries: Vec<DeliveryRow>,
    pub events: Vec<EventRow>,
    /// How many were turned away, and when last.
    pub refused: Option<(String, Moment)>,
    /// When Citedy told of endpoints and deliveries.
    pub told: Option<Moment>,
    /// A newer answer is awaited.
    pub asking: bool,
    pub problem: Option<String>,
}

/// An endpoint that is registered at Citedy.
pub struct EndpointRow {
    pub url: String,
    /// It is this service's.
    pub ours: bool,
    pub events: String,
    pub state: &'static str,
    pub created: Option<Moment>,
}

/// What became of one event on its way to an endpoint.
pub struct DeliveryRow {
    pub event: String,
    pub status: String,
    pub tone: &'static str,
    pub attempts: String,
    pub created: Option<Moment>,
    pub error: String,
}

/// An event that came in here, its signature verified.
pub struct EventRow {
    pub event: String,
    pub run: String,
    pub received: Moment,
}

impl Webhooks {
    pub async fn read(
        state: &AppState,
        refused: impl Iterator<Item = Refusals>,
    ) -> Result<Self, PageError> {
        let known = errand::webhook_state(&state.flow).await?;
        let events = state.flow.store.latest_webhooks(EVENTS).await?;
        let own = state.access.public_url();
        let own = own.map(|url| String::from(webhook::endpoint(url)));
        let (mut endpoints, mut deliveries) = (None, None);
        let (mut told, mut asking, mut problem) = (None, true, None);
        if let Some(known) = known {
            (endpoints, deliveries) = (known.endpoints, known.deliveries);
            (told, asking, problem) = (known.told_at, known.asking, known.problem);
        }
        let endpoints: Option<Vec<EndpointRow>> = endpoints.map(|all| {
            let row = |endpoint| EndpointRow::new(endpoint, own.as_deref());
            all.into_iter().map(row).collect()
        });
        let has_secret = !state.webhook_secrets.is_empty();
        let (verdict, tone) = verdict(endpoints.as_deref(), own.as_deref(), has_secret);
        Ok(Self {
            verdict,
            tone,
            endpoints: endpoints.unwrap_or_default(),
            deliveries: deliveries
                .unwrap_or_default()
                .into_iter()
                .map(DeliveryRow::new)
                .collect(),
            events: events.into_iter().map(EventRow::new).collect(),
            refused: turned_away(refused),
            told: told.map(Moment::from),
            asking,
            problem,
        })
    }
}

/// In one sentence and what to do; `endpoints` is `None` while Citedy has not told.
fn verdict(
    endpoints: Option<&[EndpointRow]>,
    own: Option<&str>,
    has_secret: bool,
) -> (String, &'static str) {
    let registered = endpoints.map(|all| all.iter().any(|endpoint| endpoint.ours));
    match (own, has_secret, registered) {
        (None, false, _) => (
            "No public URL is set, so results are found by polling. With WARMSHEET_PUBLIC_URL and \
             `warmsheet webhook register` they come at once and cost fewer requests."
                .to_owned(),
            "off",
        ),
        (_, false, _) => (
            "No webhook secret is set, so every callback is turned away. `warmsheet webhook \
             register` prints one: set it as CITEDY_WEBHOOK_SECRETS and restart."
                .to_owned(),
            "ask",
        ),
        (Some(url), true, Some(false)) => (
            format!(
                "{url} is not registered at Citedy, so nothing is called back. Register it with \
                 `warmsheet webhook register`."
            ),
            "bad",
        ),
        (Some(_), true, Some(true)) => (
            "The endpoint is registered and a secret is set.".to_owned(),
            "good",
        ),
        (Some(_), true, None) => (
            "A secret is set; whether the endpoint is registered is not told yet.".to_owned(),
            "off",
        ),
        (None, true, _) => (
            "A secret is set. Set WARMSHEET_PUBLIC_URL as well, to see here whether this service\u{2019}s \
             endpoint is registered."
                .to_owned(),
            "off",
        ),
    }
}

fn turned_away(refused: impl Iterator<Item = Refusals>) -> Option<(String, Moment)> {
    let all = refused.reduce(|one, other| Refusals {
        count: one.count + other.count,
        last_at: one.last_at.max(other.last_at),
    })?;
    Some((grouped(all.count), all.last_at?.into()))
}

impl EndpointRow {
    fn new(endpoint: WebhookEndpoint, own: Option<&str>) -> Self {
        Self {
            ours: own == Some(endpoint.url.as_str()),
            events: match endpoint.event_types.is_empty() {
                true => "every event".to_owned(),
                false => endpoint.event_types.join(", "),
            },
            state: match endpoint.enabled {
                Some(true) => "enabled",
                Some(false) => "switched off",
                None => "registered",
            },
            created: endpoint.created_at.map(Moment::from),
            url: endpoint.url,
        }
    }
}

impl DeliveryRow {
    fn new(delivery: WebhookDelivery) -> Self {
        let status = delivery.status.unwrap_or_default();
        Self {
            event: delivery.event_type.unwrap_or_default(),
            tone: match status.as_str() {
                "delivered" => "good",
                "failed" | "dead_lettered" => "bad",
                _ => "wait",
            },
            status: status.replace('_', " "),
            attempts: delivery.attempts.map(grouped).unwrap_or_default(),
            created: delivery.created_at.map(Moment::from),
            error: delivery.last_error.unwrap_or_default(),
        }
    }
}

impl EventRow {
    fn new(event: WebhookNews) -> Self {
        Self {
            event: event.event_type.unwrap_or_else(|| "(no type)".to_owned()),
            run: event.run_id.unwrap_or_default(),
            received: event.received_at.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> EndpointRow {
        let endpoint = WebhookEndpoint {
            id: "wh_1".into(),
            url: url.into(),
            event_types: Vec::new(),
            created_at: None,
            enabled: None,
        };
        EndpointRow::new(endpoint, Some("https://leads.acme.com/webhooks/citedy"))
    }

    #[test]
    fn the_verdict_names_what_is_missing() {
        let own = Some("https://leads.acme.com/webhooks/citedy");
        let registered = [endpoint("https://leads.acme.com/webhooks/citedy")];
        let other = [endpoint("https://other.example/hook")];
        let tone = |endpoints, own, secret| verdict(endpoints, own, secret).1;
        assert_eq!(tone(Some(&registered[..]), own, true), "good");
        assert_eq!(tone(Some(&other[..]), own, true), "bad");
        assert_eq!(tone(Some(&registered[..]), own, false), "ask");
        assert_eq!(tone(None, own, true), "off");
        assert_eq!(tone(None, None, false), "off");
    }

    #[test]
    fn refusals_of_all_instances_are_added_up() {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0);
        let refused = |count, last_at| Refusals { count, last_at };
        let all = [refused(2, at(50)), refused(0, None), refused(1_000, at(20))];
        let (count, last) = turned_away(all.into_iter()).expect("some");
        assert_eq!(
            (count.as_str(), last.machine.as_str()),
            ("1,002", "1970-01-01T00:00:50Z")
        );
        assert!(turned_away([Refusals::default()].into_iter()).is_none());
    }
}
