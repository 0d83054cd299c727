//! How long runs take, learnt from the runs themselves.
//!
//! Citedy does not publish it, so it is estimated from the latest runs that have ended and from
//! those that were seen going: the share of runs that last longer than a time, in steps that grow
//! with the time (a product-limit estimate, Kaplan and Meier 1958), drawn towards a log-normal
//! distribution of the same data, more so while that explains them (Susarla and Van Ryzin 1976). Two
//! kinds of companies, a quick and a slow one, are two kinds of steps in it; runs that never end are a
//! share that it never counts as done.

use std::collections::{HashMap, VecDeque};

use chrono::TimeDelta;

/// The first step ends there, seconds; each is longer than the one before by this factor.
const FIRST_STEP: f64 = 2.0;
const GROWTH: f64 = 1.14;
/// The last one ends after some two weeks.
const STEPS: usize = 102;
/// What is believed of runs before any has ended: their median in seconds.
const FIRST_GUESS: f64 = 90.0;
/// And what that belief is worth in runs, for the median and for the spread of their logarithms.
const GUESS_WEIGHT: f64 = 0.3;
const SPREAD_WEIGHT: f64 = 2.0;
/// Variance of the logarithm: of runs of one kind, and what is not known of their median.
const SPREAD: f64 = 0.49;
const UNCERTAIN: f64 = 0.5;
/// What the log-normal distribution is worth in runs: if it explains them, and if it does not.
const SMOOTHING: f64 = 60.0;
const SMOOTHING_LEAST: f64 = 15.0;
/// Runs that differ in their length by less than so many steps, five times, may be of one kind.
const APART: usize = 12;
/// Rounds until it fits; later ones change nothing that matters.
const ROUNDS: usize = 12;
/// Parts that an expected delay is summed up of.
const PARTS: u32 = 6;

/// The share of runs that last longer than the beginning of each step, and than the last.
type Shares = [f64; STEPS + 1];

/// The learnt times.
#[derive(Debug, Clone)]
pub struct RunTimes {
    /// Seconds of theirs for a second here: a sandbox may be faster than the service.
    speed: f64,
    /// Steps in which the latest runs ended, the oldest first.
    ended: VecDeque<usize>,
    ended_in: [f64; STEPS],
    /// Runs under way, by lead, with the step in which each was last seen going.
    going: HashMap<i64, usize>,
    going_in: [f64; STEPS],
    lasting: Shares,
    /// News since that was worked out.
    news: usize,
}

impl RunTimes {
    /// Ended runs that count; older ones tell of another time.
    pub const LATEST: usize = 300;
    /// A run that takes so many times longer than the one in the middle is one that does not end: it tells
    /// nothing of how long others take. Where all take hours, the first guess stands until one has ended.
    pub const FAR_OUT: i32 = 40;

    /// Nothing is known; runs are that much faster than real ones.
    pub fn new(speed: f64) -> Self {
        let mut times = Self {
            speed: if speed > 0.0 { speed } else { 1.0 },
            ended: VecDeque::new(),
            ended_in: [0.0; STEPS],
            going: HashMap::new(),
            going_in: [0.0; STEPS],
            lasting: [1.0; STEPS + 1],
            news: 0,
        };
        times.fit();
        times
    }

    /// How many ended runs this rests on.
    pub fn known(&self) -> usize {
        self.ended.len()
    }

    /// How many times faster than real runs they are.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// A run has ended after so long.
    pub fn ended(&mut self, took: TimeDelta) {
        let step = step(self.seconds(took));
        self.ended.push_back(step);
        self.ended_in[step] += 1.0;
        if self.ended.len() > Self::LATEST
            && let Some(old) = self.ended.pop_front()
        {
            self.ended_in[old] -= 1.0;
        }
    }

    /// This lead's run was seen going at that age.
    pub fn going(&mut self, lead: i64, age: TimeDelta) {
        self.gone(lead);
        let step = step(self.seconds(age));
        self.going.insert(lead, step);
        self.going_in[step] += 1.0;
    }

    /// Nobody waits for a run of this lead any more.
    pub fn gone(&mut self, lead: i64) {
        if let Some(step) = self.going.remove(&lead) {
            self.going_in[step] -= 1.0;
        }
    }

    /// Whether runs were seen going before such an age, and none then or not long after.
    pub fn is_beyond(&self, age: TimeDelta) -> bool {
        let step = step(self.seconds(age));
        let any = |runs: &[f64]| runs.iter().any(|runs| *runs > 0.0);
        let later = (step + APART).min(STEPS);
        any(&self.going_in[..step]) && !any(&self.going_in[step..later])
    }

    /// The chance that a run has ended at an age, if it was seen going at an earlier one.
    pub fn chance(&self, seen: TimeDelta, age: TimeDelta) -> f64 {
        self.chance_of(self.seconds(seen), self.seconds(age))
    }

    /// For how long its result is expected to lie ready at that age, seconds.
    pub fn delay(&self, seen: TimeDelta, age: TimeDelta) -> f64 {
        let (seen, age) = (self.seconds(seen), self.seconds(age));
        let part = (age - seen).max(0.0) / f64::from(PARTS);
        let at = |n: u32| seen + part * (f64::from(n) + 0.5);
        let sum: f64 = (0..PARTS).map(|n| self.chance_of(seen, at(n))).sum();
        sum * part / self.speed
    }

    /// The age at which that chance is reached; `None` if it is not within two weeks.
    pub fn age_at(&self, seen: TimeDelta, chance: f64) -> Option<TimeDelta> {
        let wanted = self.lasting_at(self.seconds(seen)) * (1.0 - chance);
        let step = (0..=STEPS).find(|step| self.lasting[*step] <= wanted)?;
        let end = beginning(step);
        let Some(before) = step.checked_sub(1) else {
            return Some(self.time(end));
        };
        let (high, low) = (self.lasting[before].ln(), self.lasting[step].ln());
        let part = if high > low {
            (high - wanted.ln()) / (high - low)
        } else {
            1.0
        };
        Some(self.time(end / GROWTH.powf(1.0 - part.clamp(0.0, 1.0))))
    }

    fn chance_of(&self, seen: f64, age: f64) -> f64 {
        let before = self.lasting_at(seen);
        if before <= 0.0 || age <= seen {
            return 0.0;
        }
        (1.0 - self.lasting_at(age) / before).clamp(0.0, 1.0)
    }

    /// The share of runs that last longer than so many seconds.
    fn lasting_at(&self, seconds: f64) -> f64 {
        if seconds <= FIRST_STEP {
            return 1.0;
        }
        let place = ((seconds / FIRST_STEP).ln() / GROWTH.ln()).min(STEPS as f64 - 1e-6);
        let (step, part) = (place as usize, place.fract());
        let (from, to) = (self.lasting[step], self.lasting[step + 1]);
        from.powf(1.0 - part) * to.powf(part)
    }

    /// Takes news into account, once there is enough of it: what that costs a run stays the same
    /// however many are known.
    pub fn learn(&mut self) {
        self.news += 1;
        if self.news > self.ended.len() / 50 {
            self.fit();
        }
    }

    /// Works out the shares again.
    pub fn fit(&mut self) {
        self.news = 0;
        let expected = self.expected();
        let by_chance = self.by_chance(&expected);
        let smoothing = SMOOTHING_LEAST + (SMOOTHING - SMOOTHING_LEAST) * by_chance;
        self.lasting = self.product_limit(&expected, smoothing);
    }

    /// As the log-normal distribution has it that fits the runs best.
    fn expected(&self) -> Shares {
        let (middle, spread) = self.log_normal();
        std::array::from_fn(|step| longer_than((beginning(step).ln() - middle) / spread))
    }

    /// The chance that runs of this distribution are as far from it as these (Kolmogorov and Smirnov); too
    /// large, since it was fitted to them.
    fn by_chance(&self, expected: &Shares) -> f64 {
        let seen = self.product_limit(expected, 0.0);
        let steps = self.ended_in.iter().rposition(|runs| *runs > 0.0);
        let distances = seen
            .iter()
            .zip(expected)
            .take(steps.map_or(0, |last| last + 1));
        let furthest = distances.fold(0.0, |most: f64, (seen, expected)| {
            most.max((seen - expected).abs())
        });
        (2.0 * (-2.0 * self.known() as f64 * furthest.powi(2)).exp()).min(1.0)
    }

    /// The share that lasts longer than the beginning of each step, drawn towards what is expected as if that
    /// were so many runs.
    fn product_limit(&self, expected: &Shares, smoothing: f64) -> Shares {
        // Who is seen going in a step was at risk in all before.
        let mut at_risk: f64 =
            self.ended_in.iter().sum::<f64>() + self.going_in.iter().sum::<f64>();
        let mut lasting = [1.0; STEPS + 1];
        for step in 0..STEPS {
            at_risk -= self.going_in[step];
            let (now, then) = (expected[step], expected[step + 1]);
            let ends = self.ended_in[step] + smoothing * (now - then);
            let of = (at_risk + smoothing * now).max(1e-9);
            at_risk -= self.ended_in[step];
            lasting[step + 1] = lasting[step] * (1.0 - (ends / of).min(0.9999));
        }
        lasting
    }

    /// Mean and deviation of the logarithms of the seconds, with those that go on counted as long
    /// as they may be expected to last, but for those that do not end.
    fn log_normal(&self) -> (f64, f64) {
        let guess = FIRST_GUESS.ln();
        let ended: f64 = self.ended_in.iter().sum();
        let prior = SPREAD + UNCERTAIN / (1.0 + ended);
        let (mut middle, mut spread) = (guess, prior.sqrt());
        for _ in 0..ROUNDS {
            let (mut number, mut sum, mut squares) = (0.0, 0.0, 0.0);
            for step in 0..STEPS {
                let log = centre(step).ln();
                let count = self.ended_in[step];
                number += count;
                sum += count * log;
                squares += count * log * log;
                let count = self.going_in[step];
                let far_out = beginning(step).ln() > middle + f64::from(Self::FAR_OUT).ln();
                if count > 0.0 && step > 0 && !far_out {
                    let from = (beginning(step).ln() - middle) / spread;
                    // Far out the quotient of two tiny numbers is nearly this.
                    let hazard = if from > 5.0 {
                        from + 1.0 / from
                    } else {
                        density(from) / longer_than(from)
                    };
                    let mean = middle + spread * hazard;
                    let variance = spread * spread * (1.0 + from * hazard - hazard * hazard);
                    number += count;
                    sum += count * mean;
                    squares += count * (variance.max(0.0) + mean * mean);
                }
            }
            let mean = (sum + GUESS_WEIGHT * guess) / (number + GUESS_WEIGHT);
            let around = squares - 2.0 * mean * sum + number * mean * mean;
            let off = (guess - mean).powi(2).min(1.0) * GUESS_WEIGHT;
            let variance = (around + SPREAD_WEIGHT * prior + off) / (number + SPREAD_WEIGHT);
            (middle, spread) = (mean, variance.max(0.01).sqrt());
        }
        (middle, spread)
    }

    /// Seconds as the service would take.
    fn seconds(&self, time: TimeDelta) -> f64 {
        time.as_seconds_f64().max(0.0) * self.speed
    }

    fn time(&self, seconds: f64) -> TimeDelta {
        TimeDelta::microseconds((seconds / self.speed * 1e6) as i64)
    }
}

fn beginning(step: usize) -> f64 {
    FIRST_STEP * GROWTH.powf(step as f64)
}

fn centre(step: usize) -> f64 {
    beginning(step) * GROWTH.sqrt()
}

/// The step that a time lies in; the first one holds all that is shorter.
fn step(seconds: f64) -> usize {
    let place = (seconds / FIRST_STEP).max(1.0).ln() / GROWTH.ln();
    (place as usize).min(STEPS - 1)
}

/// The share of a normal distribution above so many deviations.
fn longer_than(deviations: f64) -> f64 {
    libm::erfc(deviations / std::f64::consts::SQRT_2) / 2.0
}

fn density(deviations: f64) -> f64 {
    (-deviations * deviations / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests;
