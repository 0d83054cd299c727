//! A person's stop.

use super::Flow;
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
