use warmsheet::flow::ports::{
    HoldRule, LeaseTerm, MISSES, NewRow, OpenAppend, Parsed, SentRows, SheetChanges, SheetDecision,
    SheetLead, StoreError,
};
use warmsheet::flow::sheet::columns::Own;
use warmsheet::lead::{CompanyDomain, Decision, LeadId, RequestOptions, Status};

use crate::bench::{Bench, at, batch, new_lead, row};
use crate::on_both;

const SHEET: &str = "1AbC-_9";

fn new_row(domain: &str, row: u32) -> NewRow {
    NewRow {
        id: LeadId::random(),
        input: domain.to_owned(),
        row,
        parsed: match CompanyDomain::parse(domain) {
            Ok(domain) => Parsed::Good(domain, RequestOptions::default()),
            Err(error) => Parsed::Bad(error.to_string()),
        },
    }
}

fn rows(domains: &[&str]) -> Vec<NewRow> {
    domains
        .iter()
        .zip(2..)
        .map(|(domain, row)| new_row(domain, row))
        .collect()
}

fn changes() -> SheetChanges {
    SheetChanges::new(HoldRule::Never)
}

async fn apply(bench: &Bench, changes: SheetChanges, minute: i64) {
    let applied = bench
        .store
        .apply_sheet(&bench.lease, SHEET, changes, at(minute));
    applied.await.expect("applied");
}

async fn leads(bench: &Bench) -> Vec<SheetLead> {
    bench.store.sheet_leads(SHEET).await.expect("read")
}

fn old_lease(bench: &Bench) -> LeaseTerm {
    LeaseTerm {
        token: bench.lease.token - 1,
        ..bench.lease.clone()
    }
}

/// Leads of these rows, read twice: they may start.
async fn ready(bench: &Bench, domains: &[&str]) -> Vec<SheetLead> {
    let new = rows(domains);
    apply(bench, SheetChanges { new, ..changes() }, 1).await;
    let ready = leads(bench)
        .await
        .iter()
        .map(|lead| lead.lead.seq)
        .collect();
    apply(bench, SheetChanges { ready, ..changes() }, 2).await;
    leads(bench).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_bound_once_and_keeps_what_its_reads_told() {
    on_both(async |bench| {
        let store = &bench.store;
        assert_eq!(store.sheet(SHEET).await.expect("read"), Default::default());
        for (wanted, tab, minute) in [("", 7, 1), ("", 8, 2), ("Companies", -3, 3)] {
            let bound = store.bind_tab(SHEET, wanted, tab, at(minute));
            bound.await.expect("stored");
        }
        store.set_results_tab(SHEET, 40).await.expect("stored");
        store
            .set_results_tab(SHEET, i32::MAX)
            .await
            .expect("stored");
        let first_read = vec![(7, vec![Own::Status, Own::RunId]), (-3, Vec::new())];
        let with_run = vec![-3];
        apply(
            bench,
            SheetChanges {
                first_read,
                with_run,
                ..changes()
            },
            4,
        )
        .await;
        let first_read = vec![(7, vec![Own::LeadId])];
        apply(
            bench,
            SheetChanges {
                first_read,
                ..changes()
            },
            5,
        )
        .await;
        let state = store.sheet(SHEET).await.expect("read");
        assert_eq!(
            state.theirs(7),
            Some(&[Own::Status, Own::RunId][..]),
            "only the first counts"
        );
        assert_eq!(state.results_tab, Some(i32::MAX));
        assert!(!state.tabs[0].with_run && state.tabs[1].with_run);
        let name = store.installation().await.expect("a name");
        let other = bench.place.open().await;
        assert_eq!(other.installation().await.expect("a name"), name);
        state
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_lease_changes_nothing_of_a_sheet() {
    on_both(async |bench| {
        let old = old_lease(bench);
        let new = rows(&["acme.com"]);
        let changes = SheetChanges { new, ..changes() };
        let applied = bench.store.apply_sheet(&old, SHEET, changes, at(1)).await;
        assert!(
            matches!(applied, Err(StoreError::LeaseLost(_))),
            "{applied:?}"
        );
        let append = OpenAppend {
            mark: 1,
            tab: 2,
            sent_at: at(1),
        };
        let begun = bench.store.begin_append(&old, SHEET, &append, &[]).await;
        assert!(matches!(begun, Err(StoreError::LeaseLost(_))), "{begun:?}");
        assert!(leads(bench).await.is_empty());
        assert_eq!(bench.store.sheet(SHEET).await.expect("read").open, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_for_a_person_and_for_a_second_read() {
    on_both(async |bench| {
        let store = &bench.store;
        let (old, new) = (
            rows(&["a-old.com"]),
            rows(&["a-one.com", "acme", "a-two.com"]),
        );
        let mark = store.sheet_mark(SHEET).await.expect("read");
        apply(
            bench,
            SheetChanges {
                old,
                new,
                ..changes()
            },
            1,
        )
        .await;
        assert_ne!(store.sheet_mark(SHEET).await.expect("read"), mark);
        let seen = leads(bench).await;
        let statuses: Vec<Status> = seen.iter().map(|lead| lead.lead.status).collect();
        use Status::{Held, Queued, Rejected};
        assert_eq!(statuses, [Held, Queued, Rejected, Queued]);
        assert!(seen.iter().all(|lead| !lead.ready && !lead.paid));
        let startable = async || {
            let queued = store.queued(None, &[], 9).await.expect("read");
            queued
                .into_iter()
                .map(|lead| lead.attempt.lead)
                .collect::<Vec<_>>()
        };
        assert_eq!(startable().await, [0; 0]);
        let (one, two) = (seen[1].lead.seq, seen[3].lead.seq);
        let ready = async || {
            apply(
                bench,
                SheetChanges {
                    ready: vec![one, two],
                    ..changes()
                },
                2,
            )
            .await
        };
        ready().await;
        assert_eq!(startable().await, [one, two]);
        apply(
            bench,
            SheetChanges {
                unready: vec![two],
                ..changes()
            },
            3,
        )
        .await;
        assert_eq!(startable().await, [one]);
        store
            .forget_readings(&[SHEET.to_owned()])
            .await
            .expect("stored");
        assert_eq!(startable().await, [one], "this one is kept");
        store
            .forget_readings(&["2".to_owned()])
            .await
            .expect("stored");
        assert_eq!(startable().await, [0; 0]);
        ready().await;
        store.forget_readings_of("2").await.expect("stored");
        assert_eq!(startable().await, [one, two]);
        store.forget_readings_of(SHEET).await.expect("stored");
        assert_eq!(startable().await, [0; 0]);
        apply(
            bench,
            SheetChanges {
                held_back: vec![one],
                ..changes()
            },
            4,
        )
        .await;
        assert_eq!(leads(bench).await[1].lead.status, Held);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_cancelled_and_goes_on_where_it_stood() {
    on_both(async |bench| {
        let lead = ready(bench, &["acme.com"]).await.remove(0);
        let seq = lead.lead.seq;
        let mut seen = Vec::new();
        for minute in 0..MISSES {
            apply(
                bench,
                SheetChanges {
                    missed: vec![seq],
                    ..changes()
                },
                3 + minute,
            )
            .await;
            let lead = leads(bench).await.remove(0);
            seen.push((lead.lead.status, lead.misses, lead.row_gone));
        }
        assert_eq!(
            seen,
            [(Status::Queued, 1, false), (Status::Cancelled, 2, true)]
        );
        apply(
            bench,
            SheetChanges {
                back: vec![seq],
                ..changes()
            },
            9,
        )
        .await;
        let lead = leads(bench).await.remove(0);
        let seen = (lead.lead.status, lead.misses, lead.row_gone, lead.ready);
        assert_eq!(seen, (Status::Queued, 0, false, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_row_takes_another_domain_and_a_paid_one_does_not() {
    on_both(async |bench| {
        let before = ready(bench, &["a-one.com", "a-two.com"]).await;
        let [one, two] = [before[0].lead.seq, before[1].lead.seq];
        let attempt = |lead| warmsheet::flow::ports::AttemptRef { lead, number: 1 };
        bench.start(attempt(two), "run-2").await;
        let refused = bench.send(attempt(one)).await;
        let refused = bench.store.record_refused(refused, "slow down", at(3));
        refused.await.expect("recorded");
        let moved = vec![
            (one, new_row("globex.com", 2)),
            (two, new_row("globex.com", 3)),
        ];
        apply(bench, SheetChanges { moved, ..changes() }, 4).await;
        let after = leads(bench).await;
        let told = |lead: &SheetLead| (lead.lead.domain.clone(), lead.lead.attempt, lead.paid);
        assert_eq!(
            told(&after[0]),
            (Some("globex.com".to_owned()), 2, false),
            "a new key"
        );
        assert_eq!(told(&after[1]), (Some("a-two.com".to_owned()), 1, true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_in_the_sheet_counts_once_until_it_is_cleared() {
    on_both(async |bench| {
        let old = rows(&["a-one.com", "a-two.com"]);
        apply(bench, SheetChanges { old, ..changes() }, 1).await;
        let seq = leads(bench).await[0].lead.seq;
        let decide = async |text: &str, decision| {
            let decisions = vec![(seq, text.to_owned(), decision)];
            apply(
                bench,
                SheetChanges {
                    decisions,
                    ..changes()
                },
                2,
            )
            .await;
            let lead = leads(bench).await.remove(0);
            (lead.lead.status, lead.counted, lead.note)
        };
        let counted = |text: &str| Some(text.to_owned());
        let approve = SheetDecision::One(Decision::Approve);
        let cancel = SheetDecision::One(Decision::Cancel);
        let first = decide("Approve\0", approve).await;
        assert_eq!(
            first,
            (Status::Queued, counted("Approve\u{fffd}"), String::new())
        );
        assert_eq!(
            decide("Cancel", cancel).await.0,
            Status::Queued,
            "not cleared yet"
        );
        apply(
            bench,
            SheetChanges {
                cleared: vec![seq],
                ..changes()
            },
            3,
        )
        .await;
        let (status, _, note) = decide("Approve", approve).await;
        assert_eq!(status, Status::Queued);
        assert!(note.contains("not possible now"), "{note}");
        apply(
            bench,
            SheetChanges {
                cleared: vec![seq],
                ..changes()
            },
            4,
        )
        .await;
        let all = SheetDecision::Batch {
            decision: Decision::Cancel,
            lift_cap: false,
        };
        assert_eq!(decide("Cancel all", all).await.0, Status::Cancelled);
        assert_eq!(leads(bench).await[1].lead.status, Status::Cancelled);
    })
    .await;
}

/// Ends the runs of these leads, a minute after each other, with a row each.
async fn end_all(bench: &Bench, leads: &[SheetLead]) {
    for (lead, minute) in leads.iter().zip(10..) {
        let attempt = warmsheet::flow::ports::AttemptRef {
            lead: lead.lead.seq,
            number: 1,
        };
        let run = format!("run-{}", lead.lead.seq);
        bench.start(attempt, &run).await;
        bench
            .end(
                attempt,
                &run,
                vec![row(&[("name", "A"), ("odd\0", "\0")])],
                minute,
            )
            .await;
    }
}

fn sent(leads: &[SheetLead]) -> Vec<SentRows> {
    let sent = |lead: &SheetLead| SentRows {
        lead_seq: lead.lead.seq,
        attempt: 1,
        cut: true,
    };
    leads.iter().map(sent).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_wait_for_their_mark_and_are_delivered_once() {
    on_both(async |bench| {
        let store = &bench.store;
        let names = ["a-one.com", "a-two.com", "a-three.com"];
        let all = ready(bench, &names).await;
        end_all(bench, &all).await;
        let due = async |most| {
            let due = store.due_rows(SHEET, most).await.expect("read");
            due.into_iter().map(|due| due.domain).collect::<Vec<_>>()
        };
        assert_eq!(due(9).await, names);
        assert_eq!(due(2).await, names[..2]);
        let append = OpenAppend {
            mark: i32::MIN,
            tab: 40,
            sent_at: at(20),
        };
        let begin = async |rows: &[SentRows]| {
            let begun = store.begin_append(&bench.lease, SHEET, &append, rows);
            begun.await.expect("stored");
        };
        let settle = async |applied| {
            let settled = store.settle_append(SHEET, append.mark, applied, at(21));
            settled.await.expect("stored");
        };
        begin(&sent(&all[..2])).await;
        assert_eq!(due(9).await, names[2..]);
        assert_eq!(store.sheet(SHEET).await.expect("read").open, Some(append));
        let open = store.open_rows(SHEET, append.mark).await.expect("read");
        assert_eq!(open.len(), 2);
        assert_eq!(*open[0].rows[0].0, ["name", "odd\0"]);
        assert_eq!(leads(bench).await[0].lead.undelivered, 1, "not there yet");
        settle(false).await;
        assert_eq!(due(9).await, names, "never was applied");
        begin(&sent(&all[..2])).await;
        settle(true).await;
        settle(false).await;
        assert_eq!(due(9).await, names[2..], "what was settled stays so");
        let state = store.sheet(SHEET).await.expect("read");
        assert_eq!((state.open, state.mark), (None, Some(append.mark)));
        assert!(leads(bench).await[0].cut);
        let nothing = [(all[2].lead.seq, 1)];
        let empty = store.mark_empty(SHEET, &nothing, at(22));
        empty.await.expect("stored");
        assert_eq!(due(9).await, [""; 0]);
        assert_eq!(store.redeliver(SHEET, at(23)).await.expect("stored"), 3);
        assert_eq!(due(9).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_from_elsewhere_brings_its_rows_to_the_sheet_that_it_names() {
    on_both(async |bench| {
        let mut lead = new_lead("acme.com");
        lead.deliver_to = Some(SHEET.to_owned());
        let lead = bench.accept(batch(warmsheet::flow::ports::Source::Api, "", vec![lead]));
        let lead = lead.await[0];
        bench.start(lead, "run-1").await;
        let mark = bench.store.sheet_mark(SHEET).await.expect("read");
        bench
            .end(lead, "run-1", vec![row(&[("name", "A")])], 5)
            .await;
        assert_ne!(bench.store.sheet_mark(SHEET).await.expect("read"), mark);
        let due = bench.store.due_rows(SHEET, 9).await.expect("read");
        assert_eq!(
            (due.len(), due[0].lead_seq, due[0].run_id.as_str()),
            (1, lead.lead, "run-1")
        );
        assert!(leads(bench).await.is_empty(), "it has no row there");
    })
    .await;
}
