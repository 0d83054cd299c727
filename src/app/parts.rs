use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the parts may take to end: answers under way are recorded in this time. What is
/// not answered by then is asked again, with the same key, at the next start.
const GRACE: Duration = Duration::from_secs(8);

/// The background parts of a running process. When one ends too early all are stopped: a
/// service that has lost its dispatcher looks alive and does nothing.
pub struct Parts {
    pub stop: CancellationToken,
    tasks: JoinSet<(&'static str, Result<(), String>)>,
}

/// A part ended although nobody had asked it to.
#[derive(Debug, thiserror::Error)]
#[error(
    "the part \u{201c}{name}\u{201d} has died: {why}; start warmsheet again, what was under way is \
     in the database"
)]
pub struct PartDied {
    pub name: String,
    pub why: String,
}

impl Parts {
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            tasks: JoinSet::new(),
        }
    }

    pub fn add(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<(), String>> + Send + 'static,
    ) {
        self.tasks.spawn(async move { (name, part.await) });
    }

    /// Waits until the stop is asked for, or until a part dies; then until all have ended.
    pub async fn run(mut self) -> Result<(), PartDied> {
        let first = tokio::select! {
            () = self.stop.cancelled() => None,
            ended = self.tasks.join_next() => ended,
        };
        // Asked to stop, parts may end before we hear of it ourselves.
        let asked = self.stop.is_cancelled();
        let died = first
            .filter(|ended| !asked || !matches!(ended, Ok((_, Ok(())))))
            .map(died);
        if let Some(died) = &died {
            tracing::error!(
                part = died.name,
                error = died.why,
                "a part has died; stopping"
            );
        }
        self.stop.cancel();
        let late = self.end().await;
        match died.or(late) {
            Some(died) => Err(died),
            None => Ok(()),
        }
    }

    /// Waits for every part to end, at most for the grace time.
    async fn end(&mut self) -> Option<PartDied> {
        let mut died_late = None;
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                if !matches!(ended, Ok((_, Ok(())))) {
                    died_late = Some(died(ended));
                }
            }
        };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!(
                "calls to Citedy are unanswered; their keys are stored and go out again at the \
                 next start, which cannot charge twice"
            );
            self.tasks.shutdown().await;
        }
        died_late
    }
}

fn died(ended: Result<(&'static str, Result<(), String>), tokio::task::JoinError>) -> PartDied {
    match ended {
        Ok((name, Ok(()))) => PartDied {
            name: name.to_owned(),
            why: "it ended by itself".to_owned(),
        },
        Ok((name, Err(why))) => PartDied {
            name: name.to_owned(),
            why,
        },
        Err(error) => PartDied {
            name: "unknown".to_owned(),
            why: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of which one does what it should: it ends when it is stopped.
    fn with_a_steady_part(stop: &CancellationToken) -> Parts {
        let mut parts = Parts::new(stop.clone());
        let stop = stop.clone();
        parts.add("steady", async move {
            stop.cancelled().await;
            Ok(())
        });
        parts
    }

    #[tokio::test]
    async fn when_one_part_dies_all_are_stopped_and_it_is_named() {
        let stop = CancellationToken::new();
        let mut parts = with_a_steady_part(&stop);
        parts.add("weak", async { Err("broken".to_owned()) });
        let died = parts.run().await.expect_err("a part died");
        assert_eq!((died.name.as_str(), died.why.as_str()), ("weak", "broken"));
        assert!(stop.is_cancelled());
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_no_fault() {
        let stop = CancellationToken::new();
        let parts = with_a_steady_part(&stop);
        stop.cancel();
        parts.run().await.expect("no fault");
    }
}
