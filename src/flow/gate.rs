//! The stop that stops. A paid call holds a pass from before its last check of the pauses
//! until it is answered; a pause is set and then waits until every pass is given back. So
//! after the pause's own answer no paid call is on its way, and none is sent.

use tokio::sync::{RwLock, RwLockReadGuard};

#[derive(Debug, Default)]
pub struct StartGate {
    passes: RwLock<()>,
}

/// The right to make one paid call.
#[derive(Debug)]
pub struct Pass<'a> {
    #[expect(dead_code, reason = "held for its drop")]
    guard: RwLockReadGuard<'a, ()>,
}

impl StartGate {
    /// Waits while somebody drains the gate.
    pub async fn pass(&self) -> Pass<'_> {
        Pass {
            guard: self.passes.read().await,
        }
    }

    /// Returns when every pass handed out before has been given back. Calls time out, so this
    /// takes no longer than the longest of them.
    pub async fn drain(&self) {
        drop(self.passes.write().await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn draining_waits_for_the_call_that_is_under_way() {
        let gate = std::sync::Arc::new(StartGate::default());
        let pass = gate.pass().await;
        let draining = tokio::spawn({
            let gate = gate.clone();
            async move { gate.drain().await }
        });
        tokio::task::yield_now().await;
        assert!(!draining.is_finished());
        drop(pass);
        draining.await.expect("the drain ends");
    }
}
