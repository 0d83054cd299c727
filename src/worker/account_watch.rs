//! When the account is to be asked, and whose key this is by its last answer.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::Id;

use crate::flow::ports::{Pause, Payer};

/// While all is well the balance is asked for this often; it also keeps the agent alive.
const ACCOUNT_EVERY: TimeDelta = TimeDelta::hours(4);
/// While paused for credits or the key: at first so often, later rarer.
const PROBE_FIRST: TimeDelta = TimeDelta::seconds(15);
const PROBE_LAST: TimeDelta = TimeDelta::minutes(15);

/// What is known of the account, and the one question about it that may be under way.
pub(super) struct AccountWatch {
    payer: Option<Payer>,
    /// The last news of the account that was acted on.
    news: String,
    /// The request that asks now.
    task: Option<Id>,
    due: DateTime<Utc>,
    /// Answers since the last pause that ends by itself began.
    probes: u32,
}

impl AccountWatch {
    pub fn new(payer: Option<Payer>, news: String, now: DateTime<Utc>) -> Self {
        Self {
            payer,
            news,
            task: None,
            due: now,
            probes: 0,
        }
    }

    /// The account that runs are bought with, once it is known.
    pub fn payer(&self) -> Option<&Payer> {
        self.payer.as_ref()
    }

    /// News that were not acted on yet make it due at once.
    pub fn hear(&mut self, news: String, now: DateTime<Utc>) {
        if news != self.news {
            self.news = news;
            self.due = now;
        }
    }

    /// When to ask next; `None` while an answer is awaited.
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.task.is_none().then_some(self.due)
    }

    /// The same under these pauses: one that ends by itself is probed for.
    pub fn due_under(&mut self, pauses: &[Pause]) -> Option<DateTime<Utc>> {
        let probed: Vec<&Pause> = pauses.iter().filter(|p| p.kind.ends_by_itself()).collect();
        if probed.is_empty() {
            self.probes = 0;
        }
        let due = self.due()?;
        let asked = self.due - ACCOUNT_EVERY;
        let probe = |pause: &&Pause| pause.since.max(asked) + self.probe_pause();
        let sooner = probed.iter().map(probe).min();
        Some(sooner.map_or(due, |probe| probe.min(due)))
    }

    /// This request asks now.
    pub fn asks(&mut self, task: Id) {
        self.task = Some(task);
    }

    /// A request has ended; if it is the one that asked, its answer is learnt.
    pub fn ended(&mut self, task: Id, payer: Option<Payer>, now: DateTime<Utc>) {
        if self.task != Some(task) {
            return;
        }
        self.task = None;
        self.probes = self.probes.saturating_add(1);
        if payer.is_some() {
            self.due = now + ACCOUNT_EVERY;
            self.payer = payer;
        } else {
            self.due = now
                + match self.payer {
                    Some(_) => PROBE_LAST,
                    None => self.probe_pause(),
                };
        }
    }

    fn probe_pause(&self) -> TimeDelta {
        (PROBE_FIRST * 2_i32.pow(self.probes.min(8))).min(PROBE_LAST)
    }
}
