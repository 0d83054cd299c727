//! Where a lead can be, and what a person may decide about it there.

use serde::{Deserialize, Serialize};

/// The state of a lead. Every change is one compare-and-set in the database.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A person must approve: first look at a folder, or a big batch.
    Held,
    /// Will start when its turn comes and nothing stands in the way.
    Queued,
    /// The idempotency key is stored and the paid call is made, or its outcome is unknown.
    Starting,
    /// The run is known and has not ended.
    Waiting,
    Completed,
    /// Served from the stored report of another lead, at no cost.
    Reused,
    Blocked,
    Failed,
    /// Bad input, or refused by the API for good.
    Rejected,
    /// Only a person can tell what happened.
    Parked,
    /// Taken back before the paid call of this attempt.
    Cancelled,
}

impl Status {
    /// In the order of a lead's life; reports count in this order.
    pub const ALL: [Status; 11] = [
        Status::Held,
        Status::Queued,
        Status::Starting,
        Status::Waiting,
        Status::Completed,
        Status::Reused,
        Status::Blocked,
        Status::Failed,
        Status::Rejected,
        Status::Parked,
        Status::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Held => "held",
            Status::Queued => "queued",
            Status::Starting => "starting",
            Status::Waiting => "waiting",
            Status::Completed => "completed",
            Status::Reused => "reused",
            Status::Blocked => "blocked",
            Status::Failed => "failed",
            Status::Rejected => "rejected",
            Status::Parked => "parked",
            Status::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Nothing more happens to this lead unless a person decides so.
    pub fn is_end(self) -> bool {
        !matches!(
            self,
            Status::Held | Status::Queued | Status::Starting | Status::Waiting
        )
    }

    /// It goes on without a person.
    pub fn is_moving(self) -> bool {
        !self.is_end() && self != Status::Held
    }

    /// Whether a person may take this decision now.
    pub fn allows(self, decision: Decision) -> bool {
        match decision {
            Decision::Approve => matches!(self, Status::Held | Status::Cancelled),
            Decision::Cancel => matches!(self, Status::Held | Status::Queued),
            Decision::Retry => matches!(
                self,
                Status::Completed
                    | Status::Reused
                    | Status::Blocked
                    | Status::Failed
                    | Status::Parked
            ),
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person can decide about a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Approve,
    Cancel,
    /// A new attempt and a new charge.
    Retry,
}

impl Decision {
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Approve => "approve",
            Decision::Cancel => "cancel",
            Decision::Retry => "retry",
        }
    }

    /// As people choose it.
    pub fn title(self) -> &'static str {
        match self {
            Decision::Approve => "Approve",
            Decision::Cancel => "Cancel",
            Decision::Retry => "Retry",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_back_from_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(
                serde_json::to_string(&status).unwrap(),
                format!("\"{status}\"")
            );
        }
    }

    #[test]
    fn nothing_that_may_have_been_paid_for_can_be_cancelled() {
        for status in [Status::Starting, Status::Waiting, Status::Parked] {
            assert!(!status.allows(Decision::Cancel), "{status}");
        }
    }

    #[test]
    fn only_an_end_can_be_bought_again() {
        for status in Status::ALL {
            if status.allows(Decision::Retry) {
                assert!(status.is_end(), "{status}");
            }
        }
        assert!(!Status::Rejected.allows(Decision::Retry));
    }
}
