//! What is remembered of a lead's past.

use warmsheet::flow::ports::{LeadEventKind, Outcome, Timeline};
use warmsheet::lead::Decision;

use crate::events::event;
use crate::fixture::{api_batch, at};
use crate::on_both;

/// Kind and word, how often, first and last minute.
fn told(timeline: &Timeline) -> Vec<(String, i64, i64, i64)> {
    let minute = |time: chrono::DateTime<chrono::Utc>| (time - at(0)).num_minutes();
    let events = timeline.events.iter();
    events
        .map(|event| {
            let what = match &event.kind {
                LeadEventKind::State(status) => status.as_str().to_owned(),
                LeadEventKind::Look { run_status } => {
                    format!("look {run_status} {}", event.reason)
                }
                LeadEventKind::Delivered { destination } => format!("delivered {destination}"),
            };
            let (first, last) = (minute(event.at), minute(event.last_at));
            (what, event.times, first, last)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_has_every_state_every_look_once_and_every_webhook() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        assert_eq!(
            store.timeline(lead.lead).await.expect("read"),
            Timeline::default()
        );
        fixture.start(lead, "run-1").await;
        for minute in 2..=4 {
            let look = store.record_look(lead, "signals_running", 0, at(9), at(minute));
            look.await.expect("recorded");
        }
        let failed = store.record_no_look(lead, "no answer", false, 0, at(9), at(5));
        failed.await.expect("recorded");
        let hint = event("evt-1", "run.updated", "run-1");
        store.record_event(&hint, at(6)).await.expect("stored");
        fixture.end(lead, "run-1", Vec::new(), 7).await;
        let timeline = store.timeline(lead.lead).await.expect("read");
        let happened = told(&timeline);
        let expected = [
            ("starting", 1, 0, 0),
            ("waiting", 1, 0, 0),
            ("look signals_running ", 3, 2, 4),
            ("look signals_running no answer", 1, 5, 5),
            ("completed", 1, 7, 7),
        ]
        .map(|(what, times, first, last)| (what.to_owned(), times, first, last));
        assert_eq!(happened, expected);
        let attempts: Vec<_> = timeline
            .attempts
            .iter()
            .map(|a| (a.attempt, a.outcome))
            .collect();
        assert_eq!(attempts, [(1, Outcome::Started)]);
        let webhooks: Vec<_> = timeline.webhooks.iter().map(|w| w.received_at).collect();
        assert_eq!(webhooks, [at(6)]);
        happened
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_to_which_something_happened_since_are_named() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let leads = fixture.accept(api_batch(&["acme.com", "globex.com"])).await;
        let ids = [
            fixture.view(leads[0]).await.id,
            fixture.view(leads[1]).await.id,
        ];
        let begun = store.changed_leads(None, at(60)).await.expect("read");
        assert_eq!(begun.leads, Some(Vec::new()));
        let decided = store.decide(&ids[1], Decision::Cancel, false, at(1)).await;
        decided.expect("decided");
        let changed = store
            .changed_leads(Some(begun.mark), at(60))
            .await
            .expect("read");
        let named = changed.leads.expect("few");
        let named: Vec<_> = named.iter().map(|lead| &lead.id).collect();
        assert_eq!(named, [&ids[1]]);
        assert!(changed.mark > begun.mark);
        fixture.status(leads[1]).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_brought_the_same_again_is_told_once_more() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let look = async |minute| {
            let look = store.record_look(lead, "signals_running", 0, at(9), at(minute));
            look.await.expect("recorded");
        };
        look(2).await;
        let mark = store.changed_leads(None, at(2)).await.expect("read").mark;
        let last = async |minute| {
            let changed = store.changed_leads(Some(mark), at(minute)).await;
            let changed = changed.expect("read").leads.expect("few");
            changed.iter().map(|lead| lead.last.1).collect::<Vec<_>>()
        };
        assert_eq!(last(2).await, [at(2)], "it may be told again");
        look(3).await;
        assert_eq!(last(3).await, [at(3)]);
        let later = last(5).await;
        assert!(later.is_empty(), "long ago: {later:?}");
        later
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_not_named_one_by_one() {
    on_both(async |fixture| {
        let names: Vec<String> = (0..250).map(|n| format!("company-{n}.com")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let begun = fixture
            .store
            .changed_leads(None, at(60))
            .await
            .expect("read");
        let leads = fixture.accept(api_batch(&names)).await;
        for lead in leads.iter().take(2) {
            fixture.send(*lead).await;
        }
        let few = fixture
            .store
            .changed_leads(Some(begun.mark), at(60))
            .await
            .expect("read");
        assert_eq!(few.leads.map(|leads| leads.len()), Some(2));
        for lead in leads.iter().skip(2) {
            fixture.send(*lead).await;
        }
        let many = fixture
            .store
            .changed_leads(Some(begun.mark), at(60))
            .await
            .expect("read");
        assert_eq!(many.leads, None);
    })
    .await;
}
