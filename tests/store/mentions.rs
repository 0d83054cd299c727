//! What quotes a forgotten company, in whatever spelling: of its own it goes, of others it is told.

use serde_json::{Value, json};
use warmsheet::flow::ports::{AttemptRef, Ended, LeadView, Source};
use warmsheet::lead::{CompanyDomain, Decision, LeadId, Status};

use crate::events::signed;
use crate::fixture::{Fixture, a_minute, api_batch, at, batch, row_of, run};
use crate::on_both;
use crate::privacy::which_of;

fn domain(text: &str) -> CompanyDomain {
    CompanyDomain::parse(text).expect("a domain")
}

async fn forget(fixture: &Fixture, company: &str) -> u64 {
    let (store, company) = (&fixture.store, domain(company));
    store.stop_company(&company, at(5)).await.expect("stored");
    let dropped = store.scrub_mentions(&company, at(5)).await;
    dropped.expect("scrubbed")
}

/// A webhook whose data is this JSON text, as it came.
async fn webhook(fixture: &Fixture, id: &str, data: &str) {
    let body = format!(r#"{{"event_id": "{id}", "event_type": "x", "data": {data}}}"#);
    let stored = fixture.store.record_event(&signed(body), at(2)).await;
    stored.expect("stored");
}

/// A lead with the result of a completed run.
async fn reported(fixture: &Fixture, company: &str, run_id: &str, result: Value) -> LeadView {
    let attempt = fixture.add(company).await;
    complete(fixture, attempt, run_id, result).await;
    fixture.view(attempt).await
}

async fn complete(fixture: &Fixture, attempt: AttemptRef, run_id: &str, result: Value) {
    fixture.start(attempt, run_id).await;
    let run = run(run_id, json!({"status": "completed", "result": result}));
    let ended = Ended {
        status: Status::Completed,
        run: &run,
        rows: Vec::new(),
        reason: String::new(),
        time: a_minute(),
    };
    let recorded = fixture.store.record_end(attempt, ended, at(3)).await;
    recorded.expect("recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_international_name_goes_in_either_spelling_and_from_escaped_webhooks() {
    on_both(async |fixture| {
        let rows = [
            "M\u{dc}LLER.de/about me",
            "XN--Mller-Kva.de/x y",
            "zm\u{fc}ller.de/x y",
        ];
        let rows = fixture.accept(api_batch(&rows)).await;
        for (id, data) in [
            ("e1", r#"{"domain": "M\u00dcller.de"}"#),
            ("e2", r#"{"xn--mller-kva.d\u0065": "first"}"#),
            ("e3", r#"{"site": "https:\/\/m\u00fcller.de"}"#),
            ("e4", r#"{"site": "muller.de"}"#),
        ] {
            webhook(fixture, id, data).await;
        }
        // Of another company, which is to be looked at again.
        let other = fixture.add("globex.com").await;
        fixture.order(other).await;
        let why = "\u{201c}M\u{dc}LLER.DE\u{201d} did not answer";
        let unknown = fixture.store.record_unknown(other, why, at(2), at(1)).await;
        unknown.expect("recorded");
        assert_eq!(fixture.view(other).await.reason, why);

        let dropped = forget(fixture, "m\u{fc}ller.de").await;
        fixture.store.scour().await.expect("scoured");
        let mut inputs = Vec::new();
        for row in rows {
            inputs.push(fixture.view(row).await.input);
        }
        assert_eq!(
            inputs,
            ["(forgotten)", "(forgotten)", "zm\u{fc}ller.de/x y"]
        );
        let other = fixture.view(other).await;
        assert_eq!(
            (other.reason.as_str(), other.status),
            ("", Status::Starting)
        );
        let planted = [
            r"M\u00dcller.de",
            r"xn--mller-kva.d\u0065",
            r"\/\/m\u00fcller.de",
            r#""muller.de""#,
        ];
        assert_eq!(
            which_of(&fixture.place, &planted).await,
            [r#""muller.de""#],
            "what is left"
        );
        dropped
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_are_read_or_written_at_once_all_go() {
    on_both(async |fixture| {
        let listed = |n: usize| match n % 3 {
            0 => row_of("/lists/a.csv", &format!("globex.com/{n} x")),
            _ => row_of("/lists/a.csv", &format!("acme.com/{n} x")),
        };
        let rows = (0..330).map(listed).collect();
        let listed = fixture.accept(batch(Source::Folder, "/lists/a.csv", rows));
        assert_eq!(listed.await.len(), 330);
        let dropped = forget(fixture, "acme.com").await;
        assert_eq!(dropped, 220, "a row and what is told of it count once");
        assert_eq!(forget(fixture, "acme.com").await, 0);
        fixture.store.scour().await.expect("scoured");
        let planted = ["acme.com", "globex.com/327 x"];
        which_of(&fixture.place, &planted).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_dropped_once_the_company_may_be_bought_again() {
    on_both(async |fixture| {
        let row = fixture.accept(api_batch(&["acme.com/about me"])).await[0];
        let acme = domain("acme.com");
        let dropped = fixture.store.scrub_mentions(&acme, at(5)).await;
        assert_eq!(dropped.expect("read"), 0);
        fixture.view(row).await.input
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_of_others_are_told_by_what_they_hold_and_not_changed() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let own = json!({"contacts": [{"email": "ann@acme.com"}]});
        reported(fixture, "acme.com", "run-1", own).await;
        let mut expected = (Vec::new(), Vec::new());
        for n in 0..13 {
            let company = format!("company-{n}.com");
            let result = match n % 3 {
                0 => json!({"signals": [{"text": "lost to\nACME.com"}]}),
                1 => json!({"contacts": [{"links": ["acme.com", "mailto:Bob@acme.com"]}]}),
                _ => json!({"text": "notacme.com, acme.com.br, ann@globex.com"}),
            };
            let lead = reported(fixture, &company, &format!("run-1{n}"), result).await;
            match n % 3 {
                0 => expected.0.push(lead.id),
                1 => expected.1.push(lead.id),
                _ => {}
            }
        }
        let quoted = async |most| {
            let quoted = store.quoted_by(&domain("acme.com"), most).await;
            let quoted = quoted.expect("read");
            [quoted.mentions, quoted.addresses].map(|found| {
                let ids = found.leads.into_iter().map(|lead| lead.id);
                (ids.collect::<Vec<LeadId>>(), found.count)
            })
        };
        let [mentions, addresses] = quoted(100).await;
        assert_eq!(mentions, (expected.0.clone(), 5));
        assert_eq!(addresses, (expected.1.clone(), 4));
        let [mentions, addresses] = quoted(2).await;
        assert_eq!(mentions, (expected.0[..2].to_vec(), 5));
        assert_eq!(addresses, (expected.1[..2].to_vec(), 4));
        let named = store.quoted_by(&domain("acme.com"), 1).await.expect("read");
        let first = &named.mentions.leads[0].domain;
        assert_eq!(first.as_str(), "company-0.com");

        store
            .stop_company(&domain("acme.com"), at(5))
            .await
            .expect("stored");
        store
            .scrub(&domain("acme.com"), 10, at(5), at(5))
            .await
            .expect("scrubbed");
        store
            .scrub_mentions(&domain("acme.com"), at(5))
            .await
            .expect("scrubbed");
        assert_eq!(quoted(100).await[0].0, expected.0, "they stay");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_with_several_results_is_told_once_by_the_strongest() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let first = json!({"email": "ann@acme.com"});
        let lead = reported(fixture, "globex.com", "run-1", first).await;
        let retried = store.decide(&lead.id, Decision::Retry, true, at(4)).await;
        retried.expect("decided");
        let again = AttemptRef {
            lead: lead.seq,
            number: 2,
        };
        complete(fixture, again, "run-2", json!({"site": "acme.com"})).await;
        let quoted = store.quoted_by(&domain("acme.com"), 9).await.expect("read");
        assert_eq!((quoted.addresses.count, quoted.mentions.count), (1, 0));
    })
    .await;
}
