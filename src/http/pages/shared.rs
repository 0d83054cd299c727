//! What pages show, read once for all who follow it live: however many look at the same page, a
//! change costs the queries of one.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpRequest;

use super::{AppState, PageError};

/// The header of a request that only refreshes what is shown: the event that it follows, as the
/// event names itself (`<instance> <mark>`).
pub const FOLLOWS: &str = "x-warmsheet-follows";
/// Different pages that are kept: more are read anew.
const MOST_KEPT: usize = 64;

/// One page's contents; the lock is held while they are read.
type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

struct Kept {
    /// Everything that was told of up to here is in it.
    mark: i64,
    contents: Arc<dyn Any + Send + Sync>,
}

/// The contents of live pages, by name.
#[derive(Default)]
pub struct SharedViews {
    slots: Mutex<HashMap<String, Slot>>,
}

impl SharedViews {
    /// The contents of the page of this name: for a browser that only follows an event what was
    /// read for another one since, for everybody else read now.
    pub async fn get<T: Send + Sync + 'static>(
        &self,
        request: &HttpRequest,
        state: &AppState,
        name: &str,
        read: impl Future<Output = Result<T, PageError>>,
    ) -> Result<Arc<T>, PageError> {
        let Some(wanted) = followed(request, &state.flow.instance) else {
            return Ok(Arc::new(read.await?));
        };
        let slot = self.slot(name);
        let mut kept = slot.lock().await;
        let fresh = kept.as_ref().filter(|kept| kept.mark >= wanted);
        if let Some(contents) = fresh.and_then(|kept| kept.contents.clone().downcast().ok()) {
            return Ok(contents);
        }
        // What is told of while it is read may or may not be in it.
        let mark = state.live.mark();
        let contents = Arc::new(read.await?);
        *kept = Some(Kept {
            mark,
            contents: contents.clone(),
        });
        Ok(contents)
    }

    fn slot(&self, name: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_KEPT && !slots.contains_key(name) {
            slots.clear();
        }
        slots.entry(name.to_owned()).or_default().clone()
    }
}

/// The mark of the event that a request follows, if it was this instance's.
fn followed(request: &HttpRequest, instance: &str) -> Option<i64> {
    let text = request.headers().get(FOLLOWS)?.to_str().ok()?;
    let (told_by, mark) = text.rsplit_once(' ')?;
    (told_by == instance).then(|| mark.parse().ok())?
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_an_event_of_this_instance_is_followed() {
        let asked = |text: &str| {
            let request = TestRequest::default().insert_header((FOLLOWS, text));
            followed(&request.to_http_request(), "machine-1")
        };
        assert_eq!(asked("machine-1 7"), Some(7));
        assert_eq!(asked("machine-2 7"), None);
        assert_eq!(asked("machine-1 x"), None);
        assert_eq!(asked("7"), None);
    }
}
