//! Sessions hold until they end, expire or another admin token is set.

use chrono::TimeDelta;
use warmsheet::flow::ports::Session;

use crate::fixture::at;
use crate::on_both;

fn session(id: &str, minute: i64) -> Session {
    Session {
        id: id.to_owned(),
        browser: "Mozilla/5.0\u{0} (a browser)".to_owned(),
        opened_at: at(minute),
        expires_at: at(minute) + TimeDelta::days(14),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_holds_for_its_time_and_under_its_own_token() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let opened = session("one", 0);
        store.open_session(&opened, "mark").await.expect("stored");
        let find = async |id, token, now| {
            let found = store.session(id, token, now).await.expect("read");
            found.map(|session| session.id)
        };
        let last = opened.expires_at - TimeDelta::microseconds(1);
        assert_eq!(find("one", "mark", at(0)).await.as_deref(), Some("one"));
        assert_eq!(find("one", "mark", last).await.as_deref(), Some("one"));
        assert_eq!(find("one", "mark", opened.expires_at).await, None);
        assert_eq!(find("one", "other", at(0)).await, None);
        assert_eq!(find("two", "mark", at(0)).await, None);

        // Another instance knows it as well.
        let other = fixture.place.open().await;
        let seen = other.session("one", "mark", at(0)).await.expect("read");
        let seen = seen.expect("a session");
        assert_eq!(seen.browser, "Mozilla/5.0\u{fffd} (a browser)");
        assert_eq!(
            (seen.opened_at, seen.expires_at),
            (opened.opened_at, opened.expires_at)
        );
        assert!(store.end_session("one").await.expect("stored"));
        assert!(!store.end_session("one").await.expect("stored"));
        assert_eq!(
            other.session("one", "mark", at(0)).await.expect("read"),
            None
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_hold_are_listed_and_the_others_forgotten() {
    on_both(async |fixture| {
        let store = &fixture.store;
        for (id, minute, token) in [("a", 0, "mark"), ("b", 5, "mark"), ("c", 9, "other")] {
            let opened = store.open_session(&session(id, minute), token).await;
            opened.expect("stored");
        }
        let ids = async |now| {
            let held = store.sessions("mark", now).await.expect("read");
            held.into_iter()
                .map(|session| session.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(at(10)).await, ["b", "a"]);
        let later = at(0) + TimeDelta::days(14);
        assert_eq!(ids(later).await, ["b"]);
        assert_eq!(store.sweep_sessions(later).await.expect("stored"), 1);
        assert_eq!(ids(at(10)).await, ["b"], "it is gone, not only too old");
        assert_eq!(store.end_sessions().await.expect("stored"), 2);
        assert_eq!(store.end_sessions().await.expect("stored"), 0);
        assert!(ids(at(10)).await.is_empty());
    })
    .await;
}
