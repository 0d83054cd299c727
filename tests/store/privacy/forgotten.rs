//! A forgotten company: gone, never bought again, and what it cost stays.

use serde_json::json;
use warmsheet::flow::ports::{
    Begin, Decided, Ended, ExternalId, NewLead, Outcome, Scrubbed, Source,
};
use warmsheet::lead::money::Limit;
use warmsheet::lead::{Decision, Status};

use super::*;
use crate::events::signed;
use crate::fixture::{a_minute, payer, row_of, run};
use crate::on_both;

fn external(domain: &str, id: &str) -> NewLead {
    NewLead {
        external: Some(ExternalId {
            id: id.to_owned(),
            hash: "abc".to_owned(),
        }),
        source_key: Some(format!("external\u{1f}{id}")),
        ..new_lead(domain)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_names_a_forgotten_company_and_what_it_cost_stays() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let rows = vec![row_of("/lists/a.csv", "https://www.ACME.com/"), external("acme.com", "acme.com-1")];
        let leads = fixture.accept(batch(Source::Folder, "/lists/a.csv", rows)).await;
        let other = fixture.add("globex.com").await;
        // Rows that were of no use, and what other things quote.
        fixture.accept(batch(Source::Api, "", vec![new_lead("acme.com/about me")])).await;
        fixture.start(leads[0], "run-1").await;
        store
            .record_event(
                &signed(json!({"event_id": "e1", "event_type": "x", "data": {"run_id": "run-1", "domain": "acme.com"}}).to_string()),
                at(2),
            )
            .await
            .expect("stored");
        fixture.end(leads[0], "run-1", report(), 3).await;
        fixture.start(other, "run-2").await;
        fixture.end(other, "run-2", vec![row(&[("contact", "Other")])], 3).await;
        let before = store.ledger_totals(&Default::default()).await.expect("read");
        assert_eq!(found(&fixture.place).await.len(), 3, "it was there");

        let scrubbed = forget(fixture, 10).await;
        nothing_is_found_once_scoured(fixture).await;
        let lead = fixture.view(leads[0]).await;
        assert_eq!((lead.status, lead.credits, lead.has_result), (Status::Completed, 40, false));
        assert_eq!(lead.finished_at, Some(at(3)));
        assert_eq!(fixture.status(leads[1]).await, Status::Reused, "a copy");
        assert!(fixture.view(other).await.has_result);
        assert_eq!(store.ledger_totals(&Default::default()).await.expect("read"), before);
        (scrubbed, lead.reason)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_row_is_rejected_without_its_name_and_a_known_row_stays_known() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let listed = || vec![row_of("/lists/a.csv", "acme.com")];
        fixture
            .accept(batch(Source::Folder, "/lists/a.csv", listed()))
            .await;
        forget(fixture, 1).await;
        let again = store
            .accept(batch(Source::Folder, "/lists/a.csv", listed()), at(2))
            .await;
        assert_eq!(again.expect("accepted").known, 1);
        let later = || vec![external("www.acme.com", "row-7"), new_lead("globex.com")];
        let accepted = store
            .accept(batch(Source::Api, "", later()), at(3))
            .await
            .expect("accepted");
        assert_eq!((accepted.rejected, accepted.queued), (1, 1));
        assert!(
            accepted.leads[0]
                .reason
                .starts_with("This company was forgotten on 2026-03-01")
        );
        let twice = store
            .accept(batch(Source::Api, "", later()), at(4))
            .await
            .expect("accepted");
        assert_eq!(
            (twice.known, twice.leads[0].id.clone()),
            (1, accepted.leads[0].id.clone())
        );
        nothing_is_found_once_scoured(fixture).await;

        let unusable = vec![row_of("/lists/a.csv", "https://acme.com/about us")];
        let unusable = batch(Source::Folder, "/lists/a.csv", unusable);
        let unusable = store.accept(unusable, at(4)).await.expect("accepted");
        assert_eq!(unusable.rejected, 1);
        nothing_is_found_once_scoured(fixture).await;

        assert!(store.lift_stop(&acme()).await.expect("lifted"));
        assert!(!store.lift_stop(&acme()).await.expect("lifted"));
        let new = store
            .accept(batch(Source::Api, "", vec![new_lead("acme.com")]), at(5))
            .await;
        assert_eq!(new.expect("accepted").queued, 1);
        // The same list comes once more, and the company is forgotten once more.
        fixture
            .accept(batch(Source::Folder, "/lists/a.csv", listed()))
            .await;
        forget(fixture, 6).await.leads
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_in_before_is_not_bought_after() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let queued = fixture.add("acme.com").await;
        let unknown = add_forced(fixture).await;
        fixture.order(unknown).await;
        store
            .record_unknown(unknown, "time-out", at(1), at(0))
            .await
            .expect("recorded");
        store.stop_company(&acme(), at(1)).await.expect("stored");
        // The leads are still what they were: only the stop stands in the way.
        for lead in [queued, unknown] {
            let begun = fixture.begin(lead, Limit::Unlimited, 2).await;
            assert!(matches!(begun, Begin::Gone), "{begun:?}");
            assert_eq!(fixture.status(lead).await, Status::Rejected);
        }
        let ledger = store
            .ledger(&Default::default(), None, 10)
            .await
            .expect("read");
        assert_eq!(ledger.len(), 1, "nothing was sent after the stop");
        assert_eq!(
            (ledger[0].outcome, ledger[0].reserved, ledger[0].sent),
            (Outcome::Unknown, 40, 1)
        );
        // A very late answer still says what it cost.
        let late = store
            .record_started(unknown, &run("run-9", json!({})), at(3), at(3))
            .await;
        assert!(late.is_err(), "the lead does not move");
        let ledger = store
            .ledger(&Default::default(), None, 10)
            .await
            .expect("read");
        assert_eq!(
            (ledger[0].outcome, ledger[0].charged),
            (Outcome::Started, Some(40))
        );
        assert_eq!(fixture.status(unknown).await, Status::Rejected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_may_be_under_way_is_left_for_later() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.order(lead).await;
        store.stop_company(&acme(), at(0)).await.expect("stored");
        let scrub = async |since, now| {
            store
                .scrub(&acme(), 10, at(since), at(now))
                .await
                .expect("scrubbed")
        };
        assert_eq!(
            scrub(-1, 0).await,
            Scrubbed {
                leads: 0,
                calling: 1
            }
        );
        assert_eq!(
            scrub(1, 2).await,
            Scrubbed {
                leads: 1,
                calling: 0
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_run_is_waited_for_and_its_result_is_not_kept() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = [fixture.add("acme.com").await];
        fixture.start(leads[0], "run-1").await;
        forget(fixture, 1).await;
        assert_eq!(fixture.status(leads[0]).await, Status::Waiting);
        let live = store.live_runs(&payer(), &[], 10).await.expect("read");
        assert_eq!(live.len(), 1, "it is still looked at");
        let event = json!({"event_id": "e1", "event_type": "x", "data": {"run_id": "run-1", "domain": "acme.com"}});
        store.record_event(&signed(event.to_string()), at(2)).await.expect("stored");
        let run = run("run-1", json!({"status": "completed", "domain": "acme.com", "credits_charged": 35}));
        let ended = Ended { status: Status::Completed, run: &run, rows: report(), reason: "acme.com".to_owned(), time: a_minute() };
        store.record_end(leads[0], ended, at(3)).await.expect("recorded");
        let lead = fixture.view(leads[0]).await;
        assert_eq!((lead.status, lead.credits, lead.has_result), (Status::Completed, 35, false));
        nothing_is_found_once_scoured(fixture).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_starts_a_forgotten_lead_and_a_parked_one_needs_none() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let done = fixture.add("acme.com").await;
        fixture.start(done, "run-1").await;
        fixture.end(done, "run-1", report(), 1).await;
        let under_way = add_forced(fixture).await;
        fixture.start(under_way, "run-2").await;
        forget(fixture, 2).await;
        let id = fixture.view(done).await.id;
        let decided = store
            .decide(&id, Decision::Retry, true, at(3))
            .await
            .expect("decided");
        assert_eq!(decided, Decided::Forgotten { since: at(2) });
        store
            .park(under_way, "gone", at(4))
            .await
            .expect("recorded");
        assert_eq!(fixture.status(under_way).await, Status::Rejected);
    })
    .await;
}
