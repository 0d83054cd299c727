//! Counts of what went through the sandbox.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Traffic {
    /// Requests by method and route, refused ones included.
    requests: BTreeMap<String, u64>,
    /// Answers with status 429.
    refused_429: u64,
    /// Faults that struck, by name.
    faults: BTreeMap<String, u64>,
}

impl Traffic {
    pub(super) fn count_request(&mut self, route: String) {
        *self.requests.entry(route).or_default() += 1;
    }

    pub(super) fn count_fault(&mut self, name: String) {
        *self.faults.entry(name).or_default() += 1;
    }

    pub(super) fn count_429(&mut self) {
        self.refused_429 += 1;
    }
}
