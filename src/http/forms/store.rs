//! Stores what was sent. Nobody waits for longer than senders do; what takes longer goes on by
//! itself, and who sends the same again hears what became of it: it must not be there twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;

use crate::flow::intake::{Intake, IntakeRow, accept};
use crate::flow::ports::{Accepted, HoldRule, Source};
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::lead::form::Form;

/// HubSpot waits 5 s for an answer; whoever gets this one sends again.
const LONGEST_STORING: Duration = Duration::from_secs(4);
/// For how long a post that took longer is known again.
const KNOWN_FOR: Duration = Duration::from_secs(3600);
/// More cannot be remembered; a database that hangs for so long is answered without any promise.
const MOST: usize = 1000;

type Outcome = Result<Arc<Accepted>, Problem>;

/// Posts whose senders were told to come again while they were being stored; by the digest of
/// the form and the body.
#[derive(Debug, Default)]
pub struct Slow(Mutex<HashMap<String, Slowly>>);

#[derive(Debug)]
struct Slowly {
    since: Instant,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Slow {
    fn find(&self, name: impl Fn() -> String) -> Option<watch::Receiver<Option<Outcome>>> {
        let known = self.lock();
        // Hardly ever is there one, and then no post need be digested.
        (!known.is_empty()).then(|| Some(known.get(&name())?.outcome.clone()))?
    }

    fn remember(&self, name: String, outcome: watch::Receiver<Option<Outcome>>, now: Instant) {
        let mut known = self.lock();
        known.retain(|_, slowly| now.saturating_duration_since(slowly.since) < KNOWN_FOR);
        if known.len() < MOST {
            let since = now;
            known.insert(name, Slowly { since, outcome });
        }
    }

    fn forget(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slowly>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores a post, or tells what became of the same one that was sent before and took too long.
pub async fn store(state: &AppState, form: &Form, body: &Bytes, rows: Vec<IntakeRow>) -> Outcome {
    let forms = &state.forms;
    let name = || format!("{}\u{1f}{}", form.id(), forms.names.of(body));
    if let Some(earlier) = forms.slow.find(name) {
        let outcome = waited(earlier).await.ok_or(Problem::StillStoring)?;
        forms.slow.forget(&name());
        // One that failed stored nothing.
        if outcome.is_ok() {
            return outcome;
        }
    }
    let intake = Intake {
        source: Source::Form,
        source_name: form.id(),
        hold: match form.hold {
            true => HoldRule::Always,
            false => state.flow.limits.hold_rule(),
        },
        rows,
    };
    let (told, outcome) = watch::channel(None);
    let flow = state.flow.clone();
    tokio::spawn(async move {
        let accepted = accept(&flow, intake).await;
        told.send_replace(Some(accepted.map(Arc::new).map_err(Problem::from)));
    });
    if let Some(outcome) = waited(outcome.clone()).await {
        return outcome;
    }
    forms.slow.remember(name(), outcome, Instant::now());
    Err(Problem::StillStoring)
}

/// `None` if it takes longer than a sender waits.
async fn waited(mut outcome: watch::Receiver<Option<Outcome>>) -> Option<Outcome> {
    let told = outcome.wait_for(Option::is_some);
    match tokio::time::timeout(LONGEST_STORING, told).await {
        Ok(Ok(outcome)) => outcome.clone(),
        // It ended without a word.
        Ok(Err(_)) => Some(Err(Problem::Internal)),
        Err(_) => None,
    }
}
