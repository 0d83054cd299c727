//! Leads by state: what is on its way as a funnel, the other ends beside it. Each is a filter.

use super::counts::{StateCount, count, tiles_but};
use crate::flow::ports::Counts;
use crate::http::filter::FilterQuery;
use crate::lead::Status;

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
    pub stages: Vec<StateCount>,
    /// All leads, then the other states that occur or are chosen.
    pub others: Vec<StateCount>,
}

impl Funnel {
    /// From the counts of all states under this filter; each stage links to its own.
    pub fn new(filter: &FilterQuery, counts: &Counts) -> Self {
        let most = WAY.map(|status| count(counts, status)).into_iter().max();
        let most = most.unwrap_or_default();
        Self {
            stages: WAY
                .map(|status| StateCount::new(status, filter, counts, most))
                .into(),
            others: tiles_but(&WAY, filter, counts),
        }
    }
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
        let names =
            |stages: &[StateCount]| stages.iter().map(|stage| stage.name).collect::<Vec<_>>();
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
