//! A report is bought once, however often its company is asked for.

mod at_the_same_time;
mod forced;
mod held;
mod served;

use serde_json::json;
use warmsheet::flow::ports::{AttemptRef, LeadFilter};
use warmsheet::lead::run::LookOutcome;
use warmsheet::lead::{Decision, Status};

use super::Bench;
use super::scripted::{run, started};

impl Bench {
    /// A bench without reuse: only what is bought at the same time is bought once.
    async fn without_reuse() -> Self {
        let mut bench = Self::new().await;
        bench.flow.limits.reuse_for = None;
        bench
    }

    /// Adds a lead and buys its report.
    async fn report(&self, domain: &str) -> AttemptRef {
        let attempt = self.add(domain).await;
        self.buy(attempt, domain).await;
        self.end(domain, "completed").await;
        attempt
    }

    async fn buy(&self, attempt: AttemptRef, domain: &str) {
        self.api.will_start(started(domain));
        self.start(attempt).await;
        assert_eq!(self.status(attempt).await, Status::Waiting);
    }

    /// The run under way ends.
    async fn end(&self, domain: &str, status: &str) {
        let rows = json!({"result": {"exportRows": [{"name": "Ada"}, {"name": "Ben"}]}});
        self.api
            .will_look(LookOutcome::Run(run(domain, status, rows)));
        self.look().await;
    }

    async fn status(&self, attempt: AttemptRef) -> Status {
        self.lead(attempt).await.status
    }

    async fn decide(&self, attempt: AttemptRef, decision: Decision) {
        let id = self.lead(attempt).await.id;
        let now = self.clock.get();
        let decided = self.store.decide(&id, decision, false, now).await;
        decided.expect("decided");
    }

    async fn startable(&self) -> Vec<i64> {
        let queued = self.store.queued(&self.payer, None, &[], 10).await;
        let queued = queued.expect("read").into_iter();
        queued.map(|lead| lead.attempt.lead).collect()
    }

    /// Names in the rows of a lead's report.
    async fn names(&self, attempt: AttemptRef) -> Vec<String> {
        let filter = LeadFilter {
            seqs: Some(vec![attempt.lead]),
            ..LeadFilter::default()
        };
        let rows = self.store.result_rows(&filter, (0, 0), 10).await;
        let rows = rows.expect("read").into_iter();
        rows.map(|row| row.cells.as_str().to_owned()).collect()
    }
}
