//! The steps of a lead's story on the real store, under a clock and an API of our own: what
//! would take days, or an answer at just the wrong moment.

mod account;
mod errands;
mod ledger;
mod money;
mod notices;
mod overtaking;
mod privacy;
mod reuse;
mod scripted;
mod sign_ins;
mod starts;
#[path = "../support/mod.rs"]
mod support;
mod waits;
mod working;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use warmsheet::flow::intake::{Intake, IntakeRow, accept};
use warmsheet::flow::lease::Lease;
use warmsheet::flow::ports::{
    AttemptRef, HoldRule, LeadFilter, LeadView, LiveRun, Payer, Source, Spending, StartTerms, Store,
};
use warmsheet::flow::{Flow, Lesson, Limits, await_result, reuse as reports, start};
use warmsheet::lead::money::Limit;

use scripted::Scripted;
use support::flow::{SetClock, flow_over, lease_on, payer};

/// A flow on a fresh database.
struct Bench {
    flow: Flow,
    store: Arc<dyn Store>,
    api: Arc<Scripted>,
    clock: Arc<SetClock>,
    payer: Payer,
    lease: Arc<Lease>,
    folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        Self::with_cap(Limit::Unlimited).await
    }

    async fn with_cap(daily_credits: Limit) -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = support::store::fresh(folder.path()).await;
        Self::over(folder, store, daily_credits).await
    }

    async fn over(folder: TempDir, store: Arc<dyn Store>, daily_credits: Limit) -> Self {
        let api = Arc::new(Scripted::default());
        let clock = Arc::new(SetClock::default());
        let flow = flow_over(
            store.clone(),
            api.clone(),
            clock.clone(),
            limits(daily_credits),
        );
        Self {
            lease: lease_on(&*store).await,
            flow,
            store,
            api,
            clock,
            payer: payer("agent-1"),
            folder,
        }
    }

    /// Accepts one domain and answers its attempt.
    async fn add(&self, domain: &str) -> AttemptRef {
        let row = IntakeRow {
            domain: domain.to_owned(),
            ..IntakeRow::default()
        };
        self.add_row(row, HoldRule::Never).await
    }

    /// Accepts one row and answers its attempt.
    async fn add_row(&self, row: IntakeRow, hold: HoldRule) -> AttemptRef {
        let intake = Intake {
            source: Source::Api,
            source_name: String::new(),
            hold,
            rows: vec![row],
        };
        let accepted = accept(&self.flow, intake).await.expect("accepted");
        AttemptRef {
            lead: accepted.leads[0].seq,
            number: 1,
        }
    }

    /// Looks up and starts, as the dispatcher does.
    async fn start(&self, attempt: AttemptRef) -> Lesson {
        self.look_up().await;
        start::start(&self.flow, &self.lease, attempt, &self.payer)
            .await
            .expect("recorded")
    }

    /// What a paid call is checked against now.
    fn terms(&self) -> StartTerms {
        let now = self.clock.get();
        StartTerms {
            lease: self.lease.term.clone(),
            payer: self.payer.clone(),
            daily_credits: Limit::Unlimited,
            answered_by: now + TimeDelta::seconds(30),
            trusted_since: now - TimeDelta::days(1),
            reusable_since: None,
        }
    }

    async fn look_up(&self) {
        self.look_up_for(&self.payer).await;
    }

    async fn look_up_for(&self, payer: &Payer) {
        while reports::look_up(&self.flow, payer, None)
            .await
            .expect("looked up")
        {}
    }

    async fn look(&self) -> Lesson {
        let run = self.live().await.expect("a live run");
        await_result::look(&self.flow, &run)
            .await
            .expect("recorded")
    }

    async fn live(&self) -> Option<LiveRun> {
        self.store
            .live_runs(&self.payer, &[], 1)
            .await
            .expect("read")
            .pop()
    }

    async fn lead(&self, attempt: AttemptRef) -> LeadView {
        let filter = LeadFilter {
            seqs: Some(vec![attempt.lead]),
            ..LeadFilter::default()
        };
        let mut leads = self.store.oldest_leads(&filter, 0, 1).await.expect("read");
        leads.pop().expect("the lead")
    }

    async fn spending(&self) -> Spending {
        let day = self.clock.get().date_naive();
        self.store.spending(day).await.expect("read")
    }

    /// Leads whose outcome is unknown and whose next send is due.
    async fn due_again(&self, payer: &Payer) -> bool {
        let unresolved = self.store.unresolved(payer, &[], 1).await.expect("read");
        unresolved
            .first()
            .is_some_and(|lead| lead.due_at <= self.clock.get())
    }
}

fn limits(daily_credits: Limit) -> Limits {
    Limits {
        daily_credits,
        approve_above: Limit::Unlimited,
        reuse_for: Some(TimeDelta::days(30)),
    }
}

fn later(clock: &SetClock, by: TimeDelta) -> DateTime<Utc> {
    clock.advance(by);
    clock.get()
}
