//! What people choose in the `Action` column.

use crate::flow::ports::SheetDecision;
use crate::lead::Decision;
use crate::lead::headers::folded;

/// The choices as the drop-down shows them.
pub const CHOICES: [(&str, SheetDecision); 6] = [
    ("Approve", SheetDecision::One(Decision::Approve)),
    ("Retry", SheetDecision::One(Decision::Retry)),
    ("Cancel", SheetDecision::One(Decision::Cancel)),
    (
        "Approve all",
        SheetDecision::Batch {
            decision: Decision::Approve,
            lift_cap: false,
        },
    ),
    (
        "Approve all, no daily cap",
        SheetDecision::Batch {
            decision: Decision::Approve,
            lift_cap: true,
        },
    ),
    (
        "Cancel all",
        SheetDecision::Batch {
            decision: Decision::Cancel,
            lift_cap: false,
        },
    ),
];

/// What a cell says; `None` for a text that is no choice.
pub fn parse(text: &str) -> Option<SheetDecision> {
    let wanted = folded(text);
    CHOICES
        .into_iter()
        .find(|(name, _)| folded(name) == wanted)
        .map(|(_, decision)| decision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_understood_however_it_is_written() {
        assert_eq!(
            parse(" approve"),
            Some(SheetDecision::One(Decision::Approve))
        );
        assert_eq!(parse("CANCEL ALL"), parse("Cancel all"));
        assert_eq!(parse("aprove"), None);
        assert_eq!(parse(""), None);
    }
}
