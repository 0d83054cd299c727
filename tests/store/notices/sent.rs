//! What becomes of a notice at its targets.

use super::*;

/// Two targets that want to hear of everything.
async fn listen_twice(fixture: &Fixture) -> [NotifyTarget; 2] {
    let both = ["one", "two"].map(|name| target(name, &NoticeKind::ALL));
    targets(fixture, &both).await;
    both
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_comes_again_at_its_time_is_given_up_and_can_be_sent_again() {
    on_both(async |fixture| {
        listen_twice(fixture).await;
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        fixture.end(lead, "run-1", Vec::new(), 5).await;
        let seqs: Vec<i64> = due(fixture, "one", 5)
            .await
            .iter()
            .map(|d| d.notice.seq)
            .collect();
        let sent = store.record_notices_sent("two", &seqs, at(6)).await;
        sent.expect("stored");
        let failed = async |next: Option<i64>, minute| {
            let failed = [FailedSend {
                notice_seq: seqs[0],
                next: next.map(at),
            }];
            let recorded =
                store.record_notices_failed("one", &failed, "it answered 500", at(minute));
            recorded.await.expect("stored");
        };
        failed(Some(20), 6).await;
        assert_eq!(due(fixture, "one", 19).await.len(), 1);
        assert_eq!(due(fixture, "one", 20).await[1].attempts, 1);
        failed(None, 20).await;
        assert_eq!(due(fixture, "one", 1000).await.len(), 1);
        let dead = SendFilter {
            state: Some(SendState::Dead),
            target: None,
        };
        let page = store.notice_sends(&dead, None, 9).await.expect("read");
        assert_eq!(page.sends.len(), 1);
        let id = page.sends[0].id.clone();
        assert_eq!(page.sends[0].attempts, 2);
        assert_eq!(page.sends[0].error.as_deref(), Some("it answered 500"));
        let views = store.notify_targets().await.expect("read");
        let numbers: Vec<_> = views.iter().map(|view| (view.waiting, view.dead)).collect();
        assert_eq!(numbers, [(1, 1), (0, 0)]);
        assert_eq!(views[1].last_sent_at, Some(at(6)));
        assert_eq!(views[0].last_error.as_deref(), Some("it answered 500"));

        let again = async |id: &str, target| {
            store
                .resend_notice(id, target, at(30))
                .await
                .expect("stored")
        };
        assert_eq!(again("msg_none", None).await, None);
        assert_eq!(again(&id, Some("three")).await, None);
        assert_eq!(again(&id, Some("one")).await, Some(1));
        assert_eq!(again(&id, Some("one")).await, Some(0), "it waits already");
        let waiting = due(fixture, "one", 30).await;
        assert_eq!(waiting.len(), 2);
        assert!(
            waiting
                .iter()
                .any(|due| due.notice.id == id && due.attempts == 0)
        );
        failed(None, 31).await;
        let dead = async |target| {
            store
                .resend_dead_notices(target, at(32))
                .await
                .expect("stored")
        };
        assert_eq!(dead("one").await, Some(1));
        assert_eq!(dead("three").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_no_more_gives_up_what_waits_and_pages_hold_whole_notices() {
    on_both(async |fixture| {
        let both = listen_twice(fixture).await;
        let store = &fixture.store;
        for minute in 1..=3 {
            let pause = Pause {
                kind: PauseKind::Person,
                message: String::new(),
                link: None,
                since: at(minute),
            };
            store.set_pause(&pause).await.expect("stored");
            store.clear_pause(PauseKind::Person).await.expect("stored");
        }
        targets(fixture, &both[1..]).await;
        let mut cursor = None;
        let mut pages: Vec<Vec<String>> = Vec::new();
        loop {
            let every = SendFilter::default();
            let page = store.notice_sends(&every, cursor, 2).await.expect("read");
            let words = page.sends.iter().map(|send| {
                let minute = (send.at - at(0)).num_minutes();
                format!("{minute} {} {}", send.target, send.state.as_str())
            });
            pages.push(words.collect());
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(
            pages,
            [
                vec!["3 one dead", "3 two waiting", "2 one dead", "2 two waiting"],
                vec!["1 one dead", "1 two waiting"],
            ]
        );
        let views = store.notify_targets().await.expect("read");
        assert_eq!(views.len(), 1);
        store.sweep_notices(at(3)).await.expect("stored");
        let page = store.notice_sends(&SendFilter::default(), None, 9).await;
        assert_eq!(
            page.expect("read").sends.len(),
            2,
            "only the newest is kept"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_in_a_restored_back_up_is_not_sent_again_by_itself() {
    on_both(async |fixture| {
        listen(fixture).await;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        fixture.end(lead, "run-1", Vec::new(), 5).await;
        let held = fixture.store.hold_as_restored(at(9)).await;
        held.expect("stored");
        assert_eq!(told(fixture).await, ["paused restored"]);
        let dead = SendFilter {
            state: Some(SendState::Dead),
            target: None,
        };
        let dead = fixture
            .store
            .notice_sends(&dead, None, 9)
            .await
            .expect("read");
        let why = |one: &Option<String>| one.as_ref().is_some_and(|why| why.contains("back-up"));
        assert!(dead.sends.len() == 2 && dead.sends.iter().all(|send| why(&send.error)));
    })
    .await;
}
