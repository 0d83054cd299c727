use warmsheet::flow::ports::{FileLook, Pause, PauseKind};

use crate::fixture::at;
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_renewed_and_lifted_by_its_kind() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let pause = |kind, message: &str, minute| Pause {
            kind,
            message: message.to_owned(),
            link: Some("https://www.citedy.com/topup".to_owned()),
            since: at(minute),
        };
        for pause in [
            pause(PauseKind::Credits, "empty", 1),
            pause(PauseKind::Key, "wrong", 2),
            pause(PauseKind::Credits, "still empty", 3),
        ] {
            store.set_pause(&pause).await.expect("stored");
        }
        let seen = store.pauses().await.expect("read");
        let renewed = pause(PauseKind::Credits, "still empty", 1);
        assert_eq!(seen, [renewed, pause(PauseKind::Key, "wrong", 2)]);
        assert!(store.clear_pause(PauseKind::Credits).await.expect("stored"));
        assert!(!store.clear_pause(PauseKind::Credits).await.expect("stored"));
        assert_eq!(store.pauses().await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_told_is_remembered() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let agent = async |key| store.known_agent("https://a", key).await.expect("read");
        assert_eq!(agent("k1").await, None);
        for name in ["agent-1", "agent-2"] {
            let told = store.remember_agent("https://a", "k1", name);
            told.await.expect("stored");
        }
        assert_eq!(agent("k1").await.as_deref(), Some("agent-2"));
        assert_eq!(agent("k2").await, None);
        let balance = async || {
            store
                .spending(at(0).date_naive())
                .await
                .expect("read")
                .balance
        };
        assert_eq!(balance().await, None);
        store.remember_balance(-5, at(0)).await.expect("stored");
        assert_eq!(balance().await, Some(-5));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_look_at_a_folder_counts_and_each_file_is_remembered_as_it_was_read() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let look = async |found: &[&str]| {
            let looked = store.first_look("/lists", &names(found), true).await;
            looked.expect("stored");
        };
        look(&["b.csv", "a.csv"]).await;
        look(&["c.csv"]).await;
        let read = FileLook {
            size: 1 << 40,
            modified_at: at(-9),
        };
        for (name, problem) in [("a.csv", None), ("d.csv", Some("no domain column"))] {
            let recorded = store.record_file("/lists", name, read, problem, at(1));
            recorded.await.expect("stored");
        }
        assert!(store.watched_files("/list").await.expect("read").is_empty());
        let files = store.watched_files("/lists").await.expect("read");
        let seen: Vec<_> = files
            .iter()
            .map(|file| {
                (
                    file.name.as_str(),
                    file.held,
                    file.look,
                    file.problem.as_deref(),
                )
            })
            .collect();
        let expected = [
            ("a.csv", true, Some(read), None),
            ("b.csv", true, None, None),
            ("d.csv", false, Some(read), Some("no domain column")),
        ];
        assert_eq!(seen, expected);
    })
    .await;
}
