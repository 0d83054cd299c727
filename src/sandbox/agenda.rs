//! What the sandbox has to do by itself, and when: one ordered queue instead of a timer a run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::clock::Moment;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Announce the end of the run at this position.
    Announce(usize),
    /// Attempt the delivery at this position.
    Attempt(usize),
}

#[derive(Debug, Default)]
pub(super) struct Agenda {
    queue: BinaryHeap<Reverse<(Moment, Task)>>,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Moment, task: Task) {
        self.queue.push(Reverse((at, task)));
    }

    /// When the next task falls due.
    pub(super) fn next(&self) -> Option<Moment> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// The next task, if it is due.
    pub(super) fn pop_due(&mut self, now: Moment) -> Option<Task> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop().map(|Reverse((_, task))| task)
    }
}
