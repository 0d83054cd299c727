//! Texts that come from outside and that an engine might not take.

use serde_json::json;
use warmsheet::flow::intake::{Intake, IntakeRow};
use warmsheet::flow::ports::{
    Ended, ExternalId, FileLook, LeadFilter, NewLead, Parsed, Pause, PauseKind, Recorded, Source,
};
use warmsheet::lead::{RequestOptions, Status};

use crate::events::{event, signed};
use crate::fixture::{a_minute, at, batch, new_lead, row, run};
use crate::on_both;

const ODD: &str = "a\0b \u{1f600} \u{200f}\u{ffff} 'x' \\ \u{7f}";
const SHOWN: &str = "a\u{fffd}b \u{1f600} \u{200f}\u{ffff} 'x' \\ \u{7f}";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_typed_is_stored_whatever_it_holds() {
    on_both(async |fixture| {
        let odd = || NewLead {
            source_key: Some(format!("form\u{1f}{ODD}")),
            external: Some(ExternalId {
                id: ODD.to_owned(),
                hash: "h".to_owned(),
            }),
            parsed: Parsed::Bad(ODD.to_owned()),
            ..new_lead(ODD)
        };
        let lead = fixture.accept(batch(Source::Api, ODD, vec![odd()])).await[0];
        let again = fixture.accept(batch(Source::Api, ODD, vec![odd()])).await[0];
        assert_eq!(again, lead, "it is known again");
        let view = fixture.view(lead).await;
        assert_eq!((view.input.as_str(), view.reason.as_str()), (SHOWN, SHOWN));
        assert_eq!(
            (view.source_name.as_str(), view.external_id.as_deref()),
            (SHOWN, Some(SHOWN))
        );
        for filter in [
            LeadFilter {
                q: Some("A\0B".to_owned()),
                ..LeadFilter::default()
            },
            LeadFilter {
                source_name: Some(ODD.to_owned()),
                ..LeadFilter::default()
            },
        ] {
            let found = fixture
                .store
                .oldest_leads(&filter, 0, 9)
                .await
                .expect("read");
            assert_eq!(found.len(), 1, "{filter:?}");
        }
        let roles = vec![ODD.to_owned()];
        let options: RequestOptions =
            serde_json::from_value(json!({"buyerRoles": roles})).expect("options");
        let mut good = new_lead("acme.com");
        if let Parsed::Good(_, given) = &mut good.parsed {
            *given = options.clone();
        }
        let lead = fixture.accept(batch(Source::Api, "", vec![good])).await[0];
        assert_eq!(
            fixture.order(lead).await.options,
            options,
            "what is sent is not changed"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_citedy_answers_is_stored_whatever_it_holds() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.send(lead).await;
        let unknown = store.record_unknown(lead, ODD, at(1), at(1));
        unknown.await.expect("recorded");
        let started = run("run-1", json!({"status": ODD}));
        let recorded = store.record_started(lead, &started, at(1), at(1));
        recorded.await.expect("recorded");
        assert_eq!(fixture.view(lead).await.run_status.as_deref(), Some(SHOWN));
        let look = store.record_look(lead, ODD, 0, at(3), at(2));
        look.await.expect("recorded");
        let failed = store.record_no_look(lead, ODD, false, 0, at(3), at(2));
        failed.await.expect("recorded");
        let run = run("run-1", json!({"status": "failed", "result": {ODD: ODD}}));
        let ended = Ended {
            status: Status::Failed,
            run: &run,
            rows: vec![row(&[(ODD, ODD)])],
            reason: ODD.to_owned(),
            time: a_minute(),
        };
        store
            .record_end(lead, ended, at(4))
            .await
            .expect("recorded");
        assert_eq!(fixture.view(lead).await.reason, SHOWN);
        let result = store
            .result(lead.lead)
            .await
            .expect("read")
            .expect("a result");
        assert_eq!(result.run, run.raw, "JSON keeps everything");
        let shapes = store.shapes(&LeadFilter::default()).await.expect("read");
        assert_eq!(shapes[0].keys, [ODD]);
        let pause = Pause {
            kind: PauseKind::Credits,
            message: ODD.to_owned(),
            link: Some(ODD.to_owned()),
            since: at(0),
        };
        store.set_pause(&pause).await.expect("stored");
        assert_eq!(store.pauses().await.expect("read")[0].message, SHOWN);
        let told = store.remember_agent("https://a", "k1", ODD);
        told.await.expect("stored");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_is_stored_once_whatever_it_says() {
    on_both(async |fixture| {
        let long = "e".repeat(100_000);
        for odd in [
            event(ODD, ODD, ODD),
            event(&long, &long, &long),
            signed(format!(
                r#"{{"event_id":"\ud83d","event_type":"{long}","data":{{"run_id":"\ud83d"}}}}"#
            )),
            signed("no JSON \0".to_owned()),
        ] {
            let made_due = false;
            let stored = fixture
                .store
                .record_event(&odd, at(1))
                .await
                .expect("stored");
            assert_eq!(stored, Recorded::New { made_due });
            let again = fixture
                .store
                .record_event(&odd, at(2))
                .await
                .expect("stored");
            assert_eq!(again, Recorded::Repeat);
        }
    })
    .await;
}

/// A text that does not compress.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn long_names_fit_into_every_index() {
    on_both(async |fixture| {
        let store = &fixture.store;
        // The longest path that a folder may have, and the longest name of a file in it.
        let (folder, file) = (format!("/{}", noise(1999)), format!("{}.csv", noise(251)));
        let name = format!("{folder}/{file}");
        let scope = format!("folder\u{1f}{name}");
        let domain = format!("{}.{}.com", noise(60), noise(60));
        let row = |text: String| IntakeRow {
            domain: text,
            scope: Some(scope.clone()),
            ..IntakeRow::default()
        };
        let intake = Intake {
            source: Source::Folder,
            source_name: name.clone(),
            hold: warmsheet::flow::ports::HoldRule::Never,
            rows: vec![
                row(domain),
                row(noise(60_000)),
                row(format!("{ODD} {}", noise(60_000))),
            ],
        };
        let batch = warmsheet::flow::intake::new_batch(intake, &Default::default());
        let leads = fixture.accept(batch.clone()).await;
        assert_eq!(fixture.accept(batch).await, leads, "they are known again");
        let look = FileLook {
            size: 1,
            modified_at: at(0),
        };
        let looked = store.first_look(&folder, std::slice::from_ref(&file), true);
        looked.await.expect("stored");
        let read = store.record_file(&folder, &file, look, Some(ODD), at(1));
        read.await.expect("stored");
        store.set_run_generation(&name, 1).await.expect("stored");
        assert!(store.has_unfinished(&scope).await.expect("read"));
        let due = store.due_deliveries().await.expect("read");
        assert_eq!(
            (due[0].destination.as_str(), due[0].under_way),
            (&*format!("folder:{name}"), 1)
        );
    })
    .await;
}
