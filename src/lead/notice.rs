//! What others are told of, and in which way.

use serde::{Deserialize, Serialize};

/// An event that a target may want to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum NoticeKind {
    /// A report is where its lead wanted it; also one of a blocked run and a reused one.
    #[serde(rename = "lead.delivered")]
    LeadDelivered,
    /// The lead's run failed, was refused for good, or only a person can tell what happened.
    #[serde(rename = "lead.failed")]
    LeadFailed,
    /// No lead of a batch is open any more.
    #[serde(rename = "batch.finished")]
    BatchFinished,
    /// Nothing is bought from now on.
    #[serde(rename = "paused")]
    Paused,
    /// The credits will not do for long.
    #[serde(rename = "balance.low")]
    BalanceLow,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 5] = [
        NoticeKind::LeadDelivered,
        NoticeKind::LeadFailed,
        NoticeKind::BatchFinished,
        NoticeKind::Paused,
        NoticeKind::BalanceLow,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::LeadDelivered => "lead.delivered",
            NoticeKind::LeadFailed => "lead.failed",
            NoticeKind::BatchFinished => "batch.finished",
            NoticeKind::Paused => "paused",
            NoticeKind::BalanceLow => "balance.low",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// A person has to do something: it waits for no others to be told along with it.
    pub fn is_urgent(self) -> bool {
        matches!(self, NoticeKind::Paused | NoticeKind::BalanceLow)
    }
}

/// How a target is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// `{"text": …}`, as Slack's incoming webhooks and those like them take it.
    Slack,
    /// One signed JSON message an event, as Standard Webhooks has it.
    Webhook,
}

impl TargetKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TargetKind::Slack => "slack",
            TargetKind::Webhook => "webhook",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [TargetKind::Slack, TargetKind::Webhook]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_name_and_has_the_same_in_json() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::parse(kind.as_str()), Some(kind));
            let json = serde_json::to_value(kind).expect("JSON");
            assert_eq!(json, kind.as_str());
        }
        assert_eq!(NoticeKind::parse("lead"), None);
        assert_eq!(TargetKind::parse("webhook"), Some(TargetKind::Webhook));
    }
}
