//! Which request goes to Citedy next. One pure function of the time, the budget and what is
//! known of each run; the loop that asks it does the rest.

use chrono::{DateTime, Utc};

use super::budget::RequestBudget;
use super::ports::{AttemptRef, Errand, LiveRun, QueuedLead};

/// What the choice is made from.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Runs that have not ended and are not being looked at: hinted first, then by due time.
    pub runs: Vec<LiveRun>,
    /// The next lead to start.
    pub queued: Option<QueuedLead>,
    /// The lead of unknown outcome whose next send is due first.
    pub unresolved: Option<QueuedLead>,
    /// From when on paid calls may be made; `None`: not for now.
    pub starts_from: Option<DateTime<Utc>>,
    /// From when on runs may be looked at; `None`: the key is refused.
    pub looks_from: Option<DateTime<Utc>>,
    /// When `/me` is to be asked.
    pub account_due: Option<DateTime<Utc>>,
    /// What a person waits for in front of a page.
    pub errand: Option<Errand>,
    pub turns: Turns,
}

/// What went out last, of those that take turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turns {
    /// Of starts and looks it was a start: a look that is late has its turn.
    started_last: bool,
    /// The last request was an errand: whatever else is due has its turn.
    errand_last: bool,
}

impl Turns {
    /// This one goes out now.
    pub fn taken(&mut self, choice: &Next) {
        self.errand_last = matches!(choice, Next::Errand(_));
        // An errand in between is nobody's turn: else each one would give starts another.
        if !self.errand_last {
            self.started_last = matches!(choice, Next::Start(_));
        }
    }
}

/// The choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Fetch a run.
    Look(LiveRun),
    /// Make a paid call.
    Start(AttemptRef),
    /// Ask for the balance.
    Account,
    /// Ask what a person wants to know.
    Errand(Errand),
    /// Nothing before that time; `None`: nothing at all until something changes.
    Wait(Option<DateTime<Utc>>),
}

/// Chooses the next request.
///
/// The account, rarely due, decides about everything else. Then comes a run that a webhook says
/// is done: its result is ready and costs one request.
/// Then an unknown outcome is settled, because money hangs on it. Then somebody waits in front of a
/// page; but of what else is due, something goes out between two errands, so that nobody who
/// downloads everything keeps paid work from going on. Starts and late looks take
/// turns, so that a long list neither starves its own first results nor is starved by them.
pub fn next_request(now: DateTime<Utc>, budget: &RequestBudget, known: &Known) -> Next {
    let due = |at: Option<DateTime<Utc>>| at.filter(|at| *at <= now);
    let wanted = wanted(now, known);
    let Some(choice) = wanted else {
        return Next::Wait(earliest_due(known));
    };
    match budget.free_at(now) {
        Some(at) if due(Some(at)).is_some() => choice,
        later => Next::Wait(later),
    }
}

fn wanted(now: DateTime<Utc>, known: &Known) -> Option<Next> {
    if known.account_due.is_some_and(|at| at <= now) {
        return Some(Next::Account);
    }
    let looks = known.looks_from.is_some_and(|at| at <= now);
    let starts = known.starts_from.is_some_and(|at| at <= now);
    // A hint was timed by whoever received it, and clocks differ: it is due whatever it says.
    let due_run = known
        .runs
        .iter()
        .find(|run| looks && (run.hinted || run.due_at <= now));
    if let Some(run) = due_run.filter(|run| run.hinted) {
        return Some(Next::Look(run.clone()));
    }
    if let Some(lead) = known
        .unresolved
        .as_ref()
        .filter(|l| starts && l.due_at <= now)
    {
        return Some(Next::Start(lead.attempt));
    }
    let start = known.queued.as_ref().filter(|_| starts);
    let work = match (start, due_run) {
        (Some(_), Some(run)) if known.turns.started_last => Some(Next::Look(run.clone())),
        (Some(lead), _) => Some(Next::Start(lead.attempt)),
        (None, Some(run)) => Some(Next::Look(run.clone())),
        (None, None) => None,
    };
    match known.errand.as_ref().filter(|_| looks) {
        Some(errand) if work.is_none() || !known.turns.errand_last => {
            Some(Next::Errand(errand.clone()))
        }
        _ => work,
    }
}

fn earliest_due(known: &Known) -> Option<DateTime<Utc>> {
    let look = known
        .looks_from
        .and_then(|from| known.runs.iter().map(|run| run.due_at.max(from)).min());
    let start = known.starts_from.filter(|_| known.queued.is_some());
    let resend = known
        .starts_from
        .and_then(|from| known.unresolved.as_ref().map(|lead| lead.due_at.max(from)));
    let errand = known.looks_from.filter(|_| known.errand.is_some());
    [look, start, resend, errand, known.account_due]
        .into_iter()
        .flatten()
        .min()
}

#[cfg(test)]
mod tests;
