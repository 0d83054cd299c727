//! How things stand in the database, read at a scrape.

use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::flow::Flow;
use crate::flow::account::known_payer;
use crate::flow::guard::Guard;
use crate::flow::ports::{Counts, LeadFilter, PauseKind, Payer, StoreError, WorkFigures};
use crate::lead::Status;

/// The database's figures at one moment.
pub struct Figures {
    at: DateTime<Utc>,
    leads: Counts,
    guard: Guard,
    /// Since when the next lead to start could have been started.
    next_since: Option<DateTime<Utc>>,
    work: WorkFigures,
}

impl Figures {
    /// A few statements, all of them by index or from sums that are kept.
    pub async fn read(flow: &Flow) -> Result<Self, StoreError> {
        let store = &flow.store;
        // Before the account was ever told, none is the one that others buy for.
        let payer = known_payer(flow).await?.unwrap_or_else(|| Payer {
            origin: flow.citedy.origin(),
            agent: String::new(),
        });
        let next = store.queued(&payer, None, &[], 1).await?;
        Ok(Self {
            at: flow.clock.now(),
            leads: store.counts(&LeadFilter::default()).await?,
            guard: Guard::read(flow).await?,
            next_since: next.first().map(|lead| lead.due_at),
            work: store.work_figures().await?,
        })
    }

    /// Sets each of them at the recorder that is listening.
    pub fn set(&self) {
        self.set_leads();
        self.set_work();
        self.set_money();
    }

    fn set_leads(&self) {
        for status in Status::ALL {
            let found = self.leads.iter().find(|(one, _)| *one == status);
            let count = found.map_or(0, |(_, count)| *count);
            gauge_of(
                "warmsheet_leads",
                "Leads by state.",
                &[("status", status.as_str())],
                count as f64,
            );
        }
    }

    fn set_work(&self) {
        gauge_of(
            "warmsheet_queue_age_seconds",
            "How long the next lead to start has been in the queue; 0 if none may start.",
            &[],
            self.age(self.next_since),
        );
        gauge_of(
            "warmsheet_last_start_timestamp_seconds",
            "When a report was last asked for under a new key, seconds since 1970; 0 if never.",
            &[],
            self.work.last_sent.map_or(0.0, |at| at.timestamp() as f64),
        );
        for (destination, since) in [
            ("folder", self.work.folder_undelivered),
            ("sheet", self.work.sheet_undelivered),
        ] {
            gauge_of(
                "warmsheet_delivery_lag_seconds",
                "How long the oldest news has been waiting to be delivered; 0 if none waits.",
                &[("destination", destination)],
                self.age(since),
            );
        }
        for kind in PauseKind::ALL {
            let paused = self.guard.pauses.iter().any(|pause| pause.kind == kind);
            gauge_of(
                "warmsheet_paused",
                "1 while paid calls are paused for this reason, else 0.",
                &[("reason", kind.as_str())],
                f64::from(u8::from(paused)),
            );
        }
    }

    fn set_money(&self) {
        let spending = &self.guard.spending;
        describe_counter!(
            "warmsheet_credits_charged_total",
            "Credits charged, as the ledger has them."
        );
        counter!("warmsheet_credits_charged_total").absolute(spending.charged.unsigned_abs());
        let figures = [
            (
                "warmsheet_credits_spent_today",
                "Credits charged or reserved today (UTC): what counts against the cap.",
                Some(spending.today),
            ),
            (
                "warmsheet_credits_reserved",
                "Of today's credits, reserved for calls whose charge is not known yet.",
                Some(spending.reserved),
            ),
            (
                "warmsheet_attempts_unknown",
                "Paid calls that nobody has answered for; each keeps its credits reserved.",
                Some(spending.unknown),
            ),
            (
                "warmsheet_daily_credits_left",
                "Credits that may be spent today yet; left out without a cap.",
                self.guard
                    .daily_credits
                    .at_most()
                    .map(|cap| (cap - spending.today).max(0)),
            ),
            (
                "warmsheet_cap_reached",
                "1 if the day's cap allows no further report, else 0.",
                Some(i64::from(self.guard.cap_reached())),
            ),
            (
                "warmsheet_credits_balance",
                "The balance that Citedy told last; left out until it told one.",
                spending.balance,
            ),
        ];
        for (name, help, figure) in figures {
            if let Some(figure) = figure {
                gauge_of(name, help, &[], figure as f64);
            }
        }
    }

    fn age(&self, since: Option<DateTime<Utc>>) -> f64 {
        let age = since.map_or(TimeDelta::zero(), |since| self.at - since);
        age.max(TimeDelta::zero()).as_seconds_f64()
    }
}

/// Sets one gauge at the recorder that is listening.
pub fn gauge_of(
    name: &'static str,
    help: &'static str,
    labels: &[(&'static str, &'static str)],
    value: f64,
) {
    describe_gauge!(name, help);
    gauge!(name, labels).set(value);
}
