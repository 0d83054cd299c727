//! The buttons of one lead: what its state allows, each with what it costs.

use crate::flow::ports::LeadView;
use crate::lead::money::{CREDITS_PER_RUN, credits_and_usd};
use crate::lead::{Decision, Status};

/// What a person can do about a lead now.
pub struct Actions {
    pub approve: Option<String>,
    pub cancel: bool,
    pub retry: Option<Retry>,
    /// The attempt that the page shows: a retry from an old page is refused.
    pub attempt: i64,
}

/// A retry's button.
pub struct Retry {
    pub label: String,
    pub note: &'static str,
    /// A charge may exist that nobody can see: it takes a tick to go on.
    pub needs_tick: bool,
    /// There is a report already.
    pub buys_again: bool,
}

/// Of one attempt.
fn price() -> String {
    credits_and_usd(CREDITS_PER_RUN)
}

impl Actions {
    pub fn new(lead: &LeadView) -> Self {
        let allowed = |decision| lead.status.allows(decision) && lead.forgotten_at.is_none();
        Self {
            approve: allowed(Decision::Approve).then(|| format!("Approve ({})", price())),
            cancel: allowed(Decision::Cancel),
            retry: allowed(Decision::Retry).then(|| Retry::new(lead.status, lead.run_id.is_some())),
            attempt: lead.attempt,
        }
    }

    pub fn any(&self) -> bool {
        self.approve.is_some() || self.cancel || self.retry.is_some()
    }

    /// They stand at the head of the page: the lead needs a person. To buy anew what is there
    /// already can wait further down.
    pub fn first(&self) -> bool {
        self.any() && !self.retry.as_ref().is_some_and(|retry| retry.buys_again)
    }
}

impl Retry {
    fn new(status: Status, run_known: bool) -> Self {
        match (status, run_known) {
            (Status::Parked, true) => Self {
                label: format!("Look again (at most {})", price()),
                note: "Looks at the known run first. Only if Citedy does not have it is another \
                       one bought.",
                needs_tick: false,
                buys_again: false,
            },
            (Status::Parked, false) => Self {
                label: format!("Buy another attempt ({})", price()),
                note: "What became of the paid call is not known: a charge for this company may \
                       exist. Look at the runs in your Citedy account first.",
                needs_tick: true,
                buys_again: false,
            },
            (Status::Completed | Status::Reused, _) => Self {
                label: format!("Buy again ({})", price()),
                note: "A new attempt and a new charge. The present report stays until the new one \
                       is there.",
                needs_tick: false,
                buys_again: true,
            },
            _ => Self {
                label: format!("Retry ({})", price()),
                note: "A new attempt and a new charge.",
                needs_tick: false,
                buys_again: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_parked_lead_without_a_run_needs_a_tick() {
        assert!(Retry::new(Status::Parked, false).needs_tick);
        for (status, known) in [
            (Status::Parked, true),
            (Status::Completed, true),
            (Status::Failed, false),
        ] {
            assert!(!Retry::new(status, known).needs_tick, "{status}");
        }
    }

    #[test]
    fn every_retry_says_what_it_costs() {
        for status in Status::ALL
            .into_iter()
            .filter(|s| s.allows(Decision::Retry))
        {
            let label = Retry::new(status, true).label;
            assert!(label.contains("40 credits, 0.40 USD"), "{label}");
        }
    }
}
