use std::collections::BTreeSet;

use chrono::NaiveDate;
use warmsheet::flow::ports::{HoldRule, LeadFilter, NewBatch, Payer, Source};
use warmsheet::lead::Status;

use crate::fixture::{Fixture, api_batch, at, batch, new_lead, payer};
use crate::on_both;

async fn found(fixture: &Fixture, filter: LeadFilter) -> Vec<String> {
    let leads = fixture
        .store
        .oldest_leads(&filter, 0, 99)
        .await
        .expect("read");
    let (all, counts) = (leads.len() as u64, fixture.store.counts(&filter).await);
    let counted: u64 = counts.expect("read").iter().map(|(_, leads)| leads).sum();
    assert_eq!(counted, all, "{filter:?}");
    let page = fixture.store.newest_leads(&filter, None, 99).await;
    let newest = page.expect("read").leads.into_iter().rev();
    let newest: Vec<i64> = newest.map(|lead| lead.seq).collect();
    let oldest: Vec<i64> = leads.iter().map(|lead| lead.seq).collect();
    assert_eq!(newest, oldest, "{filter:?}");
    leads.into_iter().map(|lead| lead.input).collect()
}

fn filter(set: impl FnOnce(&mut LeadFilter)) -> LeadFilter {
    let mut filter = LeadFilter::default();
    set(&mut filter);
    filter
}

async fn assert_found(fixture: &Fixture, expected: &[&str], set: impl FnOnce(&mut LeadFilter)) {
    let filter = filter(set);
    let shown = format!("{filter:?}");
    assert_eq!(found(fixture, filter).await, expected, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_leaves_what_it_names() {
    on_both(async |fixture| {
        let list = vec![new_lead("a-one.com"), new_lead("acme")];
        fixture
            .accept(batch(Source::Folder, "/lists/a.csv", list))
            .await;
        let api = fixture
            .accept(api_batch(&["a-two.com", "a-three.com"]))
            .await;
        fixture.start(api[0], "run-1").await;
        let of = |agent: &str| {
            Some(Payer {
                agent: agent.to_owned(),
                ..payer()
            })
        };
        let view = fixture.view(api[0]).await;
        let (file, all_api) = (&["a-one.com", "acme"], &["a-two.com", "a-three.com"]);
        assert_found(fixture, &["acme"], |f| f.status = Some(Status::Rejected)).await;
        assert_found(fixture, file, |f| f.source = Some(Source::Folder)).await;
        assert_found(fixture, &[], |f| f.source = Some(Source::Form)).await;
        assert_found(fixture, file, |f| {
            f.source_name = Some("/lists/a.csv".into())
        })
        .await;
        assert_found(fixture, &[], |f| {
            f.source_name = Some("/lists/A.csv".into())
        })
        .await;
        assert_found(fixture, all_api, |f| f.batch = Some(view.batch)).await;
        assert_found(fixture, &["a-two.com"], |f| f.not_of = of("agent-2")).await;
        assert_found(fixture, &[], |f| f.not_of = of("agent-1")).await;
        assert_found(fixture, &["a-three.com"], |f| {
            f.seqs = Some(vec![api[1].lead, 999])
        })
        .await;
        assert_found(fixture, &[], |f| f.seqs = Some(Vec::new())).await;
        // All that is given must hold, and a blank search is none.
        assert_found(fixture, &["a-two.com"], |f| {
            f.source = Some(Source::Api);
            f.status = Some(Status::Waiting);
            f.q = Some("  ".to_owned());
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_counts_from_midnight_to_midnight_and_may_be_any() {
    on_both(async |fixture| {
        let first = fixture
            .store
            .accept(api_batch(&["first.com"]), at(-12 * 60));
        first.await.expect("accepted");
        let last = fixture
            .store
            .accept(api_batch(&["last.com"]), at(12 * 60 - 1));
        last.await.expect("accepted");
        let next = fixture.store.accept(api_batch(&["next.com"]), at(12 * 60));
        next.await.expect("accepted");
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day);
        let (min, max) = (Some(NaiveDate::MIN), Some(NaiveDate::MAX));
        for (from, to, expected) in [
            (day(1), day(1), &["first.com", "last.com"][..]),
            (day(2), None, &["next.com"]),
            (None, day(1), &["first.com", "last.com"]),
            (day(2), day(1), &[]),
            (min, max, &["first.com", "last.com", "next.com"]),
            (max, None, &[]),
            (None, min, &[]),
        ] {
            assert_found(fixture, expected, |f| (f.from, f.to) = (from, to)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_below_the_last_lead_of_the_one_before_whatever_the_filter() {
    on_both(async |fixture| {
        let list = (0..5).map(|n| new_lead(&format!("part-{n}.com"))).collect();
        let leads = fixture
            .accept(batch(Source::Folder, "/lists/a.csv", list))
            .await;
        fixture.accept(api_batch(&["other.com"])).await;
        for filter in [
            filter(|f| f.q = Some("PART".into())),
            filter(|f| (f.status, f.source) = (Some(Status::Queued), Some(Source::Folder))),
        ] {
            let page = fixture.store.newest_leads(&filter, None, 2).await;
            assert_eq!(page.expect("read").next, Some(leads[3].lead));
            let page = fixture
                .store
                .newest_leads(&filter, Some(leads[3].lead), 9)
                .await;
            let seqs: Vec<i64> = page.expect("read").leads.iter().map(|l| l.seq).collect();
            let rest = [leads[2].lead, leads[1].lead, leads[0].lead];
            assert_eq!(seqs, rest, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_searched_at_its_beginning_however_long_it_is() {
    on_both(async |fixture| {
        // Letters of four bytes, which no engine's compression makes shorter than an index allows.
        let letters = (0..9_000_u32).map(|n| char::from_u32(0x20000 + n % 40_000));
        let long = format!("Begin {} end", letters.flatten().collect::<String>());
        fixture.accept(api_batch(&[&long])).await;
        assert_found(fixture, &[long.as_str()], |f| f.q = Some("begin".into())).await;
        assert_found(fixture, &[], |f| f.q = Some("end".into())).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_takes_any_case_and_every_character_by_the_letter() {
    on_both(async |fixture| {
        let typed = ["https://Acme.com/A", "50% off!", "a_b", "a\\b", "it's"];
        let leads = fixture.accept(api_batch(&typed)).await;
        let id = fixture.view(leads[0]).await.id;
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
            assert_found(fixture, expected, |f| f.q = Some(q.to_owned())).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_every_lead_once_from_either_end() {
    on_both(async |fixture| {
        let domains: Vec<String> = (0..25).map(|n| format!("company-{n}.com")).collect();
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        let mut oldest: Vec<i64> = Vec::new();
        for leads in [&domains[..12], &domains[12..]] {
            let accepted = fixture.accept(api_batch(leads)).await;
            oldest.extend(accepted.iter().map(|lead| lead.lead));
        }
        let (store, all) = (&fixture.store, LeadFilter::default());
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

#[tokio::test(flavor = "multi_thread")]
async fn the_change_mark_moves_with_each_write_whoever_writes() {
    on_both(async |fixture| {
        let other = fixture.place.open().await;
        let mark = async || fixture.store.change_mark().await.expect("read");
        let mut marks = vec![mark().await];
        fixture.add("acme.com").await;
        marks.push(mark().await);
        other.prove_writable().await.expect("written");
        marks.push(mark().await);
        other.remember_balance(7, at(0)).await.expect("written");
        marks.push(mark().await);
        let distinct: BTreeSet<&i64> = marks.iter().collect();
        assert_eq!(distinct.len(), 4, "{marks:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_wait_are_told_newest_first() {
    on_both(async |fixture| {
        for domains in [&["a-one.com"][..], &["a-two.com", "a-three.com"]] {
            let batch = NewBatch {
                hold: HoldRule::Always,
                ..api_batch(domains)
            };
            fixture.accept(batch).await;
        }
        let held = fixture.store.held_batches().await.expect("read");
        let counts: Vec<u64> = held.iter().map(|batch| batch.held).collect();
        assert_eq!(counts, [2, 1]);
    })
    .await;
}
