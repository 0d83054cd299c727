//! What would become of rows, before anybody pays: nothing is stored, and nothing asked of Citedy.
//!
//! It is a forecast. What is bought is decided by the guard and by the last look before each paid
//! call, as for every other lead.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;

use super::account::known_payer;
use super::finish_day::finish_day;
use super::guard::Guard;
use super::health::Sheets;
use super::intake::{IntakeRow, parse};
use super::ports::{HoldRule, PauseKind, ReportKey, Serves, StoreError};
use super::{Flow, reuse};
use crate::lead::money::{CREDITS_PER_RUN, Price, of_runs};
use crate::lead::{CompanyDomain, Forgotten, RequestOptions};

/// Queued leads are counted no further than this.
const MOST_AHEAD: i64 = 1_000_000;

/// A usable row, by its place among the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub place: usize,
    pub domain: CompanyDomain,
    pub options: RequestOptions,
    /// It is bought whatever is stored.
    force: bool,
}

/// A row for the same company with the same options as an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub place: usize,
    pub domain: CompanyDomain,
    /// The earlier row's place.
    pub of: usize,
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    pub place: usize,
    pub reason: String,
}

/// Rows by what can be told of them alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    pub wanted: Vec<Wanted>,
    /// In the order of the rows.
    pub copies: Vec<Copied>,
    pub unusable: Vec<Unusable>,
}

impl Sorted {
    /// Rows of forgotten companies are of no use.
    fn without(mut self, forgotten: &Forgotten) -> Self {
        if forgotten.is_empty() {
            return self;
        }
        let unusable = &mut self.unusable;
        let mut stays = |place, domain: &CompanyDomain| match forgotten.refuses(domain) {
            Some(reason) => {
                unusable.push(Unusable { place, reason });
                false
            }
            None => true,
        };
        self.wanted.retain(|row| stays(row.place, &row.domain));
        self.copies.retain(|row| stays(row.place, &row.domain));
        self.unusable.sort_by_key(|row| row.place);
        self
    }
}

/// Sorts rows; all but the first for one company with one set of options and one destination are copies.
/// A row for another spreadsheet must reach it, so it is none, though one report may serve both.
pub fn sort(rows: &[IntakeRow], connected: &Sheets) -> Sorted {
    let mut sorted = Sorted::default();
    let mut first: HashMap<(ReportKey, Option<String>), usize> = HashMap::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let (domain, options, to) = match parse(row, connected) {
            Ok(parsed) => parsed,
            Err(reason) => {
                sorted.unusable.push(Unusable { place, reason });
                continue;
            }
        };
        let of = *first.entry((key(&domain, &options), to)).or_insert(place);
        if of == place {
            sorted.wanted.push(Wanted {
                place,
                domain,
                options,
                force: row.force,
            });
        } else {
            sorted.copies.push(Copied { place, domain, of });
        }
    }
    sorted
}

fn key(domain: &CompanyDomain, options: &RequestOptions) -> ReportKey {
    ReportKey {
        domain: domain.as_str().to_owned(),
        options_key: options.key(),
    }
}

/// The rows as they are taken in where nobody saw a preview: with their copies, which cost nothing
/// when all goes well, unless each would be bought. Nobody pays for a copy by mistake.
pub fn without_paid_copies(rows: Vec<IntakeRow>, connected: &Sheets) -> Vec<IntakeRow> {
    if rows.iter().any(|row| row.force) {
        return without_copies(rows, connected);
    }
    rows
}

/// The rows without any copy: what a preview told the price of. Were they taken in, the next of them
/// would be bought should the first one's run fail.
pub fn without_copies(rows: Vec<IntakeRow>, connected: &Sheets) -> Vec<IntakeRow> {
    let copies = sort(&rows, connected).copies;
    let mut left_out = copies.iter().map(|copy| copy.place).peekable();
    let kept = |(place, row)| match left_out.next_if_eq(&place) {
        Some(_) => None,
        None => Some(row),
    };
    rows.into_iter().enumerate().filter_map(kept).collect()
}

/// What would become of rows that were sent now, without copies.
#[derive(Debug)]
pub struct Preview {
    pub bought: Vec<Wanted>,
    /// Served at no cost.
    pub reused: Vec<(Wanted, Serves)>,
    /// For another destination than the earlier row that the same report is bought for: that one
    /// serves them, if it comes.
    pub shared: Vec<Copied>,
    /// They are not taken in: the report of an earlier row is for them as well.
    pub copies: Vec<Copied>,
    pub unusable: Vec<Unusable>,
    /// Whose reports may serve is not known yet: the price is the most that it can be.
    pub at_most: bool,
    /// All of it would wait for a person.
    pub held: bool,
    pub guard: Guard,
    /// Credits left, if Citedy ever told.
    pub balance: Option<i64>,
    /// Leads that are queued already and start before these.
    pub ahead: u64,
}

/// What the day's cap says to the reports that would be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Today {
    NoCap,
    /// All of them start today; so many credits are left for others then.
    Fits {
        left: i64,
    },
    /// So many start today, the last on that day.
    Beyond {
        today: u64,
        finished: NaiveDate,
    },
    /// The cap lets no run start on any day.
    Never,
}

/// Looks at what would become of rows; only reads.
pub async fn preview(flow: &Flow, rows: &[IntakeRow]) -> Result<Preview, StoreError> {
    let forgotten = flow.store.forgotten().await?;
    let sorted = sort(rows, &flow.health.sheets()).without(&forgotten);
    let guard = Guard::read(flow).await?;
    let served = serving(flow, &sorted.wanted).await?;
    let at_most = served.is_none() && sorted.wanted.iter().any(|wanted| !wanted.force);
    let served = served.unwrap_or_else(|| vec![None; sorted.wanted.len()]);
    let usable = sorted.wanted.len();
    let (mut bought, mut reused, mut shared) = (Vec::new(), Vec::new(), Vec::new());
    let mut buys = HashMap::new();
    for (wanted, serves) in sorted.wanted.into_iter().zip(served) {
        let Wanted { place, force, .. } = wanted;
        match serves {
            Some(serves) => reused.push((wanted, serves)),
            None if force => bought.push(wanted),
            None => match buys.entry(key(&wanted.domain, &wanted.options)) {
                Entry::Occupied(first) => shared.push(Copied {
                    place,
                    domain: wanted.domain,
                    of: *first.get(),
                }),
                Entry::Vacant(first) => {
                    first.insert(place);
                    bought.push(wanted);
                }
            },
        }
    }
    let balance = flow.store.balance().await?;
    Ok(Preview {
        bought,
        reused,
        shared,
        copies: sorted.copies,
        unusable: sorted.unusable,
        at_most,
        held: is_held(flow.limits.hold_rule(), usable, &guard),
        guard,
        balance: balance.map(|balance| balance.left()),
        ahead: flow.store.startable(MOST_AHEAD).await?.unsigned_abs(),
    })
}

/// What serves each of these; `None` while the account is not known.
async fn serving(
    flow: &Flow,
    wanted: &[Wanted],
) -> Result<Option<Vec<Option<Serves>>>, StoreError> {
    let Some(payer) = known_payer(flow).await? else {
        return Ok(None);
    };
    let asked = wanted.iter().filter(|wanted| !wanted.force);
    let keys: Vec<ReportKey> = asked
        .map(|wanted| key(&wanted.domain, &wanted.options))
        .collect();
    let rule = reuse::rule(flow, &payer);
    let now = flow.clock.now();
    let mut found = flow.store.would_serve(&keys, &rule, now).await?.into_iter();
    let serves = wanted.iter().map(|wanted| match wanted.force {
        true => None,
        false => found.next().flatten(),
    });
    Ok(Some(serves.collect()))
}

/// As intake decides: rejected rows do not count, reused ones do.
fn is_held(rule: HoldRule, usable: usize, guard: &Guard) -> bool {
    let restored = guard.pauses.iter().any(|p| p.kind == PauseKind::Restored);
    usable > 0 && (rule.holds(usable as u64) || restored)
}

/// What a person saw of a preview when they confirmed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Reports that were to be bought.
    pub bought: usize,
    /// None of them before another approval.
    pub held: bool,
}

impl std::fmt::Display for Agreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.bought, if self.held { " held" } else { "" })
    }
}

impl Agreed {
    /// Reads it as [`Display`](std::fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (bought, held) = match text.strip_suffix(" held") {
            Some(bought) => (bought, true),
            None => (text, false),
        };
        let bought = bought.parse().ok()?;
        Some(Self { bought, held })
    }
}

impl Preview {
    pub fn agreed(&self) -> Agreed {
        Agreed {
            bought: self.bought.len(),
            held: self.held,
        }
    }

    /// It costs no more than what was agreed to, and as late.
    pub fn is_within(&self, agreed: Agreed) -> bool {
        self.bought.len() <= agreed.bought && (self.held || !agreed.held)
    }

    /// Nothing of it can be used.
    pub fn is_empty(&self) -> bool {
        self.bought.is_empty() && self.reused.is_empty()
    }

    /// Of what is bought.
    pub fn price(&self) -> Price {
        Price {
            leads: self.bought.len() as u64,
            reused: (!self.at_most).then_some(0),
        }
    }

    /// Credits that are charged at most.
    pub fn credits(&self) -> i64 {
        of_runs(self.bought.len() as u64)
    }

    /// What the day's cap says to it. What is queued already goes before.
    pub fn today(&self) -> Today {
        let Some(cap) = self.guard.daily_credits.at_most() else {
            return Today::NoCap;
        };
        let bought = self.bought.len() as u64;
        let left = cap - self.guard.spending.today - of_runs(self.ahead);
        if bought == 0 || of_runs(bought) <= left {
            let left = (left - of_runs(bought)).max(0);
            return Today::Fits { left };
        }
        let finished = finish_day(bought.saturating_add(self.ahead), &self.guard);
        match finished.filter(|_| cap >= CREDITS_PER_RUN) {
            Some(finished) => Today::Beyond {
                today: left.max(0).unsigned_abs() / CREDITS_PER_RUN.unsigned_abs(),
                finished,
            },
            None => Today::Never,
        }
    }
}

#[cfg(test)]
mod tests;
