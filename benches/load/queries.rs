//! The hot queries, each with few and with many leads stored.

use std::time::Instant;

use chrono::{TimeDelta, Utc};
use futures_util::future::BoxFuture;
use warmsheet::flow::ports::{
    Begin, LeadFilter, LeaseTerm, QueuedLead, Recorded, ReuseRule, Source, StartTerms, Store,
};
use warmsheet::lead::Status;
use warmsheet::lead::money::Limit;

use crate::engine::{Engine, open};
use crate::known::{payer, verified};
use crate::{median, seed};

const FEW: u64 = 1_000;
const MANY: u64 = 100_000;
const ROUNDS: usize = 101;
/// Rounds that fill the caches.
const WARM_UP: usize = 10;
const GOAL: f64 = 2.0;
const PAGE: u32 = 50;

/// A filled database.
struct Stored {
    store: Box<dyn Store>,
    leads: u64,
    lease: LeaseTerm,
    next: QueuedLead,
}

type Ask = for<'a> fn(&'a Stored) -> BoxFuture<'a, ()>;

/// What is asked all the time.
const QUESTIONS: [(&str, Ask); 15] = [
    ("next lead", |s| Box::pin(next_lead(s))),
    ("next runs to look at (64)", |s| Box::pin(next_runs(s))),
    ("starts of unknown outcome", |s| Box::pin(unresolved(s))),
    ("checks before a start", |s| Box::pin(checks(s))),
    ("lead by run id (a webhook, stored)", |s| {
        Box::pin(webhook(s))
    }),
    ("dashboard: counts", |s| Box::pin(counts(s))),
    ("dashboard: spending", |s| Box::pin(spending(s))),
    ("dashboard: held batches", |s| Box::pin(held(s))),
    ("list: first page", |s| list(s, LeadFilter::default())),
    ("list: a page from the middle", |s| Box::pin(middle(s))),
    ("list: completed", |s| list(s, of_status(Status::Completed))),
    ("list: parked, of which there are five", |s| {
        list(s, of_status(Status::Parked))
    }),
    ("list: from sheets", |s| list(s, of_source(Source::Sheet))),
    ("list: from the oldest source", |s| {
        list(s, of_source(Source::Run))
    }),
    ("deliveries that are due", |s| Box::pin(deliveries(s))),
];

/// Linear by nature: every domain is searched for a part of it.
const SEARCHES: [(&str, Ask); 2] = [
    ("search: a part that many have", |s| {
        list(s, search("company"))
    }),
    ("search: a part that none has", |s| {
        list(s, search("nobody"))
    }),
];

pub async fn measure(engine: &Engine) {
    let few = Stored::new(engine, FEW).await;
    let many = Stored::new(engine, MANY).await;
    println!(
        "\n{}: medians of {ROUNDS} in ms, with {FEW} and with {MANY} leads",
        engine.name()
    );
    for (name, ask) in QUESTIONS {
        let (small, large) = times(&few, &many, ask).await;
        let ratio = large / small;
        let mark = if ratio <= GOAL { '✓' } else { '✗' };
        println!("{name:40} {small:8.3} {large:8.3}  × {ratio:.2} {mark}");
    }
    for (name, ask) in SEARCHES {
        let (small, large) = times(&few, &many, ask).await;
        println!("{name:40} {small:8.3} {large:8.3}  (no goal)");
    }
}

/// Medians of both, asked in turn, so that what else the machine does falls on both.
async fn times(few: &Stored, many: &Stored, ask: Ask) -> (f64, f64) {
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        for (stored, times) in [(few, &mut small), (many, &mut large)] {
            let started = Instant::now();
            ask(stored).await;
            if round >= WARM_UP {
                times.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
        }
    }
    (median(&mut small), median(&mut large))
}

impl Stored {
    async fn new(engine: &Engine, leads: u64) -> Self {
        let url = engine.database(&format!("leads_{leads}")).await;
        let store = open(&url).await;
        seed::fill(&mut engine.beside(&url).await, leads).await;
        let lease = store
            .take_lease("agent:bench", "bench", TimeDelta::hours(1))
            .await;
        let rule = ReuseRule {
            payer: payer(),
            since: None,
        };
        while !store
            .look_up(&rule, None, 1000, Utc::now())
            .await
            .expect("looked up")
            .is_empty()
        {}
        let next = store.queued(&payer(), None, &[], 1).await.expect("a queue");
        Self {
            leads,
            lease: lease.expect("leases").expect("a free lease"),
            next: next.into_iter().next().expect("a queued lead"),
            store,
        }
    }
}

async fn next_lead(s: &Stored) {
    let leads = s
        .store
        .queued(&payer(), None, &[], 1)
        .await
        .expect("an answer");
    assert_eq!(leads.len(), 1);
}

async fn next_runs(s: &Stored) {
    let runs = s
        .store
        .live_runs(&payer(), &[], 64)
        .await
        .expect("an answer");
    assert_eq!(runs.len(), 64);
}

async fn unresolved(s: &Stored) {
    let leads = s
        .store
        .unresolved(&payer(), &[], 64)
        .await
        .expect("an answer");
    assert_eq!(leads.len(), 4);
}

/// All that a start asks for; the cap then says no, so that nothing changes.
async fn checks(s: &Stored) {
    let now = Utc::now();
    let terms = StartTerms {
        lease: s.lease.clone(),
        payer: payer(),
        daily_credits: Limit::AtMost(0),
        answered_by: now,
        trusted_since: now - TimeDelta::days(1),
        reusable_since: Some(now - TimeDelta::days(30)),
    };
    let begun = s.store.begin_start(s.next.attempt, &terms, now).await;
    assert!(matches!(begun, Ok(Begin::CapReached)), "{begun:?}");
}

async fn webhook(s: &Stored) {
    let recorded = s
        .store
        .record_event(&verified(s.leads - 7), Utc::now())
        .await;
    assert_eq!(
        recorded.expect("an answer"),
        Recorded::New { made_due: true }
    );
}

async fn counts(s: &Stored) {
    let counts = s
        .store
        .counts(&LeadFilter::default())
        .await
        .expect("an answer");
    assert_eq!(counts.iter().map(|(_, leads)| leads).sum::<u64>(), s.leads);
}

async fn spending(s: &Stored) {
    let today = Utc::now().date_naive();
    let spending = s.store.spending(today).await.expect("an answer");
    assert_eq!(spending.unknown, 5);
}

async fn held(s: &Stored) {
    let held = s.store.held_batches().await.expect("an answer");
    assert_eq!(held.iter().map(|batch| batch.held).sum::<u64>(), 40);
}

async fn middle(s: &Stored) {
    let before = i64::try_from(s.leads / 2).ok();
    let page = s
        .store
        .newest_leads(&LeadFilter::default(), before, PAGE)
        .await;
    assert_eq!(page.expect("an answer").leads.len(), PAGE as usize);
}

async fn deliveries(s: &Stored) {
    let due = s.store.due_deliveries().await.expect("an answer");
    assert!(!due.is_empty());
}

fn list(s: &Stored, filter: LeadFilter) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        let page = s
            .store
            .newest_leads(&filter, None, PAGE)
            .await
            .expect("an answer");
        assert!(!page.leads.is_empty() || filter.q.is_some());
    })
}

fn of_status(status: Status) -> LeadFilter {
    LeadFilter {
        status: Some(status),
        ..LeadFilter::default()
    }
}

fn of_source(source: Source) -> LeadFilter {
    LeadFilter {
        source: Some(source),
        ..LeadFilter::default()
    }
}

fn search(part: &str) -> LeadFilter {
    LeadFilter {
        q: Some(part.to_owned()),
        ..LeadFilter::default()
    }
}
