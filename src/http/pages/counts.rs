//! Leads by state, each number a link that filters.

use super::view::{status_name, tone};
use crate::flow::ports::Counts;
use crate::http::filter::FilterQuery;
use crate::lead::Status;
use crate::lead::money::grouped;

/// A state with its number of leads; a link that filters.
pub struct StateCount {
    pub name: &'static str,
    pub tone: &'static str,
    pub leads: String,
    /// Of the fullest stage, per cent; what is not empty shows.
    pub share: u64,
    pub href: String,
    pub chosen: bool,
}

/// All leads, then every state that occurs or is chosen.
pub fn tiles(filter: &FilterQuery, counts: &Counts) -> Vec<StateCount> {
    tiles_but(&[], filter, counts)
}

/// The same without these states.
pub fn tiles_but(without: &[Status], filter: &FilterQuery, counts: &Counts) -> Vec<StateCount> {
    let all = StateCount {
        name: "All",
        tone: "all",
        leads: grouped(total(counts)),
        share: 0,
        href: format!("/{}", filter.link(&[("status", "")])),
        chosen: filter.status.is_empty(),
    };
    let states = Status::ALL
        .into_iter()
        .filter(|status| !without.contains(status))
        .filter(|status| count(counts, *status) > 0 || filter.status == status.as_str())
        .map(|status| StateCount::new(status, filter, counts, 0));
    std::iter::once(all).chain(states).collect()
}

impl StateCount {
    /// `most`: what the fullest one has.
    pub fn new(status: Status, filter: &FilterQuery, counts: &Counts, most: u64) -> Self {
        let leads = count(counts, status);
        Self {
            name: status_name(status),
            tone: tone(status),
            leads: grouped(leads),
            share: (leads * 100)
                .checked_div(most)
                .map_or(0, |share| share.max(u64::from(leads > 0))),
            href: format!("/{}", filter.link(&[("status", status.as_str())])),
            chosen: filter.status == status.as_str(),
        }
    }
}

/// Leads in this state.
pub fn count(counts: &Counts, status: Status) -> u64 {
    counts
        .iter()
        .filter(|(counted, _)| *counted == status)
        .map(|(_, leads)| leads)
        .sum()
}

/// Leads in all states.
pub fn total(counts: &Counts) -> u64 {
    counts.iter().map(|(_, leads)| leads).sum()
}
