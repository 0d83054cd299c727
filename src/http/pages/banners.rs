//! What stands in the way of starts, at the top of every page.

use crate::flow::Flow;
use crate::flow::balance::{self, LowBalance};
use crate::flow::guard::Guard;
use crate::flow::ports::{Pause, PauseKind, StoreError};
use crate::lead::money::grouped;

use super::view::{sentence, web_link};

/// One notice.
pub struct Banner {
    pub heading: &'static str,
    pub text: String,
    /// Where credits can be bought.
    pub top_up: Option<String>,
    /// A person lifts it.
    pub resume: bool,
}

/// Everything that a page says at its top.
pub async fn read(flow: &Flow, guard: &Guard) -> Result<Vec<Banner>, StoreError> {
    Ok(banners(guard, balance::low(&*flow.store).await?))
}

/// Pauses first, then the day's cap, then what will stand in the way before long.
fn banners(guard: &Guard, low: Option<LowBalance>) -> Vec<Banner> {
    let mut banners: Vec<Banner> = guard.pauses.iter().map(of_pause).collect();
    if guard.cap_reached() {
        banners.push(cap(guard));
    }
    let empty = guard.pauses.iter().any(|p| p.kind == PauseKind::Credits);
    banners.extend(low.filter(|_| !empty).map(of_low_balance));
    banners
}

fn of_low_balance(low: LowBalance) -> Banner {
    Banner {
        heading: "Credits are running low",
        text: sentence(&low.message),
        top_up: low.top_up.as_deref().and_then(web_link),
        resume: false,
    }
}

fn of_pause(pause: &Pause) -> Banner {
    let (heading, text) = match pause.kind {
        PauseKind::Person => (
            "Paused",
            "Nothing is bought until you resume. Runs that are under way go on.".to_owned(),
        ),
        PauseKind::Credits => ("Out of credits", sentence(&pause.message)),
        PauseKind::Key => ("The API key is refused", sentence(&pause.message)),
        PauseKind::Restored => ("Restored from a back-up", sentence(&pause.message)),
        PauseKind::Moved => ("This database was moved", sentence(&pause.message)),
    };
    Banner {
        heading,
        text,
        top_up: pause.link.as_deref().and_then(web_link),
        resume: pause.kind.ends_by_resume(),
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
    use crate::lead::money::Limit;

    fn guard(link: &str) -> Guard {
        Guard {
            pauses: vec![Pause {
                kind: PauseKind::Credits,
                message: "the balance is 12 credits".into(),
                link: Some(link.into()),
                since: DateTime::UNIX_EPOCH,
            }],
            ..Guard::under(Limit::AtMost(2000), 0)
        }
    }

    #[test]
    fn only_a_web_address_becomes_a_link() {
        assert!(
            banners(&guard("javascript:alert(1)"), None)[0]
                .top_up
                .is_none()
        );
        assert!(
            banners(&guard("https://www.citedy.com/billing"), None)[0]
                .top_up
                .is_some()
        );
    }

    #[test]
    fn a_cap_that_leaves_no_room_is_told() {
        let mut guard = guard("https://www.citedy.com");
        guard.pauses.clear();
        assert!(banners(&guard, None).is_empty());
        guard.spending.today = 1980;
        assert!(banners(&guard, None)[0].text.contains("2,000"));
    }

    #[test]
    fn a_low_balance_is_told_while_it_is_not_empty() {
        let low = LowBalance {
            credits: 120,
            message: "120 credits are left".into(),
            top_up: Some("https://www.citedy.com/billing".into()),
        };
        let mut guard = guard("https://www.citedy.com/billing");
        assert_eq!(banners(&guard, Some(low.clone())).len(), 1, "it is empty");
        guard.pauses.clear();
        let told = &banners(&guard, Some(low))[0];
        assert_eq!(told.heading, "Credits are running low");
        assert!(told.top_up.is_some());
    }
}
