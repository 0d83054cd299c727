//! What stands in the way of starts, at the top of every page.

use crate::flow::ports::{Pause, PauseKind};
use crate::flow::story::Guard;
use crate::lead::money::grouped;

use super::view::{sentence, web_link};

/// One notice.
pub struct Banner {
    pub heading: &'static str,
    pub text: String,
    /// Where credits can be bought.
    pub top_up: Option<String>,
    /// A person's pause, which a person lifts.
    pub resume: bool,
}

/// Pauses first, then the day's cap.
pub fn banners(guard: &Guard) -> Vec<Banner> {
    let mut banners: Vec<Banner> = guard.pauses.iter().map(of_pause).collect();
    if guard.cap_reached() {
        banners.push(cap(guard));
    }
    banners
}

fn of_pause(pause: &Pause) -> Banner {
    let (heading, text) = match pause.kind {
        PauseKind::Person => (
            "Paused",
            "Nothing is bought until you resume. Runs that are under way go on.".to_owned(),
        ),
        PauseKind::Credits => ("Out of credits", sentence(&pause.message)),
        PauseKind::Key => ("The API key is refused", sentence(&pause.message)),
    };
    Banner {
        heading,
        text,
        top_up: pause.link.as_deref().and_then(web_link),
        resume: pause.kind == PauseKind::Person,
    }
}

fn cap(guard: &Guard) -> Banner {
    let cap = guard.daily_credits.at_most().unwrap_or_default();
    Banner {
        heading: "Today\u{2019}s cap is reached",
        text: format!(
            "The cap of {} credits a day leaves no room for another run. Starts go on by \
             themselves {}; raise WARMSHEET_DAILY_CREDITS to go on sooner.",
            grouped(cap.unsigned_abs()),
            guard.reopens.format("%Y-%m-%d at %H:%M UTC"),
        ),
        top_up: None,
        resume: false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::flow::ports::Spending;
    use crate::lead::money::Limit;

    fn guard(link: &str) -> Guard {
        Guard {
            pauses: vec![Pause {
                kind: PauseKind::Credits,
                message: "the balance is 12 credits".into(),
                link: Some(link.into()),
                since: DateTime::UNIX_EPOCH,
            }],
            spending: Spending::default(),
            daily_credits: Limit::AtMost(2000),
            payer: None,
            reopens: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_a_web_address_becomes_a_link() {
        assert!(banners(&guard("javascript:alert(1)"))[0].top_up.is_none());
        assert!(
            banners(&guard("https://www.citedy.com/billing"))[0]
                .top_up
                .is_some()
        );
    }

    #[test]
    fn a_cap_that_leaves_no_room_is_told() {
        let mut guard = guard("https://www.citedy.com");
        guard.pauses.clear();
        assert!(banners(&guard).is_empty());
        guard.spending.today = 1980;
        assert!(banners(&guard)[0].text.contains("2,000"));
    }
}
