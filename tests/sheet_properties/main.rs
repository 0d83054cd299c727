//! The reconciler under random people and a random network, on a real database and a stand-in
//! for Google. `SHEET_CASES` and `SHEET_SEED` make it look longer and elsewhere.

mod check;
mod citedy;
mod desk;
#[path = "../support/google/mod.rs"]
mod google;
mod person;
mod results;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use warmsheet::adapters::sheets::{ClientConfig, GoogleSheets, ServiceAccount};

use desk::{Desk, Office};
use google::{Book, Calls, Cell, Fault, GoogleStandIn, Tab};
use person::Edit;
use truth::{INPUT, Truth};

const CASES: u32 = 120;

/// A sheet as it is when first connected.
#[derive(Clone, Debug)]
struct Start {
    columns: Vec<&'static str>,
    titled: bool,
    run_column: bool,
    /// The grid ends with the last column in use.
    narrow: bool,
    /// Index into the domains, or a blank row.
    rows: Vec<Option<u8>>,
}

#[derive(Clone, Debug)]
enum Step {
    Edit(Edit),
    InFlight(Edit),
    Sync,
    Faulty(Calls, Fault),
    LandLate,
    Wait,
    Restart,
    Start(u32),
    End(u32),
}

const OLD: [&str; 5] = ["o0.com", "o1.com", "o2.com", "not old", "o3.com"];

fn start() -> impl Strategy<Value = Start> {
    let columns = Just(vec!["Domain", "Owner", "Notes", "Link", "ICP"]).prop_shuffle();
    let rows = prop::collection::vec(prop::option::weighted(0.8, 0..5_u8), 0..5);
    let flags = (
        any::<bool>(),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
    );
    (columns, rows, flags).prop_map(|(columns, rows, (titled, run_column, narrow))| Start {
        columns,
        titled,
        run_column,
        narrow,
        rows,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let faults = prop::sample::select(vec![
        (Calls::Writes, Fault::LoseAnswerAfterApply),
        (Calls::Writes, Fault::LoseRequest),
        (Calls::Writes, Fault::FailAfterApply(503)),
        (Calls::Writes, Fault::FailBeforeApply(503)),
        (Calls::Writes, Fault::FailBeforeApply(429)),
        (Calls::Writes, Fault::ApplyLate),
        (Calls::Writes, Fault::Garbage),
        (Calls::Reads, Fault::FailBeforeApply(429)),
        (Calls::Any, Fault::LoseRequest),
    ]);
    prop_oneof![
        7 => person::between().prop_map(Step::Edit),
        4 => person::in_flight().prop_map(Step::InFlight),
        8 => Just(Step::Sync),
        3 => faults.prop_map(|(calls, fault)| Step::Faulty(calls, fault)),
        1 => Just(Step::LandLate),
        1 => Just(Step::Wait),
        1 => Just(Step::Restart),
        3 => (1..4_u32).prop_map(Step::Start),
        2 => (1..4_u32).prop_map(Step::End),
    ]
}

fn input(start: &Start) -> (Tab, Truth) {
    let mut truth = Truth {
        header: usize::from(start.titled),
        ..Truth::default()
    };
    let mut columns = start.columns.clone();
    columns.extend(start.run_column.then_some("Run"));
    let mut tab = Tab::new(INPUT, "Companies");
    if start.narrow {
        tab.column_count = columns.len();
    }
    if start.titled {
        tab.set(0, 0, Cell::text("Campaign 7"));
    }
    for (column, name) in columns.iter().enumerate() {
        tab.set(truth.header, column, Cell::text(*name));
        truth.columns.insert((*name).to_owned(), Vec::new());
    }
    let mut book = Book::new("paper", "Paper", vec![tab]);
    for (place, domain) in start.rows.iter().enumerate() {
        let row = truth.header + 1 + place;
        if let Some(domain) = domain {
            rows::fill(&mut book, &mut truth, row, OLD[usize::from(*domain)]);
            truth.set(&mut book, row, "Run", Cell::Bool(true));
        }
    }
    (book.tabs.remove(0), truth)
}

async fn act(desk: &mut Desk<'_>, step: &Step) -> Result<(), String> {
    desk.later(4);
    match step {
        Step::Edit(edit) => desk.edit(edit),
        Step::InFlight(edit) => desk.edit_in_flight(edit),
        Step::Sync => {
            desk.sync(None).await;
        }
        Step::Faulty(calls, fault) => {
            desk.sync(Some((*calls, *fault))).await;
        }
        Step::LandLate => desk.land_late(),
        Step::Wait => desk.wait(desk::LATE + 10),
        Step::Restart => desk.restart(),
        Step::Start(most) => {
            desk.start(*most).await?;
        }
        Step::End(most) => {
            desk.end(*most).await;
        }
    }
    Ok(())
}

/// Looks until all is told and delivered; what people see must be right after two looks.
async fn settle(desk: &mut Desk<'_>) -> Result<(), String> {
    desk.be_quiet();
    // Tabs that were deleted are found missing by a look that fails.
    if !desk.sync(None).await {
        desk.sync(None).await;
    }
    desk.sync(None).await;
    check::users_cells(desk).map_err(|why| format!("after two looks: {why}"))?;
    check::rows(desk, &desk.leads().await, false)
        .map_err(|why| format!("after two looks: {why}"))?;
    for _ in 0..8 {
        desk.later(5);
        let quiet = desk.sync(None).await;
        let busy = desk.start(100).await? + desk.end(100).await;
        if quiet && busy == 0 {
            check::users_cells(desk)?;
            check::rows(desk, &desk.leads().await, true)?;
            check::money(desk)?;
            return check::delivered(desk, &desk.leads().await);
        }
    }
    Err("it never comes to rest".to_owned())
}

async fn play(office: &Office, book: &str, start: &Start, steps: &[Step]) -> Result<(), String> {
    let (tab, truth) = input(start);
    let mut desk = Desk::new(office, book, tab, truth).await;
    let mut result = Ok(());
    for step in steps {
        result = act(&mut desk, step).await;
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        result = settle(&mut desk).await;
    }
    let mut truth = desk.truth();
    // Hooks that were not used must not reach the next case.
    truth.quiet = true;
    result.map_err(|why| format!("{why}\n{}", truth.log.join("\n")))
}

async fn office(folder: &std::path::Path) -> Office {
    let google = GoogleStandIn::start().await;
    let key = google.write_key_file(folder);
    let account = ServiceAccount::open(&key).await.expect("an account");
    let config = ClientConfig {
        base_url: Some(google.base_url().parse().expect("an address")),
        requests_per_minute: 60_000,
    };
    let client = GoogleSheets::new(account, &config).expect("a client");
    Office {
        google,
        client: Arc::new(client),
    }
}

fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_people_and_the_network_do_the_sheet_comes_right() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::TempDir::new().expect("a folder");
    let office = runtime.block_on(office(folder.path()));
    let config = Config {
        cases: number("SHEET_CASES").unwrap_or(CASES),
        max_shrink_iters: 3_000,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = number("SHEET_SEED").unwrap_or(0);
    let bytes: Vec<u8> = seed.to_be_bytes().repeat(8);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let played = AtomicUsize::new(0);
    let steps = prop::collection::vec(step(), 4..40);
    let result =
        TestRunner::new_with_rng(config, random).run(&(start(), steps), |(start, steps)| {
            let book = format!("book-{}", played.fetch_add(1, Ordering::Relaxed));
            runtime
                .block_on(play(&office, &book, &start, &steps))
                .map_err(TestCaseError::fail)
        });
    if let Err(error) = result {
        panic!("SHEET_SEED={seed}: {error}");
    }
}
