//! What changed, told to all who follow it: asked of the database once, however many they are.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::lead::LeadId;

/// News that a slow listener may be behind before it misses some and is told that it did.
const BACKLOG: usize = 64;
/// The receiver that new listeners are cloned from.
const OWN_RECEIVERS: usize = 1;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Counts the notices of this process.
    pub mark: i64,
    /// Leads whose page would tell something new; `None`: perhaps all.
    pub leads: Option<Vec<LeadId>>,
    /// What every page tells of pauses, spending and the health of parts is new.
    pub guard: bool,
}

impl Change {
    /// Something may have changed, and nobody knows what.
    pub fn of_anything(mark: i64) -> Self {
        Self {
            mark,
            leads: None,
            guard: true,
        }
    }
}

/// Where notices come from.
#[derive(Debug)]
pub struct Live {
    changes: broadcast::Sender<Arc<Change>>,
    marks: watch::Sender<i64>,
    own: watch::Receiver<i64>,
}

impl Default for Live {
    fn default() -> Self {
        let (marks, own) = watch::channel(0);
        Self {
            changes: broadcast::Sender::new(BACKLOG),
            marks,
            own,
        }
    }
}

impl Live {
    /// The number of the last notice.
    pub fn mark(&self) -> i64 {
        *self.own.borrow()
    }

    /// Rings at every notice, for those who wait for something of their own.
    pub fn marks(&self) -> watch::Receiver<i64> {
        self.own.clone()
    }

    /// Hears of every change from now on.
    pub fn listen(&self) -> Listener {
        Listener {
            changes: self.changes.subscribe(),
            marks: self.own.clone(),
        }
    }

    /// Somebody wants to know: without, nothing need be asked.
    pub fn is_followed(&self) -> bool {
        self.marks.receiver_count() > OWN_RECEIVERS
    }

    /// Tells all listeners.
    pub fn tell(&self, leads: Option<Vec<LeadId>>, guard: bool) {
        let mark = self.mark() + 1;
        self.marks.send_replace(mark);
        // Without a listener there is nobody to miss it.
        let _ = self.changes.send(Arc::new(Change { mark, leads, guard }));
    }
}

/// Hears every notice from when it was made.
#[derive(Debug)]
pub struct Listener {
    changes: broadcast::Receiver<Arc<Change>>,
    marks: watch::Receiver<i64>,
}

impl Listener {
    /// The next notice; `None` once there will be no more.
    pub async fn next(&mut self) -> Option<Arc<Change>> {
        match self.changes.recv().await {
            Ok(change) => Some(change),
            Err(broadcast::error::RecvError::Lagged(_)) => {
                self.changes = self.changes.resubscribe();
                Some(Arc::new(Change::of_anything(*self.marks.borrow())))
            }
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_listener_hears_of_a_change_and_a_slow_one_that_it_missed_some() {
        let live = Live::default();
        assert!(!live.is_followed());
        let (mut quick, mut slow) = (live.listen(), live.listen());
        assert!(live.is_followed());
        live.tell(Some(Vec::new()), false);
        let heard = quick.next().await.expect("a change");
        assert_eq!((heard.mark, heard.guard), (1, false));
        for _ in 0..BACKLOG {
            live.tell(Some(Vec::new()), false);
        }
        let missed = slow.next().await.expect("a change");
        assert_eq!(*missed, Change::of_anything(1 + BACKLOG as i64));
        drop((quick, slow));
        assert!(!live.is_followed());
    }
}
