use bytes::Bytes;
use futures_util::future::join;
use serde_json::json;
use warmsheet::flow::ports::Recorded;
use warmsheet::lead::webhook::{VerifiedWebhook, WebhookSecrets};

use crate::fixture::{at, payer, run};
use crate::on_both;
use crate::support::signature;

const SECRET: &str = "whsec_test";

/// A signed callback that names a run.
pub fn event(id: &str, kind: &str, run_id: &str) -> VerifiedWebhook {
    let body = json!({"event_id": id, "event_type": kind, "data": {"run_id": run_id}});
    signed(body.to_string())
}

pub fn signed(body: String) -> VerifiedWebhook {
    let header = signature(SECRET, body.as_bytes());
    let secrets = WebhookSecrets::new(vec![SECRET.into()]);
    let verified = secrets.verify(Some(&header), Bytes::from(body));
    verified.expect("genuine")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_stored_once_and_makes_the_run_due_that_it_names() {
    on_both(async |fixture| {
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        let mut seen = Vec::new();
        for (id, kind, run_id) in [
            ("evt-1", "session.done", "run-1"),
            ("evt-1", "session.done", "run-1"),
            ("evt-2", "session.done", "run-9"),
            ("evt-3", "billing.credits_low", "none"),
        ] {
            let recorded = fixture
                .store
                .record_event(&event(id, kind, run_id), at(3))
                .await;
            seen.push(recorded.expect("stored"));
        }
        let new = |made_due| Recorded::New { made_due };
        assert_eq!(seen, [new(true), Recorded::Repeat, new(false), new(false)]);
        let news = fixture.store.signals().await.expect("read").account_news;
        assert_eq!(news, "evt-3", "billing is news of the account");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_that_comes_before_the_answer_to_the_start_makes_the_run_due_at_once() {
    on_both(async |fixture| {
        let lead = fixture.add("acme.com").await;
        fixture.send(lead).await;
        let early = fixture
            .store
            .record_event(&event("evt-1", "x", "run-1"), at(1))
            .await;
        assert_eq!(early.expect("stored"), Recorded::New { made_due: false });
        let started = run("run-1", json!({}));
        let recorded = fixture
            .store
            .record_started(lead, &started, at(9), at(2))
            .await;
        recorded.expect("recorded");
        let runs = fixture
            .store
            .live_runs(&payer(), &[], 1)
            .await
            .expect("read");
        assert_eq!((runs[0].hinted, runs[0].due_at), (true, at(2)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_at_the_moment_of_the_answer_to_the_start_is_never_lost() {
    on_both(async |fixture| {
        let other = fixture.place.open().await;
        for n in 0..30 {
            let lead = fixture.add(&format!("company-{n}.com")).await;
            fixture.send(lead).await;
            let id = format!("run-{n}");
            let started = run(&id, json!({}));
            let event = event(&format!("evt-{n}"), "x", &id);
            let (recorded, hinted) = join(
                fixture.store.record_started(lead, &started, at(9), at(2)),
                other.record_event(&event, at(2)),
            )
            .await;
            recorded.expect("recorded");
            hinted.expect("stored");
        }
        let runs = fixture
            .store
            .live_runs(&payer(), &[], 99)
            .await
            .expect("read");
        assert_eq!(runs.len(), 30);
        assert!(
            runs.iter().all(|run| run.hinted && run.due_at == at(2)),
            "{runs:?}"
        );
    })
    .await;
}
