//! What stops paid calls: a person, an empty balance, a refused key, a restore.

use std::time::Duration;

use super::persist::{About, persist};
use super::ports::{Pause, PauseKind, StoreError};
use super::{Flow, lease};

/// How often other instances are asked whether they have stopped.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Stops paid calls. Returns when none is on its way any more, on any instance: each owner of a
/// key has confirmed the stop, or its lease is over.
pub async fn by_person(flow: &Flow) -> Result<(), StoreError> {
    let stop = flow
        .store
        .stop(&Pause {
            kind: PauseKind::Person,
            message: "Paused by a person".to_owned(),
            link: None,
            since: flow.clock.now(),
        })
        .await?;
    flow.gate.drain().await;
    while flow.store.is_shared() && another_may_send(flow, stop).await? {
        tokio::time::sleep(ASK_EVERY).await;
    }
    tracing::warn!("paid calls are paused by a person");
    Ok(())
}

/// Another instance holds a key and has not confirmed this stop.
async fn another_may_send(flow: &Flow, stop: i64) -> Result<bool, StoreError> {
    let leases = flow.store.leases().await?;
    Ok(leases.iter().any(|lease| {
        lease.name.starts_with(lease::AGENT)
            && lease.holder != flow.instance
            && lease.is_held()
            && lease.stop_seen < stop
    }))
}

/// Lifts every pause that a person lifts: a person's own, and the one after a restore.
pub async fn resume(flow: &Flow) -> Result<(), StoreError> {
    for kind in PauseKind::ALL.into_iter().filter(|k| k.ends_by_resume()) {
        if flow.store.clear_pause(kind).await? {
            tracing::info!(pause = kind.as_str(), "resumed");
        }
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
    tracing::warn!(
        pause = kind.as_str(),
        why = message,
        "paid calls are paused"
    );
    let pause = Pause {
        kind,
        message: message.to_owned(),
        link,
        since: flow.clock.now(),
    };
    persist("pause", About::ACCOUNT, async || {
        flow.store.set_pause(&pause).await
    })
    .await?;
    Ok(())
}
