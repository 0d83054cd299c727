use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::flow::guard::Guard;
use crate::flow::ports::Accepted;
use crate::lead::money::{CREDITS_PER_RUN, grouped, usd};

/// A plain line at least this often where no bar is possible.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Ends needed before their pace says something.
const ENOUGH: u64 = 3;

/// Rows by what matters while waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub all: u64,
    /// Not at an end yet.
    pub open: u64,
    /// Paid for, or being paid for.
    pub under_way: u64,
    pub done: u64,
    /// Blocked, failed, rejected, parked or cancelled.
    pub other: u64,
}

/// A bar on a terminal, plain lines elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    ended_at_first: Option<u64>,
    last_line: Option<(Instant, Tally)>,
    told_other: bool,
}

impl Progress {
    pub fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            started: Instant::now(),
            ended_at_first: None,
            last_line: None,
            told_other: false,
        }
    }

    pub fn show(&mut self, tally: &Tally, guard: &Guard) {
        let ended = tally.all - tally.open;
        let first = *self.ended_at_first.get_or_insert(ended);
        let left = self.time_left(tally, ended - first);
        let text = describe(tally, guard, left);
        match &self.bar {
            Some(bar) => {
                bar.set_length(tally.all);
                bar.set_position(ended);
                bar.set_message(text);
            }
            None => self.line(tally, &format!("{ended}/{} {text}", tally.all)),
        }
    }

    /// Another process has the right to work; its results are waited for.
    pub fn somebody_else_works(&mut self) {
        if !std::mem::replace(&mut self.told_other, true) {
            self.say("A running warmsheet works on this database; waiting for its results.");
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn line(&mut self, tally: &Tally, text: &str) {
        let news = self.last_line.is_none_or(|(at, before)| {
            let changed = before != *tally;
            at.elapsed() >= LINE_EVERY || (changed && tally.open == 0)
        });
        if news {
            eprintln!("{text}");
            self.last_line = Some((Instant::now(), *tally));
        }
    }

    /// From the pace of the ends seen so far.
    fn time_left(&self, tally: &Tally, ended_here: u64) -> Option<Duration> {
        if ended_here < ENOUGH || tally.open == 0 {
            return None;
        }
        let each = self.started.elapsed().div_f64(ended_here as f64);
        Some(each.mul_f64(tally.open as f64))
    }
}

fn describe(tally: &Tally, guard: &Guard, left: Option<Duration>) -> String {
    let mut text = format!("ended · {} done", tally.done);
    if tally.other > 0 {
        text += &format!(", {} other", tally.other);
    }
    text += &format!(" · {} running", tally.under_way);
    let queued = tally.open - tally.under_way;
    if queued > 0 {
        text += &format!(" · {queued} queued ({})", guard.waits_for().as_str());
    }
    let today = guard.spending.today;
    text += &format!(" · {today} credits today ({})", usd(today));
    if let Some(left) = left {
        text += &format!(" · about {} left", HumanDuration(left));
    }
    text
}

/// One line about what came in, before anything is paid.
pub fn tell_accepted(accepted: &Accepted, reused: u64) {
    let fresh = accepted.queued + accepted.held;
    let bought = fresh.saturating_sub(reused);
    let credits = bought.cast_signed() * CREDITS_PER_RUN;
    let mut text = format!(
        "{} rows: {} new ({}{} credits, {})",
        grouped(accepted.leads.len() as u64),
        grouped(fresh),
        if reused > 0 {
            format!("{} reused, ", grouped(reused))
        } else {
            String::new()
        },
        grouped(credits.unsigned_abs()),
        usd(credits)
    );
    if accepted.known > 0 {
        text += &format!(
            ", {} known from before and not bought again",
            grouped(accepted.known)
        );
    }
    if accepted.rejected > 0 {
        text += &format!(", {} not usable", grouped(accepted.rejected));
    }
    eprintln!("{text}");
}
