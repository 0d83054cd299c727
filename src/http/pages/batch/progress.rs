//! How far a batch is, how long it takes yet and what it costs.

use crate::flow::Flow;
use crate::flow::guard::{Guard, WaitsFor};
use crate::flow::ports::{BatchView, Counts, LeadFilter, StoreError};
use crate::flow::reuse::reusable;
use crate::flow::time_left::{BatchState, TimeLeft, in_words};
use crate::http::pages::counts::{count, total};
use crate::lead::Status;
use crate::lead::money::{credits, grouped, of_runs, signed, usd};

/// A batch as it stands now.
pub struct Now {
    pub state: BatchState,
    pub held_reused: u64,
    spent: i64,
    /// Sent, and what was charged for them is not known yet.
    starting: u64,
}

impl Now {
    pub async fn read(flow: &Flow, view: &BatchView, counts: &Counts) -> Result<Self, StoreError> {
        let of = |status| LeadFilter {
            status,
            batch: Some(view.id.clone()),
            ..LeadFilter::default()
        };
        let (held, queued) = (count(counts, Status::Held), count(counts, Status::Queued));
        let served = async |status, leads| match leads {
            0 => Ok(0),
            _ => reusable(flow, &of(Some(status))).await,
        };
        let held_reused = served(Status::Held, held).await?;
        let starting = count(counts, Status::Starting);
        Ok(Self {
            state: BatchState {
                held,
                queued,
                under_way: starting + count(counts, Status::Waiting),
                reusable: served(Status::Queued, queued).await?,
                queue: flow.store.batch_queue(&view.id).await?,
            },
            held_reused,
            spent: flow.store.credits(&of(None)).await?,
            starting,
        })
    }

    /// What is spent of what the whole batch will have cost.
    pub fn credits(&self) -> String {
        let state = &self.state;
        let open = (state.held + state.queued)
            .saturating_sub(self.held_reused + state.reusable)
            .saturating_add(self.starting);
        let price = self.spent.saturating_add(of_runs(open));
        format!(
            "{} of {} spent ({} of {})",
            signed(self.spent),
            credits(price),
            usd(self.spent),
            usd(price)
        )
    }
}

/// How far a batch is, as a bar and in words.
pub struct Progress {
    pub done: u64,
    pub total: u64,
    pub text: String,
}

impl Progress {
    pub fn new(counts: &Counts) -> Self {
        let of = |states: &[Status]| states.iter().map(|s| count(counts, *s)).sum::<u64>();
        let total = total(counts);
        let finished = of(&[
            Status::Completed,
            Status::Reused,
            Status::Blocked,
            Status::Failed,
        ]);
        let mut text = format!("{} of {} finished", grouped(finished), grouped(total));
        for (leads, words) in [
            (of(&[Status::Starting, Status::Waiting]), "under way"),
            (of(&[Status::Queued]), "queued"),
            (of(&[Status::Held]), "waiting for approval"),
            (of(&[Status::Parked]), "to look at"),
            (of(&[Status::Cancelled]), "cancelled"),
            (of(&[Status::Rejected]), "not usable"),
        ] {
            if leads > 0 {
                text.push_str(&format!(", {} {words}", grouped(leads)));
            }
        }
        let ended = counts.iter().filter(|(status, _)| status.is_end());
        Self {
            done: ended.map(|(_, leads)| leads).sum(),
            total,
            text,
        }
    }
}

/// How long it takes yet, or why nobody can tell.
pub fn words(left: TimeLeft, counts: &Counts, guard: &Guard) -> String {
    let why = match left {
        TimeLeft::About(time) => return format!("{} left", capital(&in_words(time))),
        TimeLeft::None if count(counts, Status::Parked) > 0 => {
            "Nothing is under way; some leads need a look"
        }
        TimeLeft::None => "Finished",
        TimeLeft::Approval => "Waits for your approval",
        TimeLeft::Cap(day) => {
            let opens = if guard.cap_reached() {
                "is reached"
            } else {
                "will be reached"
            };
            return format!(
                "Today\u{2019}s cap {opens}: goes on tomorrow, and the last starts on {day}"
            );
        }
        TimeLeft::Stopped(stop) => match stop {
            WaitsFor::Turn => "Waits for its turn",
            WaitsFor::Cap => "The day\u{2019}s cap lets nothing start",
            WaitsFor::Pause => "Paused: goes on once you resume",
            WaitsFor::Restored => "Restored from a back-up: goes on once you resume",
            WaitsFor::Moved => "This database was moved: nothing starts here any more",
            WaitsFor::Balance => "Out of credits: goes on once the balance is topped up",
            WaitsFor::Key => "The API key is refused: goes on once one is accepted",
        },
    };
    why.to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_beside_the_bar_add_up() {
        let counts = vec![
            (Status::Completed, 30),
            (Status::Reused, 7),
            (Status::Waiting, 4),
            (Status::Starting, 1),
            (Status::Queued, 70),
            (Status::Rejected, 8),
        ];
        let progress = Progress::new(&counts);
        assert_eq!(
            progress.text,
            "37 of 120 finished, 5 under way, 70 queued, 8 not usable"
        );
        assert_eq!((progress.done, progress.total), (45, 120));
    }

    #[test]
    fn what_is_spent_is_told_of_what_it_will_have_cost() {
        let now = Now {
            state: BatchState {
                held: 3,
                queued: 2,
                reusable: 1,
                ..BatchState::default()
            },
            held_reused: 1,
            spent: 80,
            starting: 1,
        };
        assert_eq!(
            now.credits(),
            "80 of 240 credits spent (0.80 USD of 2.40 USD)"
        );
    }
}
