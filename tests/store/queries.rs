use std::collections::BTreeSet;

use chrono::NaiveDate;
use warmsheet::flow::ports::{AttemptRef, HoldRule, LeadFilter, NewBatch, Payer, Source};
use warmsheet::lead::{Cell, FlatRow, Status};

use crate::bench::{Bench, api_batch, at, batch, new_lead, payer, row};
use crate::on_both;

async fn found(bench: &Bench, filter: LeadFilter) -> Vec<String> {
    let leads = bench
        .store
        .oldest_leads(&filter, 0, 99)
        .await
        .expect("read");
    let (all, counts) = (leads.len() as u64, bench.store.counts(&filter).await);
    let counted: u64 = counts.expect("read").iter().map(|(_, leads)| leads).sum();
    assert_eq!(counted, all, "{filter:?}");
    leads.into_iter().map(|lead| lead.input).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_leaves_what_it_names() {
    on_both(async |bench| {
        let list = vec![new_lead("a-one.com"), new_lead("acme")];
        bench
            .accept(batch(Source::Folder, "/lists/a.csv", list))
            .await;
        let api = bench.accept(api_batch(&["a-two.com", "a-three.com"])).await;
        bench.start(api[0], "run-1").await;
        let tomorrow = bench.store.accept(api_batch(&["a-four.com"]), at(24 * 60));
        tomorrow.await.expect("accepted");

        let filter = LeadFilter::default;
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day);
        let batch = bench.view(api[0]).await.batch;
        let of = |agent: &str| Payer {
            agent: agent.to_owned(),
            ..payer()
        };
        for (filter, expected) in [
            (
                LeadFilter {
                    status: Some(Status::Rejected),
                    ..filter()
                },
                &["acme"][..],
            ),
            (
                LeadFilter {
                    source: Some(Source::Folder),
                    ..filter()
                },
                &["a-one.com", "acme"],
            ),
            (
                LeadFilter {
                    source_name: Some("/lists/a.csv".to_owned()),
                    ..filter()
                },
                &["a-one.com", "acme"],
            ),
            (
                LeadFilter {
                    source_name: Some("/lists/A.csv".to_owned()),
                    ..filter()
                },
                &[],
            ),
            (
                LeadFilter {
                    batch: Some(batch),
                    ..filter()
                },
                &["a-two.com", "a-three.com"],
            ),
            (
                LeadFilter {
                    from: day(2),
                    ..filter()
                },
                &["a-four.com"],
            ),
            (
                LeadFilter {
                    from: day(1),
                    to: day(1),
                    source: Some(Source::Api),
                    ..filter()
                },
                &["a-two.com", "a-three.com"],
            ),
            (
                LeadFilter {
                    from: Some(NaiveDate::MAX),
                    ..filter()
                },
                &[],
            ),
            (
                LeadFilter {
                    to: Some(NaiveDate::MIN),
                    ..filter()
                },
                &[],
            ),
            (
                LeadFilter {
                    from: Some(NaiveDate::MIN),
                    to: Some(NaiveDate::MAX),
                    status: Some(Status::Waiting),
                    ..filter()
                },
                &["a-two.com"],
            ),
            (
                LeadFilter {
                    not_of: Some(of("agent-2")),
                    ..filter()
                },
                &["a-two.com"],
            ),
            (
                LeadFilter {
                    not_of: Some(of("agent-1")),
                    ..filter()
                },
                &[],
            ),
            (
                LeadFilter {
                    seqs: Some(vec![api[1].lead, 999]),
                    ..filter()
                },
                &["a-three.com"],
            ),
            (
                LeadFilter {
                    seqs: Some(Vec::new()),
                    ..filter()
                },
                &[],
            ),
            (
                LeadFilter {
                    q: Some("  ".to_owned()),
                    status: Some(Status::Waiting),
                    ..filter()
                },
                &["a-two.com"],
            ),
        ] {
            let shown = format!("{filter:?}");
            assert_eq!(found(bench, filter).await, expected, "{shown}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_takes_any_case_and_every_character_by_the_letter() {
    on_both(async |bench| {
        let typed = ["https://Acme.com/A", "50% off!", "a_b", "a\\b", "it's"];
        let leads = bench.accept(api_batch(&typed)).await;
        let id = bench.view(leads[0]).await.id;
        let lower = id.to_string().to_lowercase();
        for (q, expected) in [
            ("ACME", &typed[..1]),
            ("acme.com/a", &typed[..1]),
            (" acme ", &typed[..1]),
            (lower.as_str(), &typed[..1]),
            ("%", &typed[1..2]),
            ("!", &typed[1..2]),
            ("_", &typed[2..3]),
            ("\\", &typed[3..4]),
            ("IT'S", &typed[4..]),
            ("!%", &[]),
        ] {
            let filter = LeadFilter {
                q: Some(q.to_owned()),
                ..LeadFilter::default()
            };
            assert_eq!(found(bench, filter).await, expected, "{q:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_every_lead_once_from_either_end() {
    on_both(async |bench| {
        let domains: Vec<String> = (0..25).map(|n| format!("company-{n}.com")).collect();
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        let mut oldest: Vec<i64> = Vec::new();
        for leads in [&domains[..12], &domains[12..]] {
            let accepted = bench.accept(api_batch(leads)).await;
            oldest.extend(accepted.iter().map(|lead| lead.lead));
        }
        let (store, all) = (&bench.store, LeadFilter::default());
        let (mut newest, mut before) = (Vec::new(), None);
        loop {
            let page = store.newest_leads(&all, before, 10).await.expect("read");
            newest.extend(page.leads.iter().map(|lead| lead.seq));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        newest.reverse();
        assert_eq!(newest, oldest);
        let whole = store.newest_leads(&all, None, 25).await.expect("read");
        assert_eq!(whole.next, None, "nothing is behind a full last page");
        let rest = store.oldest_leads(&all, oldest[19], 9).await.expect("read");
        let rest: Vec<i64> = rest.iter().map(|lead| lead.seq).collect();
        assert_eq!(rest, oldest[20..]);
    })
    .await;
}

/// Keys that no two calls share and that do not compress.
fn wide_row(salt: u64, keys: usize) -> FlatRow {
    let mut state = salt;
    let mut key = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (format!("{n}-{state:x}"), Cell::Number(n.into()))
    };
    FlatRow {
        cells: (0..keys).map(&mut key).collect(),
    }
}

async fn ended(bench: &Bench, domain: &str, run: &str, rows: Vec<FlatRow>) -> AttemptRef {
    let lead = bench.add(domain).await;
    bench.start(lead, run).await;
    bench.end(lead, run, rows, 3).await;
    lead
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_of_thousands_of_keys_are_told_apart_and_come_in_first_seen_order() {
    on_both(async |bench| {
        let store = &bench.store;
        let small = || row(&[("name", "A"), ("mail", "a@a.com")]);
        let turned = row(&[("mail", "a@a.com"), ("name", "A")]);
        ended(
            bench,
            "a-one.com",
            "run-1",
            vec![wide_row(1, 4000), small()],
        )
        .await;
        ended(
            bench,
            "a-two.com",
            "run-2",
            vec![small(), turned, wide_row(2, 4000)],
        )
        .await;
        ended(bench, "a-three.com", "run-3", vec![wide_row(1, 4000)]).await;
        let shapes = store.shapes(&LeadFilter::default()).await.expect("read");
        let lengths: Vec<usize> = shapes.iter().map(|shape| shape.keys.len()).collect();
        assert_eq!(lengths, [4000, 2, 2, 4000]);
        let distinct: BTreeSet<i64> = shapes.iter().map(|shape| shape.id).collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(shapes[1].keys, ["name", "mail"]);
        let (mut seen, mut after) = (Vec::new(), (0, 0));
        loop {
            let rows = store
                .result_rows(&LeadFilter::default(), after, 2)
                .await
                .expect("read");
            let Some(last) = rows.last() else { break };
            after = (last.lead_seq, last.row);
            seen.extend(
                rows.iter()
                    .map(|row| (row.run_id.clone(), row.row, row.shape)),
            );
        }
        let runs: Vec<_> = seen
            .iter()
            .map(|(run, row, _)| (run.as_str(), *row))
            .collect();
        let expected = [
            ("run-1", 1),
            ("run-1", 2),
            ("run-2", 1),
            ("run-2", 2),
            ("run-2", 3),
            ("run-3", 1),
        ];
        assert_eq!(runs, expected);
        assert_eq!(seen[5].2, seen[0].2, "the same keys are one shape");
        assert_eq!(
            store.credits(&LeadFilter::default()).await.expect("read"),
            120
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_mark_moves_with_each_write_whoever_writes() {
    on_both(async |bench| {
        let other = bench.place.open().await;
        let mark = async || bench.store.change_mark().await.expect("read");
        let mut marks = vec![mark().await];
        bench.add("acme.com").await;
        marks.push(mark().await);
        other.ping().await.expect("written");
        marks.push(mark().await);
        other.remember_balance(7).await.expect("written");
        marks.push(mark().await);
        let distinct: BTreeSet<&i64> = marks.iter().collect();
        assert_eq!(distinct.len(), 4, "{marks:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_wait_are_told_newest_first() {
    on_both(async |bench| {
        for domains in [&["a-one.com"][..], &["a-two.com", "a-three.com"]] {
            let batch = NewBatch {
                hold: HoldRule::Always,
                ..api_batch(domains)
            };
            bench.accept(batch).await;
        }
        let held = bench.store.held_batches().await.expect("read");
        let counts: Vec<u64> = held.iter().map(|batch| batch.held).collect();
        assert_eq!(counts, [2, 1]);
    })
    .await;
}
