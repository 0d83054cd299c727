//! How long after a kill somebody works again: until a request that was sent after it has its
//! answer from Citedy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::proxy::Answer;

pub struct Recovery {
    answers: watch::Receiver<Option<Answer>>,
    times: Arc<Mutex<Times>>,
}

#[derive(Debug, Default)]
struct Times {
    kills: usize,
    recovered: Vec<Duration>,
}

impl Recovery {
    pub fn new(answers: watch::Receiver<Option<Answer>>) -> Self {
        Self {
            answers,
            times: Arc::default(),
        }
    }

    /// An instance was killed just now.
    pub fn killed(&self) {
        let killed = Instant::now();
        let (mut answers, times) = (self.answers.clone(), self.times.clone());
        times.lock().unwrap_or_else(PoisonError::into_inner).kills += 1;
        tokio::spawn(async move {
            let living = |answer: &Option<Answer>| answer.is_some_and(|a| a.asked > killed);
            if let Ok(answer) = answers.wait_for(living).await
                && let Some(answer) = *answer
            {
                let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
                times.recovered.push(answer.answered - killed);
            }
        });
    }

    /// For people: how many kills, and how long it took after them.
    pub fn summary(&self) -> String {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.recovered.sort_unstable();
        let seconds = |time: Option<&Duration>| time.map_or(f64::NAN, Duration::as_secs_f64);
        let median = times.recovered.get(times.recovered.len() / 2);
        format!(
            "{} kills, {} followed by work; recovery median {:.2} s, max {:.2} s",
            times.kills,
            times.recovered.len(),
            seconds(median),
            seconds(times.recovered.last())
        )
    }
}
