//! Two hundred companies, a person who never stops working in the sheet, and a Google that
//! loses one answer in ten.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::google::{Book, Calls, Fault};
use crate::office::{Office, RESULTS, TAB};
use crate::support::warmsheet::Warmsheet;
use crate::support::{DEADLINE, eventually, within};

const COMPANIES: usize = 200;
const AT_ONCE: usize = 10;
/// Kinds of edits, and those that move columns.
const EDITS: u32 = 7;
const COLUMN_EDITS: std::ops::RangeInclusive<u32> = 3..=4;

fn domain(number: usize) -> String {
    format!("company-{number}.com")
}

fn owner(number: usize) -> String {
    format!("Owner {number}")
}

/// Pastes the next companies: at the end, in the middle, or above all others.
fn paste(book: &mut Book, random: &mut StdRng, from: usize) {
    let used = book.tab(TAB).used_rows().max(1);
    let at = random.random_range(1..=used + 2);
    let (domain_column, owner_column) = columns(book);
    if at < used {
        book.insert_rows(TAB, at, AT_ONCE);
    }
    for place in 0..AT_ONCE {
        let number = from + place;
        book.paste(TAB, at + place, domain_column, &[&[&domain(number)]]);
        book.paste(TAB, at + place, owner_column, &[&[&owner(number)]]);
    }
}

fn columns(book: &Book) -> (usize, usize) {
    let column = |header: &str| book.column(TAB, header).expect("a column of the person's");
    (column("Domain"), column("Owner"))
}

/// Something people do; never to a row that is not done, so that every company is bought.
fn fiddle(book: &mut Book, random: &mut StdRng, edit: u32) {
    let width = book.tab(TAB).used_columns();
    let used = book.tab(TAB).used_rows();
    match edit {
        0 | 1 => {
            let by = random.random_range(0..width);
            book.sort(TAB, 1, by, random.random(), None);
        }
        2 => book.insert_rows(TAB, random.random_range(1..=used), 2),
        3 => book.insert_columns(TAB, random.random_range(0..=width.min(4)), 1),
        4 => {
            let (from, to) = (random.random_range(0..width), random.random_range(0..width));
            book.move_column(TAB, from, to);
        }
        5 => {
            let row = random.random_range(1..=used);
            book.duplicate_row(TAB, row);
            book.delete_rows(TAB, row, 1);
        }
        _ => {
            let blank = (1..used).find(|row| {
                book.tab(TAB)
                    .row(*row)
                    .iter()
                    .all(crate::google::Cell::is_empty)
            });
            if let Some(row) = blank {
                book.delete_rows(TAB, row, 1);
            }
        }
    }
}

/// Waits until Google was asked again: the person is neither quicker nor slower than that.
async fn next_request(office: &Office) {
    let before = office.google.requests().len();
    within(DEADLINE * 3, "another request", || async {
        let now = office.google.requests().len();
        if now > before {
            Ok(())
        } else {
            Err(now.to_string())
        }
    })
    .await;
}

/// One request in ten, or its answer, gets lost.
fn lose_answers(office: &Office, seed: u64) {
    let lost = vec![
        Fault::LoseAnswerAfterApply,
        Fault::LoseRequest,
        Fault::FailAfterApply(503),
        Fault::Garbage,
    ];
    office
        .google
        .set_random_faults_on(Calls::Any, seed, 0.1, lost);
}

async fn all_done(service: &Warmsheet) {
    service.until_count("completed", COMPANIES as u64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_companies_are_bought_once_while_a_person_works_and_answers_get_lost() {
    let mut office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    office.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    office.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    lose_answers(&office, seed);
    for from in (0..COMPANIES).step_by(AT_ONCE) {
        office.book(|book| paste(book, &mut random, from));
        next_request(&office).await;
        let edit_seed = random.random();
        let edit = random.random_range(0..EDITS);
        // Half of the edits come between a read and its write.
        let in_flight = random.random();
        if in_flight {
            let done = Arc::new(AtomicBool::new(false));
            let tell = done.clone();
            office
                .google
                .before_next_write(Box::new(move |book: &mut Book| {
                    fiddle(book, &mut StdRng::seed_from_u64(edit_seed), edit);
                    tell.store(true, Ordering::SeqCst);
                }));
            within(DEADLINE * 3, "the sheet is written", || async {
                let done = done.load(Ordering::SeqCst);
                done.then_some(()).ok_or_else(|| "not yet".to_owned())
            })
            .await;
        } else {
            office.book(|book| fiddle(book, &mut StdRng::seed_from_u64(edit_seed), edit));
        }
        if in_flight || COLUMN_EDITS.contains(&edit) {
            // What a write cost that landed elsewhere is put back within one sync; who moves
            // things again before that is not expected. The first to end may have begun before
            // the edit. Google answers meanwhile, so that it takes no longer than that.
            office.google.clear_faults();
            office.after_syncs(&service, 2).await;
            lose_answers(&office, random.random());
        } else {
            next_request(&office).await;
        }
    }
    office.google.clear_faults();
    all_done(&service).await;
    eventually("every row is in the results", || async {
        let undelivered = service.get("/api/v1/leads?limit=1000").await;
        let leads = undelivered["leads"].as_array().expect("leads").clone();
        let left = leads
            .iter()
            .filter(|lead| lead["delivery"] != "done")
            .count();
        if left == 0 {
            Ok(())
        } else {
            Err(format!("{left} not delivered"))
        }
    })
    .await;
    office.after_syncs(&service, 3).await;
    assert_charged_once(&office, seed).await;
    assert_delivered_once(&office, &service, seed).await;
    assert_rows_are_right(&office, &service, seed).await;
}

async fn assert_charged_once(office: &Office, seed: u64) {
    let mut charged = office.charged().await;
    charged.sort();
    let mut wanted: Vec<String> = (0..COMPANIES).map(domain).collect();
    wanted.sort();
    assert_eq!(charged, wanted, "seed {seed}");
}

/// Every result row of every lead stands in the results tab, once.
async fn assert_delivered_once(office: &Office, service: &Warmsheet, seed: u64) {
    let all = service.get("/exports/leads.json").await;
    let mut wanted: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in all["rows"].as_array().expect("rows") {
        let id = row["lead_id"].as_str().expect("an id").to_owned();
        *wanted.entry((id, row["row"].to_string())).or_default() += 1;
    }
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    office.book(|book| {
        for row in book.rows(RESULTS).iter().skip(1) {
            *seen.entry((row[0].clone(), row[3].clone())).or_default() += 1;
        }
    });
    assert_eq!(seen, wanted, "seed {seed}");
}

/// The person's cells are as they were typed, and ours tell of the right lead.
async fn assert_rows_are_right(office: &Office, service: &Warmsheet, seed: u64) {
    let page = service.get("/api/v1/leads?limit=1000").await;
    let ids: HashMap<String, String> = page["leads"]
        .as_array()
        .expect("leads")
        .iter()
        .map(|lead| {
            let text = |key: &str| lead[key].as_str().unwrap_or_default().to_owned();
            (text("domain"), text("id"))
        })
        .collect();
    office.book(|book| {
        let (domain_column, owner_column) = columns(book);
        let own = |header: &str| book.column(TAB, header).expect("a column of ours");
        let (id_column, status_column) = (own("Lead ID"), own("Status"));
        let ours: Vec<usize> = [
            "Lead ID", "Status", "Message", "Run ID", "Credits", "Updated", "Action",
        ]
        .map(own)
        .to_vec();
        let rows = book.rows(TAB);
        let mut seen = 0;
        for row in rows.iter().skip(1) {
            let cell = |column: usize| row.get(column).map_or("", String::as_str);
            if cell(domain_column).is_empty() {
                let strays = (0..row.len())
                    .filter(|column| !ours.contains(column) && !cell(*column).is_empty());
                assert_eq!(strays.count(), 0, "seed {seed}: {row:?}");
                continue;
            }
            seen += 1;
            let number = cell(domain_column)
                .trim_start_matches("company-")
                .trim_end_matches(".com");
            assert_eq!(
                cell(owner_column),
                format!("Owner {number}"),
                "seed {seed}: {row:?}"
            );
            assert_eq!(
                cell(id_column),
                ids[cell(domain_column)],
                "seed {seed}: {row:?}"
            );
            assert!(
                cell(status_column).starts_with("Done"),
                "seed {seed}: {row:?}"
            );
            let others = (0..row.len()).filter(|column| {
                !ours.contains(column) && *column != domain_column && *column != owner_column
            });
            for column in others {
                assert_eq!(cell(column), "", "seed {seed}, column {column}: {row:?}");
            }
        }
        assert_eq!(seen, COMPANIES, "seed {seed}");
    });
}
