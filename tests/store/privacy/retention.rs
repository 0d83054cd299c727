//! Results that have been kept for long enough.

use warmsheet::flow::ports::{Overdue, Source};
use warmsheet::lead::Status;

use super::report;
use crate::fixture::{at, batch, row_of};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn old_results_go_once_they_are_delivered_and_the_rest_stays() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let listed = vec![
            row_of("/lists/a.csv", "acme.com"),
            row_of("/lists/a.csv", "late.com"),
        ];
        let leads = fixture
            .accept(batch(Source::Folder, "/lists/a.csv", listed))
            .await;
        let typed = fixture.add("ann@").await;
        for (lead, run, minute) in [(leads[0], "run-1", 1), (leads[1], "run-2", 50)] {
            fixture.start(lead, run).await;
            fixture.end(lead, run, report(), minute).await;
        }
        let overdue = Overdue {
            before: at(30),
            after_days: 7,
        };
        let remove = async || {
            store
                .remove_results(overdue, 10, at(60))
                .await
                .expect("removed")
        };
        assert_eq!(remove().await, 0, "its list does not have it yet");
        assert_eq!(store.kept_back(overdue).await.expect("read"), 1);
        let to = "folder:/lists/a.csv";
        let news = store.news_for(to).await.expect("read");
        store
            .mark_delivered(to, &news, at(55))
            .await
            .expect("stored");
        assert_eq!(remove().await, 1);
        assert_eq!(remove().await, 0);
        assert_eq!(store.kept_back(overdue).await.expect("read"), 0);
        let old = fixture.view(leads[0]).await;
        assert_eq!(
            (old.has_result, old.credits, old.status),
            (false, 40, Status::Completed)
        );
        assert_eq!(
            old.removed.map(|removed| (removed.at, removed.after_days)),
            Some((at(60), 7))
        );
        assert!(store.result(leads[0].lead).await.expect("read").is_none());
        assert!(fixture.view(leads[1]).await.has_result);
        let serves = fixture.add("acme.com").await;
        fixture.look_up().await;
        assert_eq!(
            fixture.status(serves).await,
            Status::Queued,
            "nothing serves it"
        );
        store.remove_traces(overdue, 10).await.expect("removed");
        let typed = fixture.view(typed).await;
        (typed.input, typed.reason)
    })
    .await;
}
