//! A Citedy run as the flow sees it, and what each call to the API can come to.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

/// The name of a paid call: sent again, it answers the run that it made the first time.
/// 8 to 128 characters (published contract).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        if (8..=128).contains(&key.chars().count()) {
            Ok(Self(key))
        } else {
            Err(format!(
                "the key \u{201c}{key}\u{201d} does not have 8 to 128 characters"
            ))
        }
    }
}

/// Where a run is. A status that is not published counts as still running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStatus {
    Queued,
    SignalsRunning,
    ContactsRunning,
    DraftingRunning,
    Completed,
    Blocked,
    Failed,
    Other(String),
}

impl RunStatus {
    pub fn parse(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "signals_running" => Self::SignalsRunning,
            "contacts_running" => Self::ContactsRunning,
            "drafting_running" => Self::DraftingRunning,
            "completed" => Self::Completed,
            "blocked" => Self::Blocked,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::SignalsRunning => "signals_running",
            Self::ContactsRunning => "contacts_running",
            Self::DraftingRunning => "drafting_running",
            Self::Completed => "completed",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Other(other) => other,
        }
    }

    /// The run has ended and will not change.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Completed | Self::Blocked | Self::Failed)
    }
}

/// A run at the moment it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSnapshot {
    pub id: String,
    pub status: RunStatus,
    /// As it was sent; empty if the answer did not say.
    pub domain: String,
    pub normalized_domain: String,
    /// What this run has cost, credits.
    pub credits_charged: Option<i64>,
    pub blocked_reason: Option<String>,
    pub error_message: Option<String>,
    /// `None` until the run has ended, and where the answer held none.
    pub result: Option<Value>,
    /// The whole run as answered.
    pub raw: Value,
}

/// Whether a text can be a run's id: it is looked up by it, so it is short and can be printed.
pub fn is_run_id(text: &str) -> bool {
    const LONGEST: usize = 200;
    !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control)
}

impl RunSnapshot {
    /// From the start to the end as Citedy tells them, where the run has ended and both are told
    /// (`created_at` and `completed_at` of the published schema, RFC 3339).
    pub fn took(&self) -> Option<TimeDelta> {
        let time = |name: &str| {
            let text = self.raw.get(name)?.as_str()?;
            DateTime::parse_from_rfc3339(text).ok()
        };
        let took = time("completed_at")? - time("created_at")?;
        (self.status.is_end() && took > TimeDelta::zero()).then_some(took)
    }

    /// Reads a run, bare or wrapped as `{"run": …}`. Only an id and a status are needed; what
    /// else is missing or of another type than published is left out.
    pub fn from_json(answer: Value) -> Option<Self> {
        let raw = match answer {
            Value::Object(mut map) if map.get("run").is_some_and(Value::is_object) => {
                map.remove("run")?
            }
            other => other,
        };
        let text = |name: &str| raw.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            id: text("id").filter(|id| is_run_id(id))?,
            status: RunStatus::parse(&text("status")?),
            domain: text("domain").unwrap_or_default(),
            normalized_domain: text("normalized_domain").unwrap_or_default(),
            credits_charged: raw
                .get("credits_charged")
                .and_then(whole_number)
                .filter(|n| *n >= 0),
            blocked_reason: text("blocked_reason").filter(|t| !t.is_empty()),
            error_message: text("error_message").filter(|t| !t.is_empty()),
            result: raw
                .get("result")
                .filter(|result| !result.is_null())
                .cloned(),
            raw,
        })
    }
}

/// A number without a fraction, also when it is written `40.0` or `"40"`: what was charged
/// must not be lost over the way it is written.
fn whole_number(value: &Value) -> Option<i64> {
    // Up to here a float tells each whole number from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let from_float = |n: f64| (n.fract() == 0.0 && n.abs() <= EXACT).then_some(n as i64);
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().and_then(from_float)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What the paid call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum StartOutcome {
    /// 202, or 200 with the run that this key made before.
    Started {
        run: Box<RunSnapshot>,
        idempotent: bool,
    },
    /// 400: this request is refused for good.
    Invalid { message: String },
    /// 401
    KeyRefused { message: String },
    /// 403
    AgentRefused { message: String },
    /// 402
    OutOfCredits {
        message: String,
        topup_url: Option<String>,
    },
    /// 409
    Conflict { message: String },
    /// 429
    RateLimited { retry_after: Duration },
    /// No connection could be made: nothing was sent, nothing can have been charged.
    NotSent { why: String },
    /// Sent, but what became of it is not known.
    Unknown { why: String },
}

/// What looking at a run came to.
#[derive(Debug, Clone, PartialEq)]
pub enum LookOutcome {
    Run(Box<RunSnapshot>),
    /// 404
    Missing,
    KeyRefused {
        message: String,
    },
    AgentRefused {
        message: String,
    },
    RateLimited {
        retry_after: Duration,
    },
    Failed {
        why: String,
    },
}

/// What `/me` tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    pub agent_id: Option<String>,
    pub agent_name: Option<String>,
    /// `tenant_balance.credits`
    pub credits: Option<i64>,
}

/// Why a free call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiFault {
    #[error("Citedy refuses the API key (401): {message}")]
    KeyRefused { message: String },
    #[error("Citedy refuses this agent (403): {message}")]
    AgentRefused { message: String },
    #[error("Citedy asks to wait {} s (429)", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    #[error("Citedy does not have that (404)")]
    NotFound,
    #[error("Citedy refuses the request ({status}): {message}")]
    Refused { status: u16, message: String },
    #[error("Citedy could not be asked: {why}")]
    Failed { why: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_is_read_wrapped_and_bare() {
        let run = json!({"id": "r1", "status": "completed", "credits_charged": 40, "new": 1});
        let wrapped = RunSnapshot::from_json(json!({"run": run.clone(), "credits_charged": 0}));
        assert_eq!(RunSnapshot::from_json(run), wrapped);
        assert_eq!(wrapped.expect("a run").credits_charged, Some(40));
    }

    #[test]
    fn a_charge_is_read_however_it_is_written_and_only_if_it_is_one() {
        for (written, charged) in [
            (json!(40), Some(40)),
            (json!(40.0), Some(40)),
            (json!("40"), Some(40)),
            (json!(0), Some(0)),
            (json!(40.5), None),
            (json!(-40), None),
            (json!(1e300), None),
            (json!("forty"), None),
            (json!(null), None),
        ] {
            let answer = json!({"id": "r1", "status": "queued", "credits_charged": written});
            let run = RunSnapshot::from_json(answer).expect("a run");
            assert_eq!(run.credits_charged, charged, "{written}");
        }
    }

    #[test]
    fn fields_of_another_type_than_published_do_not_lose_the_run() {
        let run = RunSnapshot::from_json(json!({
            "id": "r1", "status": "completed", "domain": [], "normalized_domain": 7,
            "blocked_reason": {}, "error_message": false, "result": "text"
        }));
        let run = run.expect("a run");
        assert_eq!((run.domain.as_str(), run.blocked_reason), ("", None));
        assert_eq!(run.result, Some(json!("text")));
    }

    #[test]
    fn a_status_nobody_published_is_still_running() {
        let run = RunSnapshot::from_json(json!({"id": "r1", "status": "polishing"}));
        assert!(!run.expect("a run").status.is_end());
    }

    #[test]
    fn without_id_or_status_it_is_no_run() {
        for nonsense in [
            json!({}),
            json!([]),
            json!({"run": {"id": "r"}}),
            json!({"id": "", "status": "queued"}),
            json!({"id": "r\u{0}", "status": "queued"}),
            json!({"id": "r".repeat(201), "status": "queued"}),
        ] {
            assert_eq!(RunSnapshot::from_json(nonsense.clone()), None, "{nonsense}");
        }
    }
}
