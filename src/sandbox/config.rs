//! What a sandbox is told at its start, and why it may refuse.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::faults::Faults;

/// Settings of one sandbox. [`Default`] is a well-behaved service at the real thing's pace,
/// on a free loopback port.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Address to listen on; port 0 takes a free one.
    pub bind: String,
    /// 1.0 lets a run take minutes (log-normal, median 90 s), 60.0 makes it sixty times
    /// faster. Webhook retries are hastened alike; the rate limit's window is not.
    pub speed: f64,
    /// Requests a key may make in any 60 seconds, all routes but health together. Requests
    /// that are refused, even by this limit, count as well.
    pub rate_limit: u32,
    /// Runs of a key that may be under way at once; a start beyond that is refused with 429.
    pub live_runs: Option<usize>,
    /// Opening balance of every key; a report costs 40.
    pub credits: i64,
    /// Which API keys are let in.
    pub keys: Keys,
    /// Faults on the routes of runs.
    pub faults: Faults,
    /// How many runs end badly when their domain does not decide it.
    pub outcomes: Outcomes,
    /// What happens to webhooks on their way.
    pub webhook_chaos: WebhookChaos,
    /// Together with a domain decides everything about its runs; also the order of faults.
    pub seed: u64,
    /// File that accepted runs and registered webhooks are appended to, one JSON object a
    /// line, and read back from at the start. Restart with the same seed and speed, or
    /// known runs end differently.
    pub journal: Option<PathBuf>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:0".to_owned(),
            speed: 1.0,
            rate_limit: 60,
            live_runs: None,
            credits: 10_000,
            keys: Keys::Any,
            faults: Faults::default(),
            outcomes: Outcomes::default(),
            webhook_chaos: WebhookChaos::default(),
            seed: 1,
            journal: None,
        }
    }
}

/// Which API keys are let in. A key whose text contains `revoked` is known but answered 403.
#[derive(Debug, Clone)]
pub enum Keys {
    /// Every key that begins with `citedy_agent_`.
    Any,
    /// These and no others.
    Only(Vec<SecretString>),
}

/// Shares, from 0 to 1, of the runs that end `blocked` and `failed`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcomes {
    pub blocked: f64,
    pub failed: f64,
}

impl Default for Outcomes {
    fn default() -> Self {
        Self {
            blocked: 0.10,
            failed: 0.05,
        }
    }
}

/// What happens to webhooks on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WebhookChaos {
    /// Probability that an event is never sent at all.
    pub drop: f64,
    /// Probability that an event is sent twice.
    pub duplicate: f64,
    /// Time between a run's end and the first attempt, whatever the speed.
    pub delay: Duration,
}

impl SandboxConfig {
    /// Reports the first setting that makes no sense.
    pub(super) fn check(&self) -> Result<(), SandboxError> {
        if !(self.speed.is_finite() && self.speed > 0.0) {
            return Err(invalid(format!(
                "speed {} is not a number above 0",
                self.speed
            )));
        }
        if self.rate_limit == 0 {
            return Err(invalid("a rate limit of 0 would refuse everything"));
        }
        if self.credits < 0 {
            return Err(invalid(format!("{} credits are below 0", self.credits)));
        }
        self.outcomes.check().map_err(invalid)?;
        self.webhook_chaos.check().map_err(invalid)
    }
}

impl Outcomes {
    fn check(&self) -> Result<(), String> {
        probability("share of blocked runs", self.blocked)?;
        probability("share of failed runs", self.failed)?;
        probability(
            "share of blocked and failed runs together",
            self.blocked + self.failed,
        )
    }
}

impl WebhookChaos {
    pub(super) fn check(&self) -> Result<(), String> {
        probability("probability to drop a webhook", self.drop)?;
        probability("probability to duplicate a webhook", self.duplicate)
    }
}

fn probability(what: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(format!("the {what} is {value}, not between 0 and 1"))
    }
}

fn invalid(problem: impl Into<String>) -> SandboxError {
    SandboxError::Setting(problem.into())
}

/// Why a sandbox could not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the sandbox cannot start: {0}")]
    Setting(String),
    #[error(
        "the sandbox cannot listen on {address}: {source}; choose another address, or port 0 for a free one"
    )]
    Bind {
        address: String,
        source: std::io::Error,
    },
    #[error("the sandbox's journal {} cannot be used: {source}", path.display())]
    Journal {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "line {line} of the sandbox's journal {} is no entry ({source}); move the file away to start afresh",
        path.display()
    )]
    JournalEntry {
        path: PathBuf,
        line: usize,
        source: serde_json::Error,
    },
    #[error("the sandbox cannot send webhooks: {0}")]
    HttpClient(#[source] reqwest::Error),
    #[error("the sandbox's server stopped: {0}")]
    Server(#[source] std::io::Error),
    #[error("a background part of the sandbox died: {0}")]
    Died(#[source] tokio::task::JoinError),
}
