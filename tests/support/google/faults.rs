//! What goes wrong on the way.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Which calls something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Everything that reads from the Sheets API.
    Reads,
    /// Everything that writes to the Sheets API.
    Writes,
    /// The question to Drive.
    Drive,
    /// The token endpoint.
    Tokens,
    /// Everything but the token endpoint.
    Any,
}

impl Calls {
    pub fn include(self, call: Self) -> bool {
        self == call || (self == Self::Any && call != Self::Tokens)
    }
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Does what is asked and cuts the connection without an answer.
    LoseAnswerAfterApply,
    /// Cuts the connection without doing what is asked.
    LoseRequest,
    /// Answers this status and does nothing.
    FailBeforeApply(u16),
    /// Answers this status and does nothing; the second number becomes `Retry-After`.
    FailWithRetryAfter(u16, u32),
    /// Does what is asked and answers this status.
    FailAfterApply(u16),
    /// Does nothing and never answers.
    Hang,
    /// Does what is asked and never answers.
    HangAfterApply,
    /// Does what is asked and answers 200 with half of the JSON.
    Garbage,
    /// Cuts the connection and does what is asked only when the test calls `apply_late`.
    ApplyLate,
}

/// Faults that wait for their call, and those that chance brings.
#[derive(Default)]
pub struct Faults {
    waiting: Vec<(Calls, Fault)>,
    chance: Option<Chance>,
}

struct Chance {
    calls: Calls,
    rate: f64,
    faults: Vec<Fault>,
    random: StdRng,
}

impl Faults {
    pub fn push(&mut self, calls: Calls, fault: Fault) {
        self.waiting.push((calls, fault));
    }

    pub fn at_random(&mut self, calls: Calls, seed: u64, rate: f64, faults: Vec<Fault>) {
        let random = StdRng::seed_from_u64(seed);
        self.chance = (rate > 0.0 && !faults.is_empty()).then_some(Chance {
            calls,
            rate,
            faults,
            random,
        });
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The fault of this call, if it has one.
    pub fn next(&mut self, call: Calls) -> Option<Fault> {
        if let Some(at) = self
            .waiting
            .iter()
            .position(|(calls, _)| calls.include(call))
        {
            return Some(self.waiting.remove(at).1);
        }
        let chance = self.chance.as_mut()?;
        if !chance.calls.include(call) || !chance.random.random_bool(chance.rate.min(1.0)) {
            return None;
        }
        let which = chance.random.random_range(0..chance.faults.len());
        chance.faults.get(which).copied()
    }
}
