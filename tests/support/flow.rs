//! What the steps of a lead's story share, without a service around them: under a clock that goes
//! when it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use warmsheet::flow::gate::StartGate;
use warmsheet::flow::health::Health;
use warmsheet::flow::lease::Lease;
use warmsheet::flow::ports::{CitedyApi, Clock, Payer, Store};
use warmsheet::flow::{Flow, Limits};

/// Nobody renews it: longer than any test takes.
const LEASE: Duration = Duration::from_secs(600);

/// A flow over these parts.
pub fn flow_over(
    store: Arc<dyn Store>,
    citedy: Arc<dyn CitedyApi>,
    clock: Arc<SetClock>,
    limits: Limits,
) -> Flow {
    Flow {
        store,
        citedy,
        clock,
        limits,
        kept_for: None,
        pace: Default::default(),
        gate: StartGate::default(),
        health: Health::default(),
        instance: "test".to_owned(),
        started_at: DateTime::UNIX_EPOCH,
        lease_lasts: LEASE,
        wake: Notify::new(),
        look_now: Default::default(),
        held_batches: Default::default(),
    }
}

/// The lease without which nothing is bought.
pub async fn lease_on(store: &dyn Store) -> Arc<Lease> {
    let lease = Lease::take(store, "agent:test", "test", LEASE).await;
    lease.expect("a database").expect("a free lease")
}

/// An agent's account at Citedy.
pub fn payer(agent: &str) -> Payer {
    Payer {
        origin: "https://www.citedy.com".to_owned(),
        agent: agent.to_owned(),
    }
}

/// A clock that goes when it is told to.
pub struct SetClock(Mutex<DateTime<Utc>>);

impl Default for SetClock {
    fn default() -> Self {
        Self(Mutex::new("2026-03-01T12:00:00Z".parse().expect("a time")))
    }
}

impl SetClock {
    pub fn get(&self) -> DateTime<Utc> {
        *self.0.lock().expect("the clock")
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("the clock") += by;
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        self.get()
    }
}
