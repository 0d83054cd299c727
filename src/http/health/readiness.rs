//! Whether the database takes what comes in, asked of it once for all who want to know: whoever may
//! call costs it no more than one write in two seconds.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is good for, whichever it is.
const GOOD_FOR: Duration = Duration::from_secs(2);

/// The last answer. The lock is held while the database is asked, so whoever comes meanwhile gets
/// that answer; should the caller who asks go away, the next one asks.
#[derive(Debug, Default)]
pub struct Readiness {
    last: Mutex<Option<Answer>>,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    ready: bool,
    /// When it was known, not when it was asked for: an engine that hangs takes longer than an
    /// answer is good for, and all who waited would ask once more, one after the other.
    known_at: Instant,
}

impl Readiness {
    /// The answer; `prove` is only run if the last one is too old.
    pub async fn ask(&self, prove: impl Future<Output = bool>) -> bool {
        let mut last = self.last.lock().await;
        if let Some(answer) = last.filter(|answer| answer.known_at.elapsed() < GOOD_FOR) {
            return answer.ready;
        }
        let ready = prove.await;
        *last = Some(Answer {
            ready,
            known_at: Instant::now(),
        });
        ready
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// A database that takes its time.
    #[derive(Default)]
    struct Database {
        asked: AtomicU32,
    }

    impl Database {
        async fn answer(&self, ready: bool, takes: Duration) -> bool {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(takes).await;
            ready
        }

        fn asked(&self) -> u32 {
            self.asked.load(Ordering::Relaxed)
        }
    }

    const QUICK: Duration = Duration::from_millis(5);
    const HANGING: Duration = Duration::from_secs(8);

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_at_once_get_the_answer_to_one_question() {
        for (ready, takes) in [(true, QUICK), (false, QUICK), (false, HANGING)] {
            let (readiness, database) = (Readiness::default(), Database::default());
            let callers = (0..100).map(|_| readiness.ask(database.answer(ready, takes)));
            assert_eq!(join_all(callers).await, [ready; 100]);
            assert_eq!(database.asked(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_good_for_two_seconds_whichever_it_is() {
        let (readiness, database) = (Readiness::default(), Database::default());
        for (is_ready, told) in [(true, true), (false, true)] {
            assert_eq!(readiness.ask(database.answer(is_ready, QUICK)).await, told);
        }
        tokio::time::advance(GOOD_FOR - Duration::from_millis(1)).await;
        assert!(readiness.ask(database.answer(false, QUICK)).await);
        tokio::time::advance(Duration::from_millis(1)).await;
        for (is_ready, told) in [(false, false), (true, false)] {
            assert_eq!(readiness.ask(database.answer(is_ready, QUICK)).await, told);
        }
        tokio::time::advance(GOOD_FOR).await;
        assert!(readiness.ask(database.answer(true, QUICK)).await);
        assert_eq!(database.asked(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_goes_away_leaves_nobody_without_an_answer() {
        let (readiness, database) = (Readiness::default(), Database::default());
        let gone = tokio::time::timeout(QUICK, readiness.ask(database.answer(false, HANGING)));
        let (gone, stayed) = tokio::join!(gone, readiness.ask(database.answer(true, QUICK)));
        assert!(gone.is_err());
        assert!(stayed);
        assert_eq!(database.asked(), 2);
    }
}
