//! Somebody says that a spreadsheet has changed: it is read before its time.

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::Flow;
use super::ports::StoreError;

/// Tells those who keep spreadsheets; asking twice before they have looked is asking once.
#[derive(Debug)]
pub struct LookNow(watch::Sender<Option<DateTime<Utc>>>);

impl Default for LookNow {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl LookNow {
    pub fn subscribe(&self) -> watch::Receiver<Option<DateTime<Utc>>> {
        self.0.subscribe()
    }

    /// Notes when somebody asked, here or at another instance; what was known is no news.
    pub fn asked_at(&self, at: DateTime<Utc>) {
        self.0.send_if_modified(|last| {
            let news = last.is_none_or(|last| last < at);
            if news {
                *last = Some(at);
            }
            news
        });
    }
}

/// Has every connected spreadsheet read soon, whichever instance keeps it.
pub async fn ask(flow: &Flow) -> Result<(), StoreError> {
    let now = flow.clock.now();
    if flow.store.is_shared() {
        flow.store.ask_for_look(now).await?;
    }
    flow.look_now.asked_at(now);
    Ok(())
}

/// Hears of what other instances were asked.
pub async fn listen(flow: &Flow) -> Result<(), StoreError> {
    if let Some(at) = flow.store.asked_for_look().await? {
        flow.look_now.asked_at(at);
    }
    Ok(())
}
