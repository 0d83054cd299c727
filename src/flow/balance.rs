//! Whether the credits that are left will do.
//!
//! `/me` tells a balance now and then; between two answers what was charged or reserved since
//! is taken off. A person hears of a low balance before the API refuses a start.

use super::ports::{Store, StoreError};
use super::{Flow, notify};
use crate::lead::money::{CREDITS_PER_RUN, counted, credits_with_usd};

/// Five reports: below that it is low, whatever is queued.
pub const LOW: i64 = 5 * CREDITS_PER_RUN;

/// A balance that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LowBalance {
    /// Credits left, as far as can be told.
    pub credits: i64,
    /// What that is enough for, in words.
    pub message: String,
    /// Where to top up; known once Citedy has told it with a refusal.
    pub top_up: Option<String>,
}

/// Low is what is below five reports, or does not cover what is queued to start by itself.
/// What waits for approval does not count: it may be cancelled.
pub async fn low(store: &dyn Store) -> Result<Option<LowBalance>, StoreError> {
    let Some(balance) = store.balance().await? else {
        return Ok(None);
    };
    let credits = balance.left();
    let message = low_words(store, credits).await?;
    Ok(message.map(|message| LowBalance {
        credits,
        message,
        top_up: balance.top_up,
    }))
}

/// What is to be said of so many credits, if they are few.
pub async fn low_words(store: &dyn Store, credits: i64) -> Result<Option<String>, StoreError> {
    let reports = credits.max(0) / CREDITS_PER_RUN;
    let more_are_queued = store.startable(reports + 1).await? > reports;
    Ok((credits < LOW || more_are_queued).then(|| words(credits, more_are_queued)))
}

/// Tells the log once when the balance becomes low, and once when it no longer is; those who are to
/// be notified hear of the first.
pub async fn watch(flow: &Flow) -> Result<(), StoreError> {
    let low = low(&*flow.store).await?;
    notify::balance(&*flow.store, low.as_ref(), flow.clock.now()).await?;
    if flow.health.balance_is_low(low.is_some()) {
        match low {
            Some(low) => tracing::warn!(
                credits = low.credits,
                top_up = low.top_up,
                "the balance is low: {}",
                low.message
            ),
            None => tracing::info!("the balance is not low any more"),
        }
    }
    Ok(())
}

fn words(credits: i64, more_are_queued: bool) -> String {
    let credits = credits.max(0);
    let reports = (credits / CREDITS_PER_RUN).unsigned_abs();
    let queued = if more_are_queued {
        "; more than that are queued"
    } else {
        ""
    };
    format!(
        "{} are left, enough for {}{queued}",
        credits_with_usd(credits),
        counted(reports, "report", "reports")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_say_what_is_left_and_what_it_is_enough_for() {
        assert_eq!(
            words(1_190, true),
            "1,190 credits (11.90 USD) are left, enough for 29 reports; more than that are \
             queued"
        );
        assert_eq!(
            words(-40, false),
            "0 credits (0.00 USD) are left, enough for 0 reports"
        );
    }
}
