//! The service on the other side: counts requests, lets runs begin and end.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// What the service allows.
#[derive(Debug, Clone, Copy)]
pub struct Allows {
    /// Requests in any minute.
    pub per_minute: usize,
    /// And from some time on.
    pub later: Option<(TimeDelta, usize)>,
    /// Runs at once.
    pub runs: usize,
}

impl Default for Allows {
    fn default() -> Self {
        Self {
            per_minute: 60,
            later: None,
            runs: usize::MAX,
        }
    }
}

pub struct Api {
    allows: Allows,
    began: DateTime<Utc>,
    /// Refused ones count as well.
    requests: VecDeque<DateTime<Utc>>,
    /// When each run ends.
    pub ends: Vec<Option<DateTime<Utc>>>,
    pub counted: usize,
    pub refused: usize,
}

impl Api {
    pub fn new(allows: Allows, began: DateTime<Utc>) -> Self {
        Self {
            allows,
            began,
            requests: VecDeque::new(),
            ends: Vec::new(),
            counted: 0,
            refused: 0,
        }
    }

    /// Counts a request; if it is one too many: how long to wait.
    pub fn request(&mut self, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let most = match self.allows.later {
            Some((from, most)) if now - self.began >= from => most,
            _ => self.allows.per_minute,
        };
        self.requests.retain(|at| now - *at < WINDOW);
        self.counted += 1;
        let full = self.requests.len() >= most;
        self.requests.push_back(now);
        if full {
            self.refused += 1;
            let oldest = self.requests[self.requests.len() - most];
            return Err(oldest + WINDOW - now);
        }
        Ok(())
    }

    /// Begins a run, if so many may be under way.
    pub fn begin(
        &mut self,
        takes: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> Result<usize, TimeDelta> {
        let live = self
            .ends
            .iter()
            .filter(|end| end.is_none_or(|end| end > now));
        if live.count() >= self.allows.runs {
            self.refused += 1;
            return Err(TimeDelta::seconds(5));
        }
        self.ends.push(takes.map(|takes| now + takes));
        Ok(self.ends.len() - 1)
    }
}
