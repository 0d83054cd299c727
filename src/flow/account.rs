//! What the account says about itself: whose key this is, and what is left on it.

use chrono::{DateTime, Utc};

use super::pause::pause;
use super::persist::{About, persist};
use super::ports::{CitedyApi, PauseKind, Payer, Store, StoreError};
use super::{Flow, Lesson, balance};
use crate::lead::money::CREDITS_PER_RUN;
use crate::lead::run::{Account, ApiFault};

/// The account that runs are bought with, if it was ever learnt for this key.
pub async fn known_payer(flow: &Flow) -> Result<Option<Payer>, StoreError> {
    payer_of(&*flow.store, &*flow.citedy).await
}

/// The same for those who only look into the database: nothing is asked of the API.
pub async fn payer_of(
    store: &dyn Store,
    citedy: &dyn CitedyApi,
) -> Result<Option<Payer>, StoreError> {
    let origin = citedy.origin();
    let fingerprint = citedy.key_fingerprint();
    let agent = store.known_agent(&origin, &fingerprint).await?;
    Ok(agent.map(|agent| Payer { origin, agent }))
}

/// The API refused a paid call for want of credits: paid calls stop until `/me` tells of some.
pub(super) async fn out_of_credits(
    flow: &Flow,
    message: &str,
    top_up: Option<String>,
) -> Result<(), StoreError> {
    if let Some(link) = &top_up {
        let kept = async || flow.store.remember_top_up(link).await;
        persist("top-up link", About::ACCOUNT, kept).await?;
    }
    pause(flow, PauseKind::Credits, message, top_up).await
}

/// Asks `/me`, keeps what it says, and lifts the pauses that it shows to be over.
pub async fn ask(flow: &Flow) -> Result<(Lesson, Option<Payer>), StoreError> {
    let asked_at = flow.clock.now();
    match flow.citedy.account().await {
        Ok(account) => {
            let payer = learn(flow, &account, asked_at).await?;
            Ok((Lesson::Fine, Some(payer)))
        }
        Err(ApiFault::KeyRefused { message } | ApiFault::AgentRefused { message }) => {
            pause(flow, PauseKind::Key, &message, None).await?;
            Ok((Lesson::NoStarts, None))
        }
        Err(ApiFault::RateLimited { retry_after }) => Ok((Lesson::SlowDown(retry_after), None)),
        Err(fault) => {
            tracing::warn!(error = %fault, "the account could not be asked");
            Ok((Lesson::Trouble, None))
        }
    }
}

async fn learn(
    flow: &Flow,
    account: &Account,
    asked_at: DateTime<Utc>,
) -> Result<Payer, StoreError> {
    let origin = flow.citedy.origin();
    let fingerprint = flow.citedy.key_fingerprint();
    // Without an id the key itself is the best name for its owner.
    let agent = account
        .agent_id
        .clone()
        .unwrap_or_else(|| fingerprint.clone());
    flow.store
        .remember_agent(&origin, &fingerprint, &agent)
        .await?;
    if let Some(credits) = account.credits {
        flow.store.remember_balance(credits, asked_at).await?;
    }
    if flow.store.clear_pause(PauseKind::Key).await? {
        tracing::info!("the key is accepted again");
    }
    // A balance that is not told can only be found out by trying.
    if account
        .credits
        .is_none_or(|credits| credits >= CREDITS_PER_RUN)
        && flow.store.clear_pause(PauseKind::Credits).await?
    {
        tracing::info!("there are credits again");
    }
    balance::watch(flow).await?;
    flow.wake.notify_waiters();
    Ok(Payer { origin, agent })
}
