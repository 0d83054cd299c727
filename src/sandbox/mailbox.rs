//! Deliveries of events to webhook endpoints: what is sent, how it is signed, when it is
//! tried again and when it is given up.

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::clock::{self, Moment};
use super::endpoint::Endpoint;
use super::keys::{KeyHash, derived_uuid};
use super::run::Run;

/// Endpoints an agent may have.
const MOST_ENDPOINTS: usize = 10;
/// The first attempt and five retries.
const MOST_ATTEMPTS: u32 = 6;
/// Wait before the first retry at speed 1; it doubles with each further one.
const FIRST_RETRY_SECONDS: f64 = 10.0;

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryStatus {
    Queued,
    Delivering,
    Delivered,
    /// The last attempt failed and another will follow.
    Failed,
    /// Given up for good.
    DeadLettered,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    id: Uuid,
    endpoint: Arc<Endpoint>,
    event_id: String,
    event_type: String,
    body: Bytes,
    status: DeliveryStatus,
    attempts: u32,
    last_response: Option<u16>,
    created_at: Moment,
    next_attempt_at: Option<Moment>,
    delivered_at: Option<Moment>,
}

/// One request to make: what [`Mailbox::begin_attempt`] hands to the courier.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) delivery: usize,
    pub(super) url: String,
    pub(super) body: Bytes,
    /// Value of `X-Citedy-Signature-256`.
    pub(super) signature: String,
}

/// All endpoints and deliveries.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    endpoints: Vec<Arc<Endpoint>>,
    deliveries: Vec<Delivery>,
}

impl Delivery {
    fn view(&self) -> Value {
        json!({
            "id": self.id,
            "webhook_id": self.endpoint.id,
            "event_id": self.event_id,
            "event_type": self.event_type,
            "status": self.status,
            "attempts": self.attempts,
            "last_response_status": self.last_response,
            "created_at": clock::text(self.created_at),
            "next_attempt_at": self.next_attempt_at.map(clock::text),
            "delivered_at": self.delivered_at.map(clock::text),
        })
    }

    fn give_up(&mut self) {
        self.status = DeliveryStatus::DeadLettered;
        self.next_attempt_at = None;
    }
}

impl Mailbox {
    pub(super) fn has_room_for(&self, owner: &KeyHash) -> bool {
        self.of(owner).count() < MOST_ENDPOINTS
    }

    pub(super) fn of<'a>(&'a self, owner: &'a KeyHash) -> impl Iterator<Item = &'a Endpoint> {
        self.endpoints
            .iter()
            .map(Arc::as_ref)
            .filter(move |e| e.owner == *owner)
    }

    pub(super) fn register(&mut self, endpoint: Endpoint) {
        self.endpoints.push(Arc::new(endpoint));
    }

    /// Forgets an endpoint; its deliveries stay listed and those still open are given up.
    pub(super) fn delete(&mut self, id: Uuid) {
        self.endpoints.retain(|endpoint| endpoint.id != id);
    }

    /// Queues the end of a run for every endpoint of its owner that wants to hear of it, and
    /// answers the positions of the new deliveries.
    pub(super) fn announce(&mut self, run: &Run, now: Moment) -> Vec<usize> {
        let event_type = format!("warm_lead.{}", run.story.end().as_str());
        let event_id = event_id(run);
        let body = envelope(run, &event_id, &event_type);
        let first = self.deliveries.len();
        let new = self
            .endpoints
            .iter()
            .filter(|e| e.owner == run.owner && e.event_types.contains(&event_type))
            .map(|endpoint| Delivery {
                id: Uuid::new_v4(),
                endpoint: Arc::clone(endpoint),
                event_id: event_id.clone(),
                event_type: event_type.clone(),
                body: body.clone(),
                status: DeliveryStatus::Queued,
                attempts: 0,
                last_response: None,
                created_at: now,
                next_attempt_at: Some(now),
                delivered_at: None,
            });
        self.deliveries.extend(new);
        (first..self.deliveries.len()).collect()
    }

    /// Marks a delivery as being attempted, unless its endpoint is gone.
    pub(super) fn begin_attempt(&mut self, position: usize) -> Option<Letter> {
        let delivery = self.deliveries.get_mut(position)?;
        if !self.endpoints.iter().any(|e| e.id == delivery.endpoint.id) {
            delivery.give_up();
            return None;
        }
        delivery.status = DeliveryStatus::Delivering;
        delivery.attempts += 1;
        delivery.next_attempt_at = None;
        let endpoint = &delivery.endpoint;
        Some(Letter {
            delivery: position,
            url: endpoint.url.clone(),
            body: delivery.body.clone(),
            signature: sign(&endpoint.owner.webhook_secret(endpoint.id), &delivery.body),
        })
    }

    /// Records how an attempt ended, `None` meaning that nobody answered, and says when the
    /// next one is due.
    pub(super) fn end_attempt(
        &mut self,
        position: usize,
        response: Option<u16>,
        now: Moment,
        speed: f64,
    ) -> Option<Moment> {
        let delivery = self.deliveries.get_mut(position)?;
        delivery.last_response = response;
        if response.is_some_and(|status| (200..300).contains(&status)) {
            delivery.status = DeliveryStatus::Delivered;
            delivery.delivered_at = Some(now);
        } else if delivery.attempts >= MOST_ATTEMPTS {
            delivery.give_up();
        } else {
            delivery.status = DeliveryStatus::Failed;
            delivery.next_attempt_at = Some(now + back_off(delivery.attempts, speed));
        }
        delivery.next_attempt_at
    }

    /// A page of this owner's deliveries, newest first, and how many there are in all.
    pub(super) fn deliveries(
        &self,
        owner: &KeyHash,
        status: Option<DeliveryStatus>,
        limit: usize,
        offset: usize,
    ) -> Value {
        let matching = || {
            self.deliveries
                .iter()
                .rev()
                .filter(|d| d.endpoint.owner == *owner)
                .filter(move |d| status.is_none_or(|status| d.status == status))
        };
        let page: Vec<Value> = matching()
            .skip(offset)
            .take(limit)
            .map(Delivery::view)
            .collect();
        json!({"deliveries": page, "total": matching().count()})
    }
}

/// Follows from the run, so that an event sent again after a restart is visibly the same.
fn event_id(run: &Run) -> String {
    format!(
        "evt_{}",
        derived_uuid("event", &run.id.to_string()).simple()
    )
}

fn envelope(run: &Run, event_id: &str, event_type: &str) -> Bytes {
    let envelope = json!({
        "event_id": event_id,
        "event_type": event_type,
        "api_version": "2026-02-25",
        "timestamp": clock::text(run.ends_at().unwrap_or(run.created_at)),
        "tenant_id": run.owner.tenant_id(),
        "agent_id": run.owner.agent_id(),
        "data": {
            "run_id": run.id,
            "status": run.story.end().as_str(),
            "domain": run.request.normalized_domain,
        },
    });
    envelope.to_string().into()
}

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn back_off(attempts: u32, speed: f64) -> TimeDelta {
    clock::scaled(
        FIRST_RETRY_SECONDS * f64::from(1_u32 << (attempts - 1)),
        speed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_known_answer_of_hmac_sha256() {
        // Test case 2 of RFC 4231.
        assert_eq!(
            sign("Jefe", b"what do ya want for nothing?"),
            "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn retries_wait_twice_as_long_each_time() {
        let waits: Vec<i64> = (1..MOST_ATTEMPTS)
            .map(|attempts| back_off(attempts, 1.0).num_seconds())
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160]);
    }
}
