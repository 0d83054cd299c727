use warmsheet::flow::ports::Source;

use crate::fixture::{at, batch, new_lead};
use crate::on_both;

const LIST: &str = "/lists/Übersicht %_.csv";

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_lists_leads_waits_until_its_report_has_it() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let names = ["a-one.com", "a-two.com", "acme"];
        let rows = names.iter().map(|name| new_lead(name)).collect();
        let leads = fixture.accept(batch(Source::Folder, LIST, rows)).await;
        fixture.add("elsewhere.com").await;
        let to = format!("folder:{LIST}");
        let due = async || {
            let due = store.due_deliveries().await.expect("read");
            let due = due
                .into_iter()
                .map(|due| (due.destination, due.oldest, due.under_way));
            due.collect::<Vec<_>>()
        };
        assert_eq!(
            due().await,
            [(to.clone(), at(0), 2)],
            "a bad row is news at once"
        );

        fixture.start(leads[0], "run-1").await;
        fixture.end(leads[0], "run-1", Vec::new(), 5).await;
        let mut news = store.news_for(&to).await.expect("read");
        news.sort_by_key(|news| news.lead_seq);
        let of: Vec<_> = news
            .iter()
            .map(|news| (news.lead_seq, news.since))
            .collect();
        assert_eq!(of, [(leads[0].lead, at(5)), (leads[2].lead, at(0))]);
        assert_eq!(fixture.view(leads[0]).await.undelivered, 1);

        // While the report is written another lead ends.
        fixture.start(leads[1], "run-2").await;
        fixture.end(leads[1], "run-2", Vec::new(), 6).await;
        store
            .mark_delivered(&to, &news, at(7))
            .await
            .expect("stored");
        assert_eq!(due().await, [(to.clone(), at(6), 0)]);
        assert_eq!(fixture.view(leads[0]).await.undelivered, 0);
        let rest = store.news_for(&to).await.expect("read");
        store
            .mark_delivered(&to, &rest, at(8))
            .await
            .expect("stored");
        assert_eq!(due().await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_news_again_since_it_was_read_stays_due() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let rows = vec![new_lead("acme.com")];
        let lead = fixture.accept(batch(Source::Folder, LIST, rows)).await[0];
        let to = format!("folder:{LIST}");
        let park = async |minute| store.park(lead, "nobody knows", at(minute)).await;
        fixture.start(lead, "run-1").await;
        park(3).await.expect("parked");
        let news = store.news_for(&to).await.expect("read");
        let id = fixture.view(lead).await.id;
        let retry = warmsheet::lead::Decision::Retry;
        store
            .decide(&id, retry, true, at(4))
            .await
            .expect("decided");
        park(5).await.expect("parked");
        store
            .mark_delivered(&to, &news, at(6))
            .await
            .expect("stored");
        assert_eq!(store.news_for(&to).await.expect("read").len(), 1);
    })
    .await;
}
