//! How a run goes: what becomes of it and how long that takes, as a pure function of the
//! domain, the seed and the time gone by. No run needs a task or a timer to move on.

use std::f64::consts::TAU;

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

use super::clock;
use super::config::Outcomes;

const MEDIAN_SECONDS: f64 = 90.0;
const SIGMA: f64 = 0.5;
const SLOW_FACTOR: f64 = 10.0;

/// When each status but the last begins, in per cent of the run's length.
const STAGES: [(Status, i32); 4] = [
    (Status::Queued, 0),
    (Status::SignalsRunning, 5),
    (Status::ContactsRunning, 45),
    (Status::DraftingRunning, 75),
];

/// The statuses of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Queued,
    SignalsRunning,
    ContactsRunning,
    DraftingRunning,
    Completed,
    Blocked,
    Failed,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::SignalsRunning => "signals_running",
            Status::ContactsRunning => "contacts_running",
            Status::DraftingRunning => "drafting_running",
            Status::Completed => "completed",
            Status::Blocked => "blocked",
            Status::Failed => "failed",
        }
    }

    pub(super) fn is_end(self) -> bool {
        matches!(self, Status::Completed | Status::Blocked | Status::Failed)
    }

    /// How many of the four working stages have been reached or passed, from 0 to 3.
    pub(super) fn stages_done(self) -> u32 {
        match self {
            Status::Queued => 0,
            Status::SignalsRunning => 1,
            Status::ContactsRunning => 2,
            _ => 3,
        }
    }
}

/// The kind of report a run ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Report,
    ReportWithoutRows,
    HostileReport,
    Blocked,
    Failed,
}

/// What becomes of one run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Story {
    pub(super) fate: Fate,
    length: TimeDelta,
    endless: bool,
}

impl Story {
    /// The story of every run for `domain` (normalised).
    pub(super) fn of(domain: &str, seed: u64, outcomes: Outcomes, speed: f64) -> Self {
        let mut random = random_for(domain, seed, "story");
        let (first, second) = (random.random::<f64>(), random.random::<f64>());
        let seconds = MEDIAN_SECONDS * (SIGMA * normal(first, second)).exp();
        let drawn: f64 = random.random();
        let slow = if domain.starts_with("slow-") {
            SLOW_FACTOR
        } else {
            1.0
        };
        Self {
            fate: fate_by_name(domain).unwrap_or_else(|| fate_by_lot(drawn, outcomes)),
            length: clock::scaled(seconds * slow, speed),
            endless: domain.starts_with("never-"),
        }
    }

    /// Time from acceptance to the end; `None` for a run that never ends.
    pub(super) fn length(&self) -> Option<TimeDelta> {
        (!self.endless).then_some(self.length)
    }

    pub(super) fn end(&self) -> Status {
        match self.fate {
            Fate::Report | Fate::ReportWithoutRows | Fate::HostileReport => Status::Completed,
            Fate::Blocked => Status::Blocked,
            Fate::Failed => Status::Failed,
        }
    }

    /// The status after `elapsed`, and how long after acceptance the run came to it.
    pub(super) fn at(&self, elapsed: TimeDelta) -> (Status, TimeDelta) {
        if elapsed >= self.length && !self.endless {
            return (self.end(), self.length);
        }
        let stages = if self.endless { &STAGES[..2] } else { &STAGES };
        stages
            .iter()
            .map(|&(status, percent)| (status, self.length * percent / 100))
            .rfind(|&(_, since)| elapsed >= since)
            .unwrap_or((Status::Queued, TimeDelta::zero()))
    }
}

fn fate_by_name(domain: &str) -> Option<Fate> {
    let fates = [
        ("blocked-", Fate::Blocked),
        ("failed-", Fate::Failed),
        ("norows-", Fate::ReportWithoutRows),
        ("hostile-", Fate::HostileReport),
        ("never-", Fate::Report),
        ("slow-", Fate::Report),
    ];
    fates
        .into_iter()
        .find(|(beginning, _)| domain.starts_with(beginning))
        .map(|(_, fate)| fate)
}

fn fate_by_lot(drawn: f64, outcomes: Outcomes) -> Fate {
    if drawn < outcomes.blocked {
        Fate::Blocked
    } else if drawn < outcomes.blocked + outcomes.failed {
        Fate::Failed
    } else {
        Fate::Report
    }
}

/// Two uniform numbers of [0, 1) made into one standard normal (Box and Muller).
fn normal(first: f64, second: f64) -> f64 {
    (-2.0 * (1.0 - first).ln()).sqrt() * (TAU * second).cos()
}

/// A source of randomness that is the same for the same domain, seed and purpose.
pub(super) fn random_for(domain: &str, seed: u64, purpose: &str) -> StdRng {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(domain)
        .finalize();
    StdRng::from_seed(digest.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(domain: &str) -> Story {
        Story::of(domain, 7, Outcomes::default(), 1.0)
    }

    fn many() -> impl Iterator<Item = Story> {
        (0..2000).map(|n| story(&format!("company{n}.com")))
    }

    #[test]
    fn a_run_walks_through_every_status_in_order() {
        let story = story("walks.com");
        let length = story.length().unwrap();
        let mut walked: Vec<Status> = (0..=100).map(|p| story.at(length * p / 100).0).collect();
        walked.dedup();
        let expected: Vec<Status> = STAGES
            .iter()
            .map(|stage| stage.0)
            .chain([story.end()])
            .collect();
        assert_eq!(walked, expected);
    }

    #[test]
    fn the_beginning_of_a_domain_decides_its_outcome() {
        assert_eq!(story("blocked-a.com").end(), Status::Blocked);
        assert_eq!(story("failed-a.com").end(), Status::Failed);
        assert_eq!(story("norows-a.com").fate, Fate::ReportWithoutRows);
        assert_eq!(story("hostile-a.com").fate, Fate::HostileReport);
        assert_eq!(story("slow-a.com").end(), Status::Completed);
        let never = story("never-a.com");
        assert_eq!(never.at(TimeDelta::days(365)).0, Status::SignalsRunning);
        assert_eq!(never.length(), None);
    }

    #[test]
    fn the_same_domain_and_seed_have_the_same_story() {
        assert_eq!(story("acme.com"), story("acme.com"));
        let other = Story::of("acme.com", 8, Outcomes::default(), 1.0);
        assert_ne!(story("acme.com"), other);
    }

    #[test]
    fn outcomes_and_lengths_come_out_as_configured() {
        let ends: Vec<Status> = many().map(|s| s.end()).collect();
        let share = |status| ends.iter().filter(|&&e| e == status).count() as f64 / 2000.0;
        assert!((0.07..0.13).contains(&share(Status::Blocked)));
        assert!((0.03..0.07).contains(&share(Status::Failed)));

        let mut seconds: Vec<i64> = many().map(|s| s.length.num_seconds()).collect();
        seconds.sort_unstable();
        assert!((80..100).contains(&seconds[1000]), "{}", seconds[1000]);
    }

    #[test]
    fn speed_divides_the_length() {
        let fast = Story::of("acme.com", 7, Outcomes::default(), 60.0).length;
        let ratio = story("acme.com").length.num_milliseconds() / fast.num_milliseconds();
        assert!((59..=61).contains(&ratio), "{ratio}");
    }
}
