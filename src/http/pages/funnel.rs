//! Leads by state: what is on its way as a funnel, the other ends beside it. Each is a filter.

use super::view::{status_name, tone};
use crate::flow::ports::Counts;
use crate::http::filter::FilterQuery;
use crate::lead::Status;
use crate::lead::money::grouped;

/// The way of a lead that goes well; the funnel always shows it whole.
const WAY: [Status; 5] = [
    Status::Held,
    Status::Queued,
    Status::Starting,
    Status::Waiting,
    Status::Completed,
];

/// All of it.
pub struct Funnel {
    pub stages: Vec<Stage>,
    /// All leads, then the other states that occur or are chosen.
    pub others: Vec<Stage>,
}

/// A state with its number of leads; a link that filters.
pub struct Stage {
    pub name: &'static str,
    pub tone: &'static str,
    pub leads: String,
    /// Of the fullest stage, per cent; what is not empty shows.
    pub share: u64,
    pub href: String,
    pub chosen: bool,
}

impl Funnel {
    pub fn new(filter: &FilterQuery, counts: &Counts) -> Self {
        let most = WAY.map(|status| count(counts, status)).into_iter().max();
        let most = most.unwrap_or_default();
        Self {
            stages: WAY
                .map(|status| Stage::new(status, filter, counts, most))
                .into(),
            others: tiles_but(&WAY, filter, counts),
        }
    }
}

/// All leads, then every state that occurs or is chosen.
pub fn tiles(filter: &FilterQuery, counts: &Counts) -> Vec<Stage> {
    tiles_but(&[], filter, counts)
}

fn tiles_but(without: &[Status], filter: &FilterQuery, counts: &Counts) -> Vec<Stage> {
    let all = Stage {
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
        .map(|status| Stage::new(status, filter, counts, 0));
    std::iter::once(all).chain(states).collect()
}

impl Stage {
    /// `most`: what the fullest one has.
    fn new(status: Status, filter: &FilterQuery, counts: &Counts, most: u64) -> Self {
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

pub fn count(counts: &Counts, status: Status) -> u64 {
    counts
        .iter()
        .filter(|(counted, _)| *counted == status)
        .map(|(_, leads)| leads)
        .sum()
}

pub fn total(counts: &Counts) -> u64 {
    counts.iter().map(|(_, leads)| leads).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_funnel_is_whole_and_of_the_other_states_those_show_that_occur_or_are_chosen() {
        let filter = FilterQuery {
            status: "parked".into(),
            ..FilterQuery::default()
        };
        let funnel = Funnel::new(&filter, &vec![(Status::Completed, 5), (Status::Failed, 1)]);
        let names = |stages: &[Stage]| stages.iter().map(|stage| stage.name).collect::<Vec<_>>();
        assert_eq!(
            names(&funnel.stages),
            [
                "Waiting for approval",
                "Queued",
                "Starting",
                "Under way",
                "Done"
            ]
        );
        assert_eq!(names(&funnel.others), ["All", "Failed", "Needs a look"]);
        assert_eq!(funnel.stages[4].href, "/?status=completed");
        assert!(funnel.others[2].chosen);
    }

    #[test]
    fn a_stage_with_few_leads_beside_a_full_one_still_shows() {
        let counts = vec![(Status::Waiting, 1), (Status::Completed, 9_999)];
        let funnel = Funnel::new(&FilterQuery::default(), &counts);
        let shares: Vec<_> = funnel.stages.iter().map(|stage| stage.share).collect();
        assert_eq!(shares, [0, 0, 0, 1, 100]);
    }
}
