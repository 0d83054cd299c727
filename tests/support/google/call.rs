//! A call on its way in, and what comes back.

use std::sync::Arc;

use serde_json::Value;

use super::refusal::Refusal;
use super::routes::Method;

/// A call as it came in.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    /// The body as JSON, or as text where it is no JSON; null without a body.
    pub body: Value,
    /// What was answered; 0 where nothing was.
    pub status: u16,
}

/// A call as it is kept: its body is large at times, and shared with the call.
pub struct Entry {
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: Arc<Value>,
    pub status: u16,
}

impl From<&Entry> for Recorded {
    fn from(entry: &Entry) -> Self {
        Self {
            method: entry.method.clone(),
            path: entry.path.clone(),
            query: entry.query.clone(),
            body: Value::clone(&entry.body),
            status: entry.status,
        }
    }
}

/// A call that a path made sense of.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub book: String,
    pub query: Vec<(String, String)>,
    pub body: Result<Arc<Value>, String>,
    pub size: usize,
    pub token: Option<String>,
}

impl Call {
    /// The first query parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(given, _)| given == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn parameters(&self, name: &str) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub fn json(&self) -> Result<&Value, Refusal> {
        self.body
            .as_deref()
            .map_err(|why| Refusal::invalid(format!("Invalid JSON payload received. {why}")))
    }
}

/// What the connection sees.
pub enum Outcome {
    Answer(u16, Value),
    RetryAfter(u16, Value, u32),
    /// 200, and half of the answer.
    Half(Value),
    Cut,
    Silence,
}

impl Outcome {
    pub fn refuse(refusal: &Refusal) -> Self {
        match refusal.retry_after {
            Some(seconds) => Self::RetryAfter(refusal.code, refusal.body(), seconds),
            None => Self::Answer(refusal.code, refusal.body()),
        }
    }

    pub fn of(result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(answer) => Self::Answer(200, answer),
            Err(refusal) => Self::refuse(&refusal),
        }
    }

    pub fn status(&self) -> u16 {
        match self {
            Self::Answer(status, _) | Self::RetryAfter(status, ..) => *status,
            Self::Half(_) => 200,
            Self::Cut | Self::Silence => 0,
        }
    }
}
