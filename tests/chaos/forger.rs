//! Posts webhooks that nobody should believe, and genuine ones that were believed before.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::evidence::Evidence;
use super::fleet::Fleet;
use super::relay::{self, Relay, event_id};
use crate::support::signature;

const EVERY: Duration = Duration::from_millis(250);

pub struct Forger {
    pub fleet: Fleet,
    pub evidence: Arc<Evidence>,
    pub relay: Arc<Relay>,
    /// The endpoint's real secret, for events that are signed and lie.
    pub secret: String,
    pub lots: StdRng,
}

impl Forger {
    /// Goes on until it is aborted.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            match self.lots.random_range(0..6) {
                0 => self.forge(|_, _| None).await,
                1 => {
                    self.forge(|_, _| Some(signature("whsec_guessed", b"")))
                        .await
                }
                2 => {
                    self.forge(|_, body| Some(signature("whsec_guessed", body)))
                        .await
                }
                3 => self.tamper().await,
                4 => self.replay().await,
                _ => self.lie().await,
            }
        }
    }

    /// An event of our own, with a signature that is not Citedy's.
    async fn forge(&mut self, signature: impl Fn(&Self, &[u8]) -> Option<String>) {
        let event = format!("evt_forged_{}", self.lots.random::<u64>());
        let kinds = [
            "warm_lead.completed",
            "billing.credits_empty",
            "warm_lead.failed",
        ];
        let kind = kinds[self.lots.random_range(0..kinds.len())];
        let run = match self.relay.any_seen(&mut self.lots) {
            Some(genuine) => run_of(&genuine.body),
            None => "none".to_owned(),
        };
        let body = envelope(&event, kind, &run);
        self.evidence.event_forged(&event);
        let signature = signature(self, &body);
        self.expect_refusal(signature.as_deref(), body).await;
    }

    /// A genuine signature over a body that was changed.
    async fn tamper(&mut self) {
        let Some(genuine) = self.relay.any_seen(&mut self.lots) else {
            return;
        };
        let event = format!("evt_forged_{}", self.lots.random::<u64>());
        let text = String::from_utf8_lossy(&genuine.body);
        let body = text.replace(&event_id(&genuine.body), &event);
        self.evidence.event_forged(&event);
        self.expect_refusal(Some(&genuine.signature), body.into())
            .await;
    }

    /// What was sent before, byte for byte.
    async fn replay(&mut self) {
        let Some(genuine) = self.relay.any_seen(&mut self.lots) else {
            return;
        };
        let status = relay::send(&self.fleet, Some(&genuine.signature), genuine.body.clone());
        if status.await == Some(200) {
            self.evidence.event_acknowledged(&event_id(&genuine.body));
        }
    }

    /// Signed, and wrong: an event is a hint and never the truth.
    async fn lie(&mut self) {
        let Some(genuine) = self.relay.any_seen(&mut self.lots) else {
            return;
        };
        let event = format!("evt_lie_{}", self.lots.random::<u64>());
        let body = envelope(&event, "warm_lead.failed", &run_of(&genuine.body));
        let signature = signature(&self.secret, &body);
        let status = relay::send(&self.fleet, Some(&signature), body).await;
        if status == Some(200) {
            self.evidence.event_acknowledged(&event);
        }
    }

    async fn expect_refusal(&self, signature: Option<&str>, body: Bytes) {
        let status = relay::send(&self.fleet, signature, body.clone()).await;
        if status.is_some_and(|status| status != 401) {
            let event = event_id(&body);
            let what = format!("the forged event {event} was answered {status:?}, not 401");
            self.evidence.violation(what);
        }
    }
}

fn envelope(event: &str, kind: &str, run: &str) -> Bytes {
    let envelope = json!({
        "event_id": event, "event_type": kind, "api_version": "2026-02-25",
        "timestamp": "2026-02-25T10:00:00.000Z", "tenant_id": "t", "agent_id": "a",
        "data": {"run_id": run, "status": "failed"},
    });
    envelope.to_string().into()
}

fn run_of(body: &[u8]) -> String {
    let envelope: Value = serde_json::from_slice(body).expect("a JSON event");
    envelope["data"]["run_id"]
        .as_str()
        .expect("a run")
        .to_owned()
}
