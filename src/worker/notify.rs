//! Sends notices: one loop a target, so that a slow one holds up nobody else.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::rest;
use crate::flow::lease::Lease;
use crate::flow::notify::{self, after_failure, message, slack_message};
use crate::flow::ports::{DueNotice, NoticeSender, NotifyTarget, SendOutcome, StoreError};
use crate::flow::{Flow, time_delta};
use crate::lead::notice::TargetKind;

/// Messages on their way to one target at once.
const AT_ONCE: usize = 4;
/// Notices that one turn takes up.
const MOST: u32 = 16;
/// And those that one message to people tells of.
const MOST_TOGETHER: u32 = 200;
/// So long events that are not urgent are gathered for one message.
pub const GATHER: TimeDelta = TimeDelta::seconds(15);
/// When nothing is due; whoever records something rings.
const LOOK: Duration = Duration::from_secs(1);
/// A target that asks for more would hear of a pause when it is long over.
const LONGEST_SILENCE: Duration = Duration::from_secs(3600);
/// How long a stop waits for answers.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// One target, and the way to it.
pub struct Outbox {
    flow: Arc<Flow>,
    pub target: NotifyTarget,
    sender: Arc<dyn NoticeSender>,
    /// Where people reach this service: what links begin with.
    public_url: Option<Url>,
    /// The target has asked to be left alone until then.
    not_before: DateTime<Utc>,
}

impl Outbox {
    pub fn new(
        flow: Arc<Flow>,
        target: NotifyTarget,
        sender: Arc<dyn NoticeSender>,
        public_url: Option<Url>,
    ) -> Self {
        Self {
            not_before: flow.clock.now(),
            flow,
            target,
            sender,
            public_url,
        }
    }

    /// Sends what is due now and answers how many notices that were, heard or not.
    pub async fn step(&mut self) -> Result<usize, StoreError> {
        let now = self.flow.clock.now();
        if now < self.not_before {
            return Ok(0);
        }
        match self.target.kind {
            TargetKind::Webhook => self.one_by_one(now).await,
            TargetKind::Slack => self.together(now).await,
        }
    }

    async fn one_by_one(&mut self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let store = &self.flow.store;
        let due = store.due_notices(&self.target.name, now, MOST).await?;
        let this = &*self;
        let sends = due.iter().map(|due| async move {
            let message = message(&due.notice, this.public_url.as_ref());
            let outcome = this.sender.send(&message).await;
            this.record(std::slice::from_ref(due), &outcome).await?;
            Ok::<_, StoreError>(outcome)
        });
        let sends: Vec<_> = sends.collect();
        let ended: Vec<_> = stream::iter(sends)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut fault = None;
        for outcome in ended {
            match outcome {
                Ok(outcome) => self.heed(&outcome),
                Err(error) => fault = Some(error),
            }
        }
        fault.map_or(Ok(due.len()), Err)
    }

    /// Once something is urgent, old enough or tried before, all that waits goes with it.
    async fn together(&mut self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let store = &self.flow.store;
        let due = store
            .due_notices(&self.target.name, now, MOST_TOGETHER)
            .await?;
        let full = due.len() >= MOST_TOGETHER as usize;
        let presses = |due: &DueNotice| {
            due.attempts > 0 || due.notice.kind.is_urgent() || due.notice.at <= now - GATHER
        };
        if !full && !due.iter().any(presses) {
            return Ok(0);
        }
        let notices: Vec<_> = due.iter().map(|due| &due.notice).collect();
        let message = slack_message(&notices, self.public_url.as_ref());
        let outcome = self.sender.send(&message).await;
        self.record(&due, &outcome).await?;
        self.heed(&outcome);
        Ok(due.len())
    }

    async fn record(&self, sent: &[DueNotice], outcome: &SendOutcome) -> Result<(), StoreError> {
        let now = self.flow.clock.now();
        let (store, target) = (&self.flow.store, &self.target.name);
        let (SendOutcome::Failed { why, .. } | SendOutcome::Gone { why }) = outcome else {
            let seqs: Vec<i64> = sent.iter().map(|due| due.notice.seq).collect();
            return store.record_notices_sent(target, &seqs, now).await;
        };
        // Those that went out together come back together.
        let random = rand::random();
        let failed: Vec<_> = sent
            .iter()
            .map(|due| after_failure(due.notice.seq, due.attempts, outcome, random, now))
            .collect();
        let dead = failed.iter().filter(|send| send.next.is_none()).count();
        store
            .record_notices_failed(target, &failed, why, now)
            .await?;
        if dead > 0 {
            tracing::error!(
                target_name = target,
                notices = dead,
                why,
                "notices are given up; the page about the system sends them again"
            );
        } else {
            tracing::warn!(
                target_name = target,
                why,
                "a notice was not taken; will try again"
            );
        }
        Ok(())
    }

    fn heed(&mut self, outcome: &SendOutcome) {
        if let SendOutcome::Failed {
            wait: Some(wait), ..
        } = outcome
        {
            let until = self.flow.clock.now() + time_delta((*wait).min(LONGEST_SILENCE));
            self.not_before = self.not_before.max(until);
        }
    }

    async fn run(mut self, lease: &Lease, stop: &CancellationToken) {
        let flow = self.flow.clone();
        while !stop.is_cancelled() && !lease.is_lost() {
            let step = tokio::select! {
                step = self.step() => step,
                () = lease.lost() => return,
                () = stopped(stop) => return,
            };
            match step {
                Ok(0) => {}
                // There may be more.
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(%error, "notices cannot be read or recorded; will try again");
                }
            }
            tokio::select! {
                () = rest(&flow, LOOK, stop) => {}
                () = lease.lost() => {}
            }
        }
    }
}

/// What is on its way a little after the stop was asked for goes out again, under the same id, at
/// the next start.
async fn stopped(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_WORDS).await;
}

/// Makes these the targets and sends to them until the lease is lost or the process stops.
pub async fn run(
    flow: Arc<Flow>,
    outboxes: Vec<Outbox>,
    lease: Arc<Lease>,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    let targets: Vec<NotifyTarget> = outboxes.iter().map(|one| one.target.clone()).collect();
    flow.store
        .set_notify_targets(&targets, flow.clock.now())
        .await?;
    let loops = outboxes.into_iter().map(|outbox| outbox.run(&lease, &stop));
    join_all(loops).await;
    Ok(())
}

/// Nobody is to be told here: forgets the targets of an earlier configuration, unless another
/// instance sends.
pub async fn forget_targets(flow: &Flow, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match try_to_forget(flow).await {
            Ok(true) => return stop.cancelled().await,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the targets of notices cannot be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK * 10) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn try_to_forget(flow: &Flow) -> Result<bool, StoreError> {
    let store = &flow.store;
    if store.notify_targets().await?.is_empty() {
        return Ok(true);
    }
    let taken = Lease::take(&**store, notify::LEASE, &flow.instance, flow.lease_lasts).await?;
    let Some(lease) = taken else {
        return Ok(false);
    };
    let forgotten = store.set_notify_targets(&[], flow.clock.now()).await;
    store.release_lease(&lease.term).await?;
    forgotten.map(|()| true)
}
