use futures_util::future::join_all;
use warmsheet::flow::ports::{ExternalId, HoldRule, NewBatch, NewLead, Source, StoreError};
use warmsheet::lead::Status;

use crate::fixture::{api_batch, at, batch, new_lead, row_of};
use crate::on_both;

const SCOPE: &str = "folder\u{1f}/lists/a.csv";

fn list(domains: &[&str]) -> NewBatch {
    let rows = domains.iter().map(|domain| row_of(SCOPE, domain)).collect();
    batch(Source::Folder, "/lists/a.csv", rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_read_again_answers_the_lead_that_it_became() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let first = list(&["acme.com", "globex.com", "acme"]);
        let first = store.accept(first, at(0)).await.expect("accepted");
        assert_eq!((first.queued, first.rejected, first.known), (2, 1, 0));
        assert_eq!(first.leads[2].status, Status::Rejected);
        let again = list(&["globex.com", "initech.com", "acme.com", "acme"]);
        let again = store.accept(again, at(1)).await.expect("accepted");
        assert_eq!((again.queued, again.rejected, again.known), (1, 0, 3));
        assert_eq!(again.leads[0].id, first.leads[1].id);
        assert_eq!(again.leads[2].seq, first.leads[0].seq);
        let nothing_new = store.accept(list(&["acme.com"]), at(2)).await;
        assert!(nothing_new.expect("accepted").batch.is_none());
        first
            .leads
            .iter()
            .chain(&again.leads)
            .map(|lead| (lead.seq, lead.domain.clone(), lead.status, lead.is_new))
            .collect::<Vec<_>>()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_bring_the_same_row_at_once_one_makes_the_lead() {
    on_both(async |fixture| {
        let calls = (0..20).map(|_| fixture.store.accept(list(&["acme.com"]), at(0)));
        let answers = join_all(calls).await;
        let leads = answers
            .into_iter()
            .flat_map(|answer| answer.expect("accepted").leads);
        let (new, known): (Vec<_>, Vec<_>) = leads.partition(|lead| lead.is_new);
        assert_eq!((new.len(), known.len()), (1, 19));
        assert!(known.iter().all(|lead| lead.id == new[0].id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_with_other_contents_is_refused_and_nothing_of_its_batch_is_stored() {
    on_both(async |fixture| {
        let named = |domain: &str, hash: &str| NewLead {
            source_key: Some("external\u{1f}order-1".to_owned()),
            external: Some(ExternalId {
                id: "order-1".to_owned(),
                hash: hash.to_owned(),
            }),
            ..new_lead(domain)
        };
        let post = |leads| fixture.store.accept(batch(Source::Api, "", leads), at(0));
        let first = post(vec![named("acme.com", "h1")]).await.expect("accepted");
        let again = post(vec![named("acme.com", "h1")]).await.expect("accepted");
        assert_eq!(again.leads[0].id, first.leads[0].id);
        let other = post(vec![new_lead("globex.com"), named("initech.com", "h2")]).await;
        assert!(matches!(other, Err(StoreError::ExternalIdReused(id)) if id == "order-1"));
        let counts = fixture.store.counts(&Default::default()).await;
        assert_eq!(counts.expect("read"), [(Status::Queued, 1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_waits_for_a_person_as_its_rule_says() {
    let seen = on_both(async |fixture| {
        let mut seen = Vec::new();
        for (rule, domains) in [
            (HoldRule::Always, &["a-one.com"][..]),
            (HoldRule::Always, &["acme"]),
            (HoldRule::Above(2), &["a-two.com", "a-three.com", "acme"]),
            (HoldRule::Above(2), &["a-1.com", "a-2.com", "a-3.com"]),
            (HoldRule::Never, &["a-4.com", "a-5.com", "a-6.com"]),
        ] {
            let batch = NewBatch {
                hold: rule,
                ..api_batch(domains)
            };
            let accepted = fixture.store.accept(batch, at(0)).await.expect("accepted");
            seen.push((accepted.held, accepted.queued, accepted.rejected));
        }
        seen
    })
    .await;
    assert_eq!(
        seen,
        [(1, 0, 0), (0, 0, 1), (0, 2, 1), (3, 0, 0), (0, 3, 0)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_files_generation_and_what_is_unfinished_are_known_by_its_whole_name() {
    on_both(async |fixture| {
        let store = &fixture.store;
        assert_eq!(store.run_generation("a.csv").await.expect("read"), 0);
        store.set_run_generation("a.csv", 2).await.expect("stored");
        store.set_run_generation("a.csv", 3).await.expect("stored");
        assert_eq!(store.run_generation("a.csv").await.expect("read"), 3);
        assert_eq!(store.run_generation("a").await.expect("read"), 0);
        let rows = vec![row_of("run\u{1f}a.csv", "acme.com")];
        fixture.accept(batch(Source::Run, "a.csv", rows)).await;
        for (scope, unfinished) in [
            ("run\u{1f}a.csv", true),
            ("run\u{1f}a", false),
            ("run\u{1f}A.csv", false),
            ("run\u{1f}a.csv2", false),
        ] {
            let found = store.has_unfinished(scope).await.expect("read");
            assert_eq!(found, unfinished, "{scope:?}");
        }
    })
    .await;
}
