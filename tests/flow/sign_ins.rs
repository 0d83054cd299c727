//! How sign-ins end by themselves.

use chrono::TimeDelta;
use warmsheet::flow::ports::Session;
use warmsheet::worker::sweep;

use super::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_has_expired_is_swept_and_no_other() {
    let bench = Bench::new().await;
    let noon = bench.clock.get();
    for (id, days) in [("short", 1), ("long", 14)] {
        let session = Session {
            id: id.to_owned(),
            browser: "a browser".to_owned(),
            opened_at: noon,
            expires_at: noon + TimeDelta::days(days),
        };
        let opened = bench.store.open_session(&session, "mark").await;
        opened.expect("stored");
    }
    bench.clock.advance(TimeDelta::days(1));
    sweep::step(&bench.flow).await.expect("swept");
    // Asked as of noon, when both still held.
    let left = bench.store.sessions("mark", noon).await.expect("read");
    let ids: Vec<_> = left.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(ids, ["long"]);
}
