//! How a lead moves from one state to the next. Knows the outside only through [`ports`].

pub mod account;
pub mod await_result;
pub mod balance;
pub mod budget;
pub mod collect;
pub mod decide;
pub mod deliver_to;
pub mod deliver_when;
pub mod errand;
pub mod finish_day;
pub mod forget;
pub mod gate;
pub mod guard;
pub mod health;
pub mod held_batches;
pub mod intake;
pub mod lease;
pub mod live;
pub mod look_now;
pub mod meter;
pub mod next_request;
pub mod notify;
pub mod pace;
mod parked;
pub mod pause;
mod persist;
pub mod ports;
pub mod preview;
pub mod restore;
pub mod retention;
pub mod reuse;
pub mod sheet;
pub mod start;
pub mod story;
pub mod time_left;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use crate::flow::gate::StartGate;
use crate::flow::health::{Health, InstanceHealth};
use crate::flow::pace::Pace;
use crate::flow::ports::{CitedyApi, Clock, HoldRule, Store};
use crate::lead::money::Limit;

/// What the steps of a lead's story share.
pub struct Flow {
    pub store: Arc<dyn Store>,
    pub citedy: Arc<dyn CitedyApi>,
    pub clock: Arc<dyn Clock>,
    pub limits: Limits,
    /// How long results are kept; `None`: until somebody removes them.
    pub kept_for: Option<TimeDelta>,
    /// What the runs of the account that is driven here have told.
    pub pace: Mutex<Pace>,
    /// Every paid call passes through here; closing it is what makes a stop stop.
    pub gate: StartGate,
    /// How the parts that read and write outside are doing.
    pub health: Health,
    /// This process among others on the same database, for people and leases.
    pub instance: String,
    pub started_at: DateTime<Utc>,
    /// How long its leases last.
    pub lease_lasts: std::time::Duration,
    /// Rung when something new may be due, so that nobody waits for the next tick.
    pub wake: Notify,
    /// Rung when spreadsheets are to be read before their time.
    pub look_now: look_now::LookNow,
    /// What waits for approval, as it was read last.
    pub held_batches: held_batches::HeldBatches,
}

/// The spending guard's settings.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Credits a UTC day, reservations included.
    pub daily_credits: Limit,
    /// New leads in one batch above which a person must approve.
    pub approve_above: Limit,
    /// How long a report serves other leads for the same company; `None`: not at all.
    pub reuse_for: Option<TimeDelta>,
}

impl Flow {
    /// Not to be held across an `await`.
    pub fn pace(&self) -> MutexGuard<'_, Pace> {
        // Whoever panicked with it left it as good as it was.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this instance tells of itself.
    pub fn instance_health(&self) -> InstanceHealth {
        InstanceHealth {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            parts: self.health.parts(),
            refused_webhooks: self.health.refused_webhooks(),
            budget: self.health.budget(),
        }
    }
}

impl Limits {
    /// Reports stored before that time serve no other lead any more.
    pub fn reusable_since(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.reuse_for
            .map(|time| now.checked_sub_signed(time).unwrap_or_default())
    }

    /// When a batch of unremarkable origin waits for a person.
    pub fn hold_rule(self) -> HoldRule {
        match self.approve_above {
            Limit::AtMost(most) => HoldRule::Above(most.unsigned_abs()),
            Limit::Unlimited => HoldRule::Never,
        }
    }
}

/// What a request to Citedy taught about the requests that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    /// The API answers.
    Fine,
    /// It has begun a run that was not there before.
    Started,
    /// 429: wait this long, then slowly.
    SlowDown(std::time::Duration),
    /// 429 to a first send: too many requests, or too many runs under way.
    NoMoreStarts(std::time::Duration),
    /// No answer, or none that makes sense: leave it alone for a while.
    Trouble,
    /// The API stopped starts: out of credits, or the key is refused.
    NoStarts,
    /// No request was made: pause or cap stands in the way.
    NotAllowed,
    /// No request was made: there was nothing to do.
    Nothing,
}

/// A waiting time as the clock counts; one beyond all counting is the longest there is.
pub(crate) fn time_delta(duration: std::time::Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX)
}
