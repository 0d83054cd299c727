//! What the account says about itself: whose key this is, and what is left on it.

use super::pause::pause;
use super::ports::{PauseKind, Payer, StoreError};
use super::{Flow, Lesson};
use crate::lead::money::CREDITS_PER_RUN;
use crate::lead::run::{Account, ApiFault};

/// The account that runs are bought with, if it was ever learnt for this key.
pub async fn known_payer(flow: &Flow) -> Result<Option<Payer>, StoreError> {
    let origin = flow.citedy.origin();
    let fingerprint = flow.citedy.key_fingerprint();
    let agent = flow.store.known_agent(&origin, &fingerprint).await?;
    Ok(agent.map(|agent| Payer { origin, agent }))
}

/// Asks `/me`, keeps what it says, and lifts the pauses that it shows to be over.
pub async fn ask(flow: &Flow) -> Result<(Lesson, Option<Payer>), StoreError> {
    match flow.citedy.account().await {
        Ok(account) => Ok((Lesson::Fine, Some(learn(flow, &account).await?))),
        Err(ApiFault::KeyRefused { message } | ApiFault::AgentRefused { message }) => {
            pause(flow, PauseKind::Key, &message, None).await?;
            Ok((Lesson::NoStarts, None))
        }
        Err(ApiFault::RateLimited { retry_after }) => Ok((Lesson::SlowDown(retry_after), None)),
        Err(fault) => {
            tracing::warn!(%fault, "the account could not be asked");
            Ok((Lesson::Trouble, None))
        }
    }
}

async fn learn(flow: &Flow, account: &Account) -> Result<Payer, StoreError> {
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
        flow.store.remember_balance(credits).await?;
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
    flow.wake.notify_waiters();
    Ok(Payer { origin, agent })
}
