//! What the reads of a spreadsheet change.

use warmsheet::flow::ports::{AttemptRef, MISSES, SheetDecision, SheetLead};
use warmsheet::lead::{Decision, Status};

use super::{SHEET, apply, leads, new_row, ready, rows};
use crate::fixture::{at, payer};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_for_a_person_and_for_a_second_read() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let (old, new) = (
            rows(&["a-old.com"]),
            rows(&["a-one.com", "acme", "a-two.com"]),
        );
        let mark = store.sheet_mark(SHEET).await.expect("read");
        apply(fixture, 1, |c| {
            c.old = old;
            c.new = new;
        })
        .await;
        assert_ne!(store.sheet_mark(SHEET).await.expect("read"), mark);
        let seen = leads(fixture).await;
        let statuses: Vec<Status> = seen.iter().map(|lead| lead.lead.status).collect();
        use Status::{Held, Queued, Rejected};
        assert_eq!(statuses, [Held, Queued, Rejected, Queued]);
        assert!(seen.iter().all(|lead| !lead.ready && !lead.settled));
        let startable = async || {
            fixture.look_up().await;
            let queued = store.queued(&payer(), None, &[], 9).await.expect("read");
            queued
                .into_iter()
                .map(|lead| lead.attempt.lead)
                .collect::<Vec<_>>()
        };
        assert_eq!(startable().await, [0; 0]);
        let (one, two) = (seen[1].lead.seq, seen[3].lead.seq);
        let ready = async || apply(fixture, 2, |c| c.ready = vec![one, two]).await;
        ready().await;
        assert_eq!(startable().await, [one, two]);
        apply(fixture, 3, |c| c.unready = vec![two]).await;
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
        apply(fixture, 4, |c| c.held_back = vec![one]).await;
        assert_eq!(leads(fixture).await[1].lead.status, Held);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_cancelled_and_goes_on_where_it_stood() {
    on_both(async |fixture| {
        let lead = ready(fixture, &["acme.com"]).await.remove(0);
        let seq = lead.lead.seq;
        let mut seen = Vec::new();
        for minute in 0..MISSES {
            apply(fixture, 3 + minute, |c| c.missed = vec![seq]).await;
            let lead = leads(fixture).await.remove(0);
            seen.push((lead.lead.status, lead.misses, lead.row_gone));
        }
        assert_eq!(
            seen,
            [(Status::Queued, 1, false), (Status::Cancelled, 2, true)]
        );
        apply(fixture, 9, |c| c.back = vec![seq]).await;
        let lead = leads(fixture).await.remove(0);
        let seen = (lead.lead.status, lead.misses, lead.row_gone, lead.ready);
        assert_eq!(seen, (Status::Queued, 0, false, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_row_takes_another_domain_and_a_paid_one_does_not() {
    on_both(async |fixture| {
        let before = ready(fixture, &["a-one.com", "a-two.com"]).await;
        let [one, two] = [before[0].lead.seq, before[1].lead.seq];
        let attempt = |lead| AttemptRef { lead, number: 1 };
        fixture.start(attempt(two), "run-2").await;
        let refused = fixture.send(attempt(one)).await;
        let refused = fixture.store.record_refused(refused, "slow down", at(3));
        refused.await.expect("recorded");
        let moved = vec![
            (one, new_row("globex.com", 2)),
            (two, new_row("globex.com", 3)),
        ];
        apply(fixture, 4, |c| c.moved = moved).await;
        let after = leads(fixture).await;
        let told = |lead: &SheetLead| (lead.lead.domain.clone(), lead.lead.attempt, lead.settled);
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
    on_both(async |fixture| {
        let old = rows(&["a-one.com", "a-two.com"]);
        apply(fixture, 1, |c| c.old = old).await;
        let seq = leads(fixture).await[0].lead.seq;
        let decide = async |text: &str, decision| {
            let decisions = vec![(seq, text.to_owned(), decision)];
            apply(fixture, 2, |c| c.decisions = decisions).await;
            let lead = leads(fixture).await.remove(0);
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
        apply(fixture, 3, |c| c.cleared = vec![seq]).await;
        let (status, _, note) = decide("Approve", approve).await;
        assert_eq!(status, Status::Queued);
        assert!(note.contains("not possible now"), "{note}");
        apply(fixture, 4, |c| c.cleared = vec![seq]).await;
        let all = SheetDecision::Batch {
            decision: Decision::Cancel,
            lift_cap: false,
        };
        assert_eq!(decide("Cancel all", all).await.0, Status::Cancelled);
        assert_eq!(leads(fixture).await[1].lead.status, Status::Cancelled);
    })
    .await;
}
