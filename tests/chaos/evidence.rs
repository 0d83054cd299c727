//! What the harness has seen and will hold warmsheet to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Notes of all tasks of a run.
pub struct Evidence {
    began: Instant,
    notes: Mutex<Notes>,
}

#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Lead ids that a 202 gave, by external id.
    pub leads: BTreeMap<String, String>,
    /// Ids of events that a 200 acknowledged.
    pub events: BTreeSet<String>,
    /// Ids of events that nobody signed.
    pub forged: BTreeSet<String>,
    /// What should not have been.
    pub violations: Vec<String>,
}

impl Evidence {
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            notes: Mutex::default(),
        }
    }

    /// Tells what happens now, with the time since the beginning.
    pub fn tell(&self, what: &str) {
        println!("{:7.2} s  {what}", self.began.elapsed().as_secs_f64());
    }

    pub fn violation(&self, what: String) {
        self.tell(&format!("WRONG: {what}"));
        self.notes().violations.push(what);
    }

    /// A 202 gave this lead id; the same external id must never be given another.
    pub fn lead_acknowledged(&self, external: &str, id: &str) {
        let before = self
            .notes()
            .leads
            .insert(external.to_owned(), id.to_owned());
        if let Some(before) = before.filter(|before| before != id) {
            self.violation(format!(
                "{external} was acknowledged as {before}, then as {id}"
            ));
        }
    }

    pub fn event_acknowledged(&self, event: &str) {
        self.notes().events.insert(event.to_owned());
    }

    pub fn event_forged(&self, event: &str) {
        self.notes().forged.insert(event.to_owned());
    }

    pub fn snapshot(&self) -> Notes {
        self.notes().clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
