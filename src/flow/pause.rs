//! What stops paid calls: a person, an empty balance, a refused key.

use super::Flow;
use super::persist::persist;
use super::ports::{Pause, PauseKind, StoreError};

/// Stops paid calls. Returns when none is on its way any more.
pub async fn by_person(flow: &Flow) -> Result<(), StoreError> {
    flow.store
        .set_pause(&Pause {
            kind: PauseKind::Person,
            message: "Paused by a person".to_owned(),
            link: None,
            since: flow.clock.now(),
        })
        .await?;
    flow.gate.drain().await;
    tracing::warn!("paid calls are paused by a person");
    Ok(())
}

/// Lifts a person's stop.
pub async fn resume(flow: &Flow) -> Result<(), StoreError> {
    if flow.store.clear_pause(PauseKind::Person).await? {
        tracing::info!("resumed");
    }
    flow.wake.notify_waiters();
    Ok(())
}

/// Stops paid calls for a reason that the API gave; `link` is where to top up.
pub(super) async fn pause(
    flow: &Flow,
    kind: PauseKind,
    message: &str,
    link: Option<String>,
) -> Result<(), StoreError> {
    tracing::warn!(kind = kind.as_str(), message, "paid calls are paused");
    let pause = Pause {
        kind,
        message: message.to_owned(),
        link,
        since: flow.clock.now(),
    };
    persist("pause", async || flow.store.set_pause(&pause).await).await?;
    Ok(())
}
