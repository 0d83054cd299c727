//! A whole list from the first start to the last result, as the dispatcher would do it.

use chrono::{DateTime, TimeDelta, Utc};
use warmsheet::flow::budget::RequestBudget;
use warmsheet::flow::next_request::{Known, Next, Turns, next_request};
use warmsheet::flow::pace::Pace;
use warmsheet::flow::pace::live_cap::LiveCap;
use warmsheet::flow::ports::{AttemptRef, LiveRun, QueuedLead, WorkLeft};
use warmsheet::lead::LeadId;

use super::api::{Allows, Api};
use super::company::Company;

/// As many as the dispatcher looks at.
const IN_VIEW: usize = 64;

#[derive(Debug, Clone)]
pub struct Setting {
    pub allows: Allows,
    /// What earlier runs have told.
    pub pace: Pace,
    /// From a run's end to its webhook.
    pub webhook_after: TimeDelta,
    /// How long it goes on while there is something left that may end.
    pub patience: TimeDelta,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            allows: Allows::default(),
            pace: Pace::default(),
            webhook_after: TimeDelta::seconds(1),
            patience: TimeDelta::hours(12),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// When each result was there, seconds, in the order in which they came.
    pub results: Vec<f64>,
    pub requests: usize,
    pub refused: usize,
    pub pace: Pace,
}

impl Outcome {
    pub fn makespan(&self) -> f64 {
        self.results.last().copied().unwrap_or(f64::INFINITY)
    }

    pub fn mean(&self) -> f64 {
        self.results.iter().sum::<f64>() / self.results.len() as f64
    }
}

struct Simulation<'a> {
    list: &'a [Company],
    setting: &'a Setting,
    now: DateTime<Utc>,
    api: Api,
    budget: RequestBudget,
    pace: Pace,
    cap: LiveCap,
    turns: Turns,
    started: usize,
    live: Vec<LiveRun>,
    results: Vec<f64>,
}

fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// Simulates the list until the last run that ends has been fetched.
pub fn run(list: &[Company], setting: &Setting) -> Outcome {
    let mut simulation = Simulation {
        list,
        setting,
        now: began(),
        api: Api::new(setting.allows, began()),
        budget: RequestBudget::new(60, began()),
        pace: setting.pace.clone(),
        cap: LiveCap::default(),
        turns: Turns::default(),
        started: 0,
        live: Vec::new(),
        results: Vec::new(),
    };
    let ending = list
        .iter()
        .filter(|company| company.takes.is_some())
        .count();
    while simulation.results.len() < ending && simulation.now - began() < setting.patience {
        simulation.step();
    }
    Outcome {
        results: simulation.results,
        requests: simulation.api.counted,
        refused: simulation.api.refused,
        pace: simulation.pace,
    }
}

impl Simulation<'_> {
    fn step(&mut self) {
        self.hear();
        let known = self.known();
        let choice = next_request(self.now, &self.budget, &self.pace, &known);
        self.turns.taken(&choice, &self.pace, self.now);
        match choice {
            Next::Wait(until) => self.wait(until),
            Next::Start(_) => self.start(),
            Next::Look(run) => self.look(&run),
            Next::Account | Next::Errand(_) => panic!("nobody asked"),
        }
    }

    fn known(&self) -> Known {
        let mut runs = self.live.clone();
        runs.sort_by_key(|run| (!run.hinted, run.due_at));
        runs.truncate(IN_VIEW);
        let queued = self.list.len() - self.started;
        Known {
            runs,
            queued: (queued > 0).then(|| QueuedLead {
                attempt: attempt(self.started),
                due_at: began(),
            }),
            left: WorkLeft {
                queued: queued as u64,
                live: self.live.len() as u64,
            },
            live_cap: self.cap,
            starts_from: Some(self.now),
            looks_from: Some(self.now),
            turns: self.turns,
            ..Known::default()
        }
    }

    /// Counts a request at both ends.
    fn request(&mut self) -> Result<(), TimeDelta> {
        self.budget.take(self.now);
        let admitted = self.api.request(self.now);
        self.budget.answered(self.now);
        admitted
    }

    fn start(&mut self) {
        let company = self.list[self.started];
        let others = self.live.len() as u64;
        let tries = self.cap.sent(others, self.now);
        let begun = self
            .request()
            .and_then(|()| self.api.begin(company.takes, self.now));
        match begun {
            Ok(_) => {
                if tries {
                    self.cap.taken(self.now);
                }
                self.live.push(LiveRun {
                    attempt: attempt(self.started),
                    lead_id: LeadId::random(),
                    run_id: self.started.to_string(),
                    since: self.now,
                    seen_at: None,
                    due_at: self.pace.look_by(self.now, TimeDelta::zero(), self.now),
                    hinted: false,
                    hints: 0,
                    failed_looks: 0,
                    misses: 0,
                    missing_since: None,
                    buy_if_missing: false,
                });
                self.started += 1;
            }
            Err(wait) => {
                if self.cap.refused(others, wait, self.now) {
                    self.budget.rest_for(self.now, wait);
                } else {
                    self.budget.refused(self.now, wait);
                }
            }
        }
    }

    fn look(&mut self, run: &LiveRun) {
        if let Err(wait) = self.request() {
            self.budget.refused(self.now, wait);
            return;
        }
        let lead = run.attempt.lead;
        let place = self.live.iter().position(|live| live.attempt.lead == lead);
        let place = place.expect("a live run");
        let took = self.list[lead as usize].takes;
        if self.end(run).is_some_and(|end| end <= self.now) {
            self.live.remove(place);
            let time = self.pace.time_of(run, took, self.now);
            self.pace.ended(lead, time);
            self.results.push((self.now - began()).as_seconds_f64());
            return;
        }
        self.pace.going(run, self.now);
        let due_at = self.pace.look_by(run.since, run.age(self.now), self.now);
        let live = &mut self.live[place];
        live.seen_at = Some(self.now);
        live.due_at = due_at;
    }

    fn end(&self, run: &LiveRun) -> Option<DateTime<Utc>> {
        self.api.ends[run.attempt.lead as usize]
    }

    fn heard_at(&self, run: &LiveRun) -> Option<DateTime<Utc>> {
        let company = self.list[run.attempt.lead as usize];
        let told = company.webhook && run.hints == 0;
        self.end(run)
            .filter(|_| told)
            .map(|end| end + self.setting.webhook_after)
    }

    /// Webhooks that have come.
    fn hear(&mut self) {
        for place in 0..self.live.len() {
            let heard = self.heard_at(&self.live[place]);
            if heard.is_some_and(|at| at <= self.now) {
                let run = &mut self.live[place];
                run.hinted = true;
                run.hints = 1;
                run.due_at = heard.unwrap_or(self.now);
            }
        }
    }

    fn wait(&mut self, until: Option<DateTime<Utc>>) {
        let heard = self.live.iter().filter_map(|run| self.heard_at(run)).min();
        let next = until
            .into_iter()
            .chain(heard)
            .min()
            .expect("something to wait for");
        assert!(next > self.now, "it asks again at once");
        self.now = next;
    }
}

fn attempt(lead: usize) -> AttemptRef {
    AttemptRef {
        lead: i64::try_from(lead).expect("a small number"),
        number: 1,
    }
}
