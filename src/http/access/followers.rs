//! Sessions of those who follow a page live: read once for all of them, since every change makes
//! each of them ask again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::flow::Flow;
use crate::flow::ports::{Session, StoreError};

/// How long what was read holds: so much later a sign-out on another instance takes effect here,
/// for requests that say that they only refresh what is shown.
const HOLDS: Duration = Duration::from_secs(1);

/// The sessions of one admin token, by id.
#[derive(Default)]
pub struct Followers {
    /// Locked while they are read: whoever asks meanwhile waits for that.
    known: Mutex<Option<(Instant, HashMap<String, Session>)>>,
}

impl Followers {
    /// The session of this id. One that was opened since they were read is not found.
    pub async fn session(
        &self,
        flow: &Flow,
        token_hash: &str,
        id: &str,
    ) -> Result<Option<Session>, StoreError> {
        let now = flow.clock.now();
        let mut known = self.known.lock().await;
        let lasting = known
            .take()
            .filter(|(read_at, _)| read_at.elapsed() < HOLDS);
        let (read_at, sessions) = match lasting {
            Some(lasting) => lasting,
            None => {
                let read_at = Instant::now();
                let sessions = flow.store.sessions(token_hash, now).await?;
                let by_id = sessions.into_iter().map(|s| (s.id.clone(), s));
                (read_at, by_id.collect())
            }
        };
        let found = sessions.get(id).filter(|s| s.expires_at > now).cloned();
        *known = Some((read_at, sessions));
        Ok(found)
    }

    /// Some have ended: what was read before holds no more.
    pub async fn forget(&self) {
        *self.known.lock().await = None;
    }
}
