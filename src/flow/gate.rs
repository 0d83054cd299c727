//! The stop that stops. A paid call holds a pass from before its last check of the pauses
//! until it is answered; a pause is set and then waits until every pass is given back. So
//! after the pause's own answer no paid call is on its way, and none is sent.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{RwLock, RwLockReadGuard};

/// Where every paid call passes.
#[derive(Debug, Default)]
pub struct StartGate {
    passes: RwLock<()>,
    closed: AtomicBool,
}

/// The right to make one paid call.
#[derive(Debug)]
pub struct Pass<'a> {
    #[expect(dead_code, reason = "held for its drop")]
    guard: RwLockReadGuard<'a, ()>,
}

impl StartGate {
    /// Waits while somebody drains the gate; `None` once it is closed.
    pub async fn pass(&self) -> Option<Pass<'_>> {
        let guard = self.passes.read().await;
        (!self.is_closed()).then_some(Pass { guard })
    }

    /// The process stops: nobody gets a pass any more, and who has one looks again before
    /// sending.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
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
        let pass = gate.pass().await.expect("the gate is open");
        let draining = tokio::spawn({
            let gate = gate.clone();
            async move { gate.drain().await }
        });
        tokio::task::yield_now().await;
        assert!(!draining.is_finished());
        drop(pass);
        draining.await.expect("the drain ends");
    }

    #[tokio::test]
    async fn a_closed_gate_gives_no_pass() {
        let gate = StartGate::default();
        gate.close();
        assert!(gate.pass().await.is_none());
    }
}
