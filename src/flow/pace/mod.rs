//! When a run is worth a look, as far as the runs until now tell.

pub mod live_cap;
pub mod look_schedule;
pub mod run_times;
pub mod webhook_trust;

use chrono::{DateTime, TimeDelta, Utc};

use self::look_schedule::LookSchedule;
use self::run_times::RunTimes;
use self::webhook_trust::WebhookTrust;
use super::ports::{LiveRun, Payer, RunTime, StoreError};
use super::{Flow, time_delta};

/// A look that nobody else needs the request of is worth it if its run has ended with this chance.
const WORTH_A_SPARE: f64 = 0.02;
/// While leads wait to be started, each look that finds nothing delays all of them: it must be this
/// sure, less so while little is known, since looks are what is learnt from.
const SURE: f64 = 0.9;
const SURE_AT_FIRST: f64 = 0.7;
/// So many ended runs are enough to be that sure.
const ENOUGH: usize = 6;
/// Until so many have ended, nobody knows how far apart they are: a look is worth what it tells, and the
/// last one is given that many times what the one in the middle takes.
const LEARNT: usize = 18;
const TAIL_AT_FIRST: f64 = 2.5;
/// So many of all runs end within the time that the last one is given: more where webhooks name them,
/// because nobody waits for looks then, and because those known to have ended are the quicker ones.
const NEARLY_ALL: f64 = 0.975;
const NEARLY_ALL_NAMED: f64 = 0.992;

/// What the runs of one account have told: how long they take, and what webhooks are worth.
#[derive(Debug, Clone)]
pub struct Pace {
    times: RunTimes,
    trust: WebhookTrust,
    schedule: LookSchedule,
}

/// How promising a look is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// That it finds the run ended, 0 to 1.
    pub chance: f64,
    /// For how long a result is expected to lie ready by then, seconds.
    pub delay: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl Pace {
    /// Nothing is known yet; runs are `speed` times faster than real ones.
    pub fn new(speed: f64) -> Self {
        Self {
            times: RunTimes::new(speed),
            trust: WebhookTrust::default(),
            schedule: LookSchedule::default().faster(speed),
        }
    }

    /// Forgets what was learnt and takes over what is stored: runs that have ended, the oldest
    /// first, and the age at which each that is under way was last seen going, by lead.
    pub fn take_over(&mut self, ended: &[RunTime], going: &[(i64, TimeDelta)]) {
        self.times = RunTimes::new(self.times.speed());
        self.trust = WebhookTrust::default();
        for run in ended {
            self.times.ended(run.took);
            self.trust.ended(run.named);
        }
        for (lead, age) in going {
            self.times.going(*lead, *age);
        }
        self.times.fit();
    }

    /// What a run tells of others that a look at this time found ended. `took`: as Citedy tells, between
    /// two times of its own clock; believed unless the run was seen going after that. `None` where nothing
    /// can be told: a retry has found a run that ended long ago, perhaps.
    pub fn time_of(
        &self,
        run: &LiveRun,
        took: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> Option<RunTime> {
        let seen = run.seen();
        let age = run.age(now).max(seen);
        let told = took.filter(|took| *took >= seen && *took <= LookSchedule::TOO_LONG);
        let took = match told {
            Some(took) => took,
            None if run.buy_if_missing => return None,
            // A hinted run became due when its webhook came.
            None if run.hinted => (run.due_at - run.since).clamp(seen, age),
            None => seen + (age - seen) / 2,
        };
        // A look that failed has cleared the hint.
        let named = run.hinted || (run.failed_looks > 0 && run.hints > 0);
        Some(RunTime { took, named })
    }

    /// That is stored now.
    pub fn ended(&mut self, lead: i64, time: Option<RunTime>) {
        self.times.gone(lead);
        if let Some(time) = time {
            self.times.ended(time.took);
            self.trust.ended(time.named);
            self.times.learn();
        }
    }

    /// A look at this time found the run going.
    pub fn going(&mut self, run: &LiveRun, now: DateTime<Utc>) {
        self.times.going(run.attempt.lead, run.age(now));
        self.times.learn();
    }

    /// Nobody waits for a run of this lead any more.
    pub fn gone(&mut self, lead: i64) {
        self.times.gone(lead);
    }

    /// What a look at a run promises now.
    pub fn promise(&self, run: &LiveRun, now: DateTime<Utc>) -> Promise {
        let (seen, age) = (run.seen(), run.age(now));
        let any = self.times.chance(seen, age);
        let chance = self.trust.unnamed_chance(any);
        let share = if any > 0.0 { chance / any } else { 0.0 };
        Promise {
            chance,
            delay: self.times.delay(seen, age) * share,
        }
    }

    /// Whether a look at a run is worth a request for what it tells of the others: few have ended, and of those
    /// seen going none was of such an age. Without it a first run that takes long would make all of them
    /// look long, and nobody would look again for minutes.
    pub fn teaches(&self, run: &LiveRun, now: DateTime<Utc>) -> bool {
        // The age of a run that a retry looks for is not told by how long that has gone on.
        let first_look = run.seen().is_zero() && !run.buy_if_missing;
        self.times.known() < LEARNT && first_look && self.times.is_beyond(run.age(now))
    }

    /// The chance that makes a look worth a request, `leads_wait`: that a start could use.
    pub fn worth_a_request(&self, leads_wait: bool) -> f64 {
        if !leads_wait {
            return self.worth_a_spare();
        }
        let known = self.times.known().min(ENOUGH) as f64 / ENOUGH as f64;
        (SURE_AT_FIRST + (SURE - SURE_AT_FIRST) * known) * self.ever()
    }

    /// The more webhooks name, the less they leave to be found by chance.
    fn worth_a_spare(&self) -> f64 {
        WORTH_A_SPARE + (SURE - WORTH_A_SPARE) * self.trust.of_the_most().powi(2)
    }

    /// From when on a look at a run is worth a request that nobody else needs.
    pub fn worth_a_spare_from(&self, run: &LiveRun) -> DateTime<Utc> {
        let chance = self.trust.chance_for(self.worth_a_spare());
        let overdue = run.seen() + self.schedule.interval(run.seen(), self.trust.share());
        let age = match self.times.age_at(run.seen(), chance) {
            Some(age) => age.max(run.seen() + self.rest(run)).min(overdue),
            None => overdue,
        };
        run.since + age
    }

    /// Whether a run has been left alone long enough since the last look.
    pub fn has_rested(&self, run: &LiveRun, now: DateTime<Utc>) -> bool {
        run.age(now) >= run.seen() + self.rest(run)
    }

    fn rest(&self, run: &LiveRun) -> TimeDelta {
        let seen = run.seen();
        let rest = self.schedule.shortest().max(seen / 50);
        rest.min(self.schedule.interval(seen, 0.0))
    }

    /// The share of runs that end at all, as far as can be expected: a run that takes very much longer
    /// than most is one that does not.
    fn ever(&self) -> f64 {
        let start = TimeDelta::zero();
        let middle = self.times.age_at(start, 0.5);
        let far_out = middle.map_or(TimeDelta::days(1), |middle| middle * RunTimes::FAR_OUT);
        self.times.chance(start, far_out)
    }

    /// Whether a run is to be looked at however unlikely it is to have ended: an estimate can be wrong,
    /// and a webhook lost.
    pub fn is_overdue(&self, run: &LiveRun, now: DateTime<Utc>) -> bool {
        let interval = self.schedule.interval(run.seen(), self.trust.share());
        run.age(now) - run.seen() >= interval
    }

    /// By when a run that was seen going at an age is to be looked at again: of many, those with the
    /// earliest of these times are the ones to choose among.
    pub fn look_by(
        &self,
        since: DateTime<Utc>,
        seen: TimeDelta,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let latest = now + self.schedule.interval(now - since, self.trust.share());
        match self
            .times
            .age_at(seen, self.trust.chance_for(SURE * self.ever()))
        {
            Some(age) => latest.min((since + age).max(now + self.schedule.shortest())),
            None => latest,
        }
    }

    /// How long the run that starts last has to be given, so that nobody waits for it alone in the end.
    pub fn tail(&self) -> TimeDelta {
        let start = TimeDelta::zero();
        let middle = self.times.age_at(start, 0.5);
        let Some(middle) = middle else {
            // Most never end: no start is the last one.
            return start;
        };
        if self.times.known() < LEARNT {
            return time_delta(middle.to_std().unwrap_or_default().mul_f64(TAIL_AT_FIRST));
        }
        let nearly = NEARLY_ALL + (NEARLY_ALL_NAMED - NEARLY_ALL) * self.trust.of_the_most();
        let tail = self.times.age_at(start, nearly * self.ever());
        tail.unwrap_or(middle)
    }
}

/// Takes over what is stored of this account's runs.
pub async fn recall(flow: &Flow, payer: &Payer) -> Result<(), StoreError> {
    let mut ended = flow
        .store
        .ended_runs(payer, RunTimes::LATEST as u32)
        .await?;
    ended.reverse();
    let going = flow.store.seen_going(payer).await?;
    let mut pace = flow.pace();
    pace.take_over(&ended, &going);
    let middle = pace.times.age_at(TimeDelta::zero(), 0.5);
    tracing::info!(
        runs = ended.len(),
        seconds = middle.map(|time| time.num_seconds()),
        "knows how long runs take"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
