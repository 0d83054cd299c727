//! Which request goes to Citedy next. One pure function of the time, the budget and what is
//! known of the runs; the loop that asks it does the rest.

use chrono::{DateTime, TimeDelta, Utc};

use super::budget::RequestBudget;
use super::pace::Pace;
use super::pace::live_cap::LiveCap;
use super::ports::{AttemptRef, Errand, LiveRun, QueuedLead, WorkLeft};

/// Of the last starts so many in a row, after which a look that is worth a request has its turn.
const STARTS_IN_A_ROW: u32 = 39;
/// Requests of any kind in a row after which a look has its turn that is overdue, or a start has.
const IN_A_ROW: u32 = 19;
/// Leads that are counted at most, to tell whether a start is among the last ones.
const MOST_COUNTED: u32 = 10_000;

/// What the choice is made from, besides the budget and what runs have told.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Runs that have not ended and are not being looked at: hinted first, then by due time.
    pub runs: Vec<LiveRun>,
    /// The next lead to start.
    pub queued: Option<QueuedLead>,
    /// A run is being looked at.
    pub looking: bool,
    /// The lead of unknown outcome whose next send is due first.
    pub unresolved: Option<QueuedLead>,
    pub left: WorkLeft,
    pub live_cap: LiveCap,
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
    /// Starts since the last look.
    starts: u32,
    /// Requests since the last look that was overdue.
    others: u32,
    /// Requests since the last start.
    since_start: u32,
    /// The last request was an errand: whatever else is due has its turn.
    errand_last: bool,
}

impl Turns {
    /// This one goes out now.
    pub fn taken(&mut self, choice: &Next, pace: &Pace, now: DateTime<Utc>) {
        self.errand_last = matches!(choice, Next::Errand(_));
        self.others = self.others.saturating_add(1);
        self.since_start = self.since_start.saturating_add(1);
        match choice {
            Next::Start(_) => {
                self.starts = self.starts.saturating_add(1);
                self.since_start = 0;
            }
            Next::Look(run) => {
                self.starts = 0;
                if !run.hinted && is_overdue(run, pace, now) {
                    self.others = 0;
                }
            }
            // Nobody's turn: else each errand would give starts another.
            Next::Account | Next::Errand(_) | Next::Wait(_) => {}
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
/// downloads everything keeps paid work from going on.
///
/// Starts and looks compete. A look that nearly certainly finds a result comes before a start, because
/// the result is there now and the start only makes another; any other look would delay all leads that
/// wait, and goes out only while little is known and it tells how long runs take. But the last starts go
/// out before everything else, just in time: when what is left to fetch would not take longer than one
/// run, nobody fetches what can be fetched while that run goes on.
/// Nobody is starved: after some starts in a row looks have their turn, and after some requests of any
/// kind the look that is overdue for longest.
pub fn next_request(
    now: DateTime<Utc>,
    budget: &RequestBudget,
    pace: &Pace,
    known: &Known,
) -> Next {
    let moment = Moment {
        now,
        pace,
        known,
        per_minute: budget.per_minute(),
    };
    let Some(choice) = moment.wanted() else {
        return Next::Wait(moment.earliest_due());
    };
    match budget.free_at(now) {
        Some(at) if at <= now => choice,
        later => Next::Wait(later),
    }
}

/// So many leads or fewer, queued or under way, are what the last starts are among: with more nobody
/// needs to know how many there are.
pub fn last_ones(pace: &Pace, per_minute: u32) -> u32 {
    let tail = pace.tail().as_seconds_f64();
    ((tail * f64::from(per_minute) / 60.0) as u32).min(MOST_COUNTED)
}

struct Moment<'a> {
    now: DateTime<Utc>,
    pace: &'a Pace,
    known: &'a Known,
    per_minute: u32,
}

impl Moment<'_> {
    fn wanted(&self) -> Option<Next> {
        let known = self.known;
        if known.account_due.is_some_and(|at| at <= self.now) {
            return Some(Next::Account);
        }
        let looks = is_due(known.looks_from, self.now);
        if let Some(run) = self.overdue().filter(|_| looks) {
            return Some(Next::Look(run.clone()));
        }
        let start = self.start();
        // One that only finds out whether more runs are allowed by now keeps no look from going out.
        let leads_wait = start.is_some() && !known.live_cap.is_reached(known.left.live);
        let tries_more = !leads_wait && known.turns.since_start >= IN_A_ROW;
        let starts_turn = known.turns.starts < STARTS_IN_A_ROW;
        let start_first = leads_wait
            && self.is_among_the_last()
            && starts_turn
            && !known.runs.iter().any(|run| self.teaches(run));
        // A hint was timed by whoever received it, and clocks differ: it is due whatever it says.
        let hinted = known.runs.first().filter(|run| looks && run.hinted);
        if let Some(run) = hinted.filter(|_| !start_first) {
            return Some(Next::Look(run.clone()));
        }
        if let Some(lead) = self.resend() {
            return Some(Next::Start(lead.attempt));
        }
        let start_first = start_first || (start.is_some() && tries_more);
        let look = if looks && !start_first {
            self.look(leads_wait)
        } else {
            None
        };
        let work = match (start, look) {
            (_, Some(run)) => Some(Next::Look(run.clone())),
            (Some(lead), None) => Some(Next::Start(lead.attempt)),
            (None, None) => None,
        };
        match known.errand.as_ref().filter(|_| looks) {
            Some(errand) if work.is_none() || !known.turns.errand_last => {
                Some(Next::Errand(errand.clone()))
            }
            _ => work,
        }
    }

    /// The next lead, if it may be started now.
    fn start(&self) -> Option<&QueuedLead> {
        let known = self.known;
        let lead = known.queued.as_ref()?;
        let free = known.live_cap.free_at(known.left.live, self.now) <= self.now;
        (free && is_due(known.starts_from, self.now)).then_some(lead)
    }

    fn resend(&self) -> Option<&QueuedLead> {
        let lead = self.known.unresolved.as_ref()?;
        (lead.due_at <= self.now && is_due(self.known.starts_from, self.now)).then_some(lead)
    }

    /// What is left to fetch takes no longer than the run of a lead that starts last.
    fn is_among_the_last(&self) -> bool {
        let left = &self.known.left;
        left.queued.saturating_add(left.live) < last_ones(self.pace, self.per_minute).into()
    }

    /// The look that is overdue for longest, when it has its turn.
    fn overdue(&self) -> Option<&LiveRun> {
        if self.known.turns.others < IN_A_ROW {
            return None;
        }
        let runs = self.known.runs.iter().filter(|run| !run.hinted);
        let overdue = runs.filter(|run| self.may_look(run) && self.is_overdue(run));
        overdue.min_by_key(|run| run.due_at)
    }

    /// The look that is worth most, if any is worth a request now.
    fn look(&self, leads_wait: bool) -> Option<&LiveRun> {
        let least = self.pace.worth_a_request(leads_wait);
        let mut best: Option<(&LiveRun, f64)> = None;
        for run in self.known.runs.iter().filter(|run| self.may_look(run)) {
            let mut promise = self.pace.promise(run, self.now);
            if has_lost_its_hint(run) {
                promise.chance = 1.0;
            }
            let in_any_case = if leads_wait {
                self.teaches(run)
            } else {
                self.is_overdue(run)
            };
            if promise.chance < least && !in_any_case {
                continue;
            }
            let worth = if leads_wait {
                promise.chance
            } else {
                promise.delay
            };
            if best.is_none_or(|(_, most)| worth > most) {
                best = Some((run, worth));
            }
        }
        best.map(|(run, _)| run)
    }

    fn may_look(&self, run: &LiveRun) -> bool {
        if is_timed(run) {
            return run.due_at <= self.now;
        }
        self.pace.has_rested(run, self.now)
    }

    /// One look at a time: the next is chosen by what it tells.
    fn teaches(&self, run: &LiveRun) -> bool {
        !self.known.looking && self.may_look(run) && self.pace.teaches(run, self.now)
    }

    fn is_overdue(&self, run: &LiveRun) -> bool {
        is_overdue(run, self.pace, self.now)
    }

    /// When a request may be wanted, if nothing changes before.
    fn earliest_due(&self) -> Option<DateTime<Utc>> {
        let known = self.known;
        let look = known
            .looks_from
            .and_then(|from| Some(self.earliest_look()?.max(from)));
        let start = known.starts_from.filter(|_| known.queued.is_some());
        let start = start.map(|from| from.max(known.live_cap.free_at(known.left.live, self.now)));
        let resend = known
            .starts_from
            .and_then(|from| Some(known.unresolved.as_ref()?.due_at.max(from)));
        let errand = known.looks_from.filter(|_| known.errand.is_some());
        let earliest = [look, start, resend, errand, known.account_due]
            .into_iter()
            .flatten()
            .min()?;
        // Nothing is wanted now; a time that was rounded must not make anybody ask at once.
        Some(earliest.max(self.now + TimeDelta::milliseconds(20)))
    }

    fn earliest_look(&self) -> Option<DateTime<Utc>> {
        let when = |run: &LiveRun| {
            if run.hinted {
                return self.now;
            }
            if is_timed(run) {
                return run.due_at;
            }
            self.pace.worth_a_spare_from(run)
        };
        self.known.runs.iter().map(when).min()
    }
}

fn is_overdue(run: &LiveRun, pace: &Pace, now: DateTime<Utc>) -> bool {
    if is_timed(run) {
        run.due_at <= now
    } else {
        pace.is_overdue(run, now)
    }
}

/// A webhook has named it, but the look that followed failed.
fn has_lost_its_hint(run: &LiveRun) -> bool {
    run.failed_looks > 0 && run.hints > 0
}

/// Not by what was learnt, but when it is due: the last look failed, or a person has asked for one.
fn is_timed(run: &LiveRun) -> bool {
    run.failed_looks > 0 || run.buy_if_missing
}

fn is_due(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    at.is_some_and(|at| at <= now)
}

#[cfg(test)]
mod tests;
