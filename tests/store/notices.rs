//! What others are told of: recorded with what it tells of, once, and only for whoever asked.

use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};
use warmsheet::flow::ports::{
    DueNotice, Ended, FailedSend, NotifyTarget, Pause, PauseKind, SendFilter, SendState, Source,
};
use warmsheet::lead::notice::{NoticeKind, TargetKind};
use warmsheet::lead::{Decision, Status};

use crate::fixture::{Fixture, Place, api_batch, at, batch, new_lead, row, run};
use crate::on_both;

const LIST: &str = "/lists/companies.csv";

fn target(name: &str, events: &[NoticeKind]) -> NotifyTarget {
    NotifyTarget {
        name: name.to_owned(),
        kind: TargetKind::Webhook,
        host: "https://hooks.example.com".to_owned(),
        events: events.to_vec(),
    }
}

async fn targets(fixture: &Fixture, targets: &[NotifyTarget]) {
    let set = fixture.store.set_notify_targets(targets, at(0));
    set.await.expect("stored");
}

/// One target that wants to hear of everything.
async fn listen(fixture: &Fixture) {
    targets(fixture, &[target("all", &NoticeKind::ALL)]).await;
}

async fn due(fixture: &Fixture, target: &str, minute: i64) -> Vec<DueNotice> {
    let due = fixture.store.due_notices(target, at(minute), 100).await;
    due.expect("read")
}

/// What is told to the one target, with the leads' states, in the order it came up.
async fn told(fixture: &Fixture) -> Vec<String> {
    let due = due(fixture, "all", 1000).await;
    let words = |due: DueNotice| {
        let notice = due.notice;
        let status = notice.status.unwrap_or_default();
        format!("{} {status}", notice.kind.as_str())
            .trim()
            .to_owned()
    };
    due.into_iter().map(words).collect()
}

async fn fail(fixture: &Fixture, lead: warmsheet::flow::ports::AttemptRef, id: &str, minute: i64) {
    let run = run(id, json!({"status": "failed"}));
    let ended = Ended {
        status: Status::Failed,
        run: &run,
        rows: Vec::new(),
        reason: "the site is down".to_owned(),
    };
    let recorded = fixture.store.record_end(lead, ended, at(minute)).await;
    recorded.expect("recorded");
}

async fn decide(fixture: &Fixture, lead: warmsheet::flow::ports::AttemptRef, decision: Decision) {
    let id = fixture.view(lead).await.id;
    let decided = fixture.store.decide(&id, decision, true, at(8)).await;
    decided.expect("decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_that_nobody_wants_to_hear_of() {
    on_both(async |fixture| {
        let all = async || {
            let every = SendFilter::default();
            let page = fixture.store.notice_sends(&every, None, 9).await;
            page.expect("read").sends.len()
        };
        let lead = fixture.add("a-one.com").await;
        fixture.start(lead, "run-1").await;
        fixture.end(lead, "run-1", Vec::new(), 5).await;
        assert_eq!(all().await, 0);
        targets(fixture, &[target("some", &[NoticeKind::Paused])]).await;
        let lead = fixture.add("a-two.com").await;
        fixture.start(lead, "run-2").await;
        fixture.end(lead, "run-2", Vec::new(), 5).await;
        assert_eq!(all().await, 0);
        listen(fixture).await;
        assert_eq!(all().await, 0, "what was before is not told");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_without_a_place_to_write_to_is_told_with_its_result() {
    on_both(async |fixture| {
        listen(fixture).await;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        assert!(told(fixture).await.is_empty());
        let rows = vec![row(&[("email", "jane@acme.com")]), row(&[("email", "x")])];
        fixture.end(lead, "run-1", rows, 5).await;
        assert_eq!(
            told(fixture).await,
            ["lead.delivered completed", "batch.finished"]
        );
        let due = due(fixture, "all", 5).await;
        let notice = &due[0].notice;
        let told = notice.lead.as_ref().expect("a lead");
        assert_eq!(told.domain.as_deref(), Some("acme.com"));
        assert_eq!(told.rows, 2);
        assert_eq!(notice.detail, json!({"credits": 40}));
        assert_eq!((notice.at, due[0].attempts), (at(5), 0));
        assert!(notice.id.starts_with("msg_") && notice.id.len() == 28);
        let batch = &due[1].notice;
        assert_eq!(
            batch.detail,
            json!({"leads": {"completed": 1}, "credits": 40})
        );
        // Bought again a report is news; that its batch has finished is not.
        decide(fixture, lead, Decision::Retry).await;
        let again = warmsheet::flow::ports::AttemptRef { number: 2, ..lead };
        fixture.start(again, "run-2").await;
        fixture.end(again, "run-2", Vec::new(), 9).await;
        let told = crate::notices::told(fixture).await;
        assert_eq!(told.len(), 3);
        told
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_a_list_is_told_when_its_report_is_written_and_once() {
    on_both(async |fixture| {
        listen(fixture).await;
        let store = &fixture.store;
        let rows = vec![new_lead("a-one.com"), new_lead("a-two.com")];
        let leads = fixture.accept(batch(Source::Folder, LIST, rows)).await;
        fixture.start(leads[0], "run-1").await;
        fixture.end(leads[0], "run-1", Vec::new(), 5).await;
        assert!(told(fixture).await.is_empty(), "nothing is written yet");
        let to = format!("folder:{LIST}");
        for minute in [6, 7] {
            let news = store.news_for(&to).await.expect("read");
            let marked = store.mark_delivered(&to, &news, at(minute)).await;
            marked.expect("stored");
        }
        assert_eq!(told(fixture).await, ["lead.delivered completed"]);
        // Cancelled leads are written, too, but no report is delivered with them.
        decide(fixture, leads[1], Decision::Cancel).await;
        let news = store.news_for(&to).await.expect("read");
        let marked = store.mark_delivered(&to, &news, at(9)).await;
        marked.expect("stored");
        let told = told(fixture).await;
        assert_eq!(told, ["lead.delivered completed", "batch.finished"]);
        told
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_also_goes_to_a_sheet_is_told_when_both_have_it() {
    on_both(async |fixture| {
        listen(fixture).await;
        let store = &fixture.store;
        let rows = vec![warmsheet::flow::ports::NewLead {
            deliver_to: Some("SHEET".to_owned()),
            ..new_lead("acme.com")
        }];
        let lead = fixture.accept(batch(Source::Folder, LIST, rows)).await[0];
        fixture.start(lead, "run-1").await;
        fixture.end(lead, "run-1", Vec::new(), 5).await;
        for (to, count) in [(format!("folder:{LIST}"), 0), ("sheet:SHEET".to_owned(), 1)] {
            let news = store.news_for(&to).await.expect("read");
            assert_eq!(news.len(), 1, "{to}");
            let marked = store.mark_delivered(&to, &news, at(6)).await;
            marked.expect("stored");
            let told = told(fixture).await;
            let delivered = told.iter().filter(|one| one.starts_with("lead.delivered"));
            assert_eq!(delivered.count(), count, "{to}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_parked_and_refused_leads_are_told_and_taken_back_ones_are_not() {
    on_both(async |fixture| {
        listen(fixture).await;
        let store = &fixture.store;
        let names = [
            "a-one.com",
            "a-two.com",
            "a-three.com",
            "a-four.com",
            "acme",
        ];
        let leads = fixture.accept(api_batch(&names)).await;
        fixture.start(leads[0], "run-1").await;
        fail(fixture, leads[0], "run-1", 3).await;
        fixture.start(leads[1], "run-2").await;
        store
            .park(leads[1], "nobody knows", at(4))
            .await
            .expect("parked");
        let sent = fixture.send(leads[2]).await;
        let rejected = store.record_rejected(sent, "no such company", at(5)).await;
        rejected.expect("recorded");
        assert_eq!(
            told(fixture).await,
            [
                "lead.failed failed",
                "lead.failed parked",
                "lead.failed rejected"
            ],
            "one lead is open yet, and bad input was answered at once"
        );
        decide(fixture, leads[3], Decision::Cancel).await;
        let due = due(fixture, "all", 1000).await;
        let of = due.iter().filter_map(|due| due.notice.lead.as_ref());
        let reasons: Vec<&str> = of.map(|lead| lead.reason.as_str()).collect();
        assert_eq!(
            reasons,
            ["the site is down", "nobody knows", "no such company"]
        );
        let batch = &due[3].notice;
        assert_eq!(batch.kind, NoticeKind::BatchFinished);
        assert_eq!(
            batch.detail["leads"],
            json!({"cancelled": 1, "failed": 1, "parked": 1, "rejected": 2})
        );
        // Looked at again and parked again it is the same news.
        decide(fixture, leads[1], Decision::Retry).await;
        store
            .park(leads[1], "still nobody", at(9))
            .await
            .expect("parked");
        told(fixture).await.len()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_cancelled_as_a_whole_has_finished_once() {
    on_both(async |fixture| {
        listen(fixture).await;
        let leads = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        let id = fixture.view(leads[0]).await.batch;
        for _ in 0..2 {
            let decided = fixture
                .store
                .decide_batch(&id, Decision::Cancel, false, at(3));
            decided.await.expect("decided");
        }
        assert_eq!(told(fixture).await, ["batch.finished"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_told_when_it_begins_and_a_move_is_not() {
    on_both(async |fixture| {
        listen(fixture).await;
        let store = &fixture.store;
        let pause = |kind, minute| Pause {
            kind,
            message: format!("why, at {minute}"),
            link: Some("https://www.citedy.com/topup".to_owned()),
            since: at(minute),
        };
        for minute in [1, 2] {
            let set = store.set_pause(&pause(PauseKind::Credits, minute)).await;
            set.expect("stored");
        }
        store
            .stop(&pause(PauseKind::Person, 3))
            .await
            .expect("stored");
        assert_eq!(told(fixture).await, ["paused credits", "paused person"]);
        let detail = due(fixture, "all", 9).await[0].notice.detail.clone();
        assert_eq!(
            detail,
            json!({"message": "why, at 1", "topUp": "https://www.citedy.com/topup"})
        );
        store.clear_pause(PauseKind::Credits).await.expect("stored");
        let set = store.set_pause(&pause(PauseKind::Credits, 4)).await;
        set.expect("stored");
        assert_eq!(told(fixture).await.len(), 3);
        store.mark_moved(at(5)).await.expect("stored");
        assert!(told(fixture).await.is_empty(), "another database goes on");
        store.unmark_moved().await.expect("stored");
        assert_eq!(told(fixture).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_balance_is_told_once_until_it_no_longer_is() {
    on_both(async |fixture| {
        listen(fixture).await;
        let detail = json!({"credits": 160});
        let low = Some(&detail);
        for (minute, low) in [(1, low), (2, low), (3, None), (4, None), (5, low)] {
            let noted = fixture.store.note_balance(low, at(minute)).await;
            noted.expect("stored");
        }
        let due = due(fixture, "all", 9).await;
        let times: Vec<_> = due.iter().map(|due| due.notice.at).collect();
        assert_eq!(times, [at(1), at(5)]);
        assert_eq!(due[0].notice.detail, detail);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_comes_again_at_its_time_is_given_up_and_can_be_sent_again() {
    on_both(async |fixture| {
        let both = [
            target("one", &NoticeKind::ALL),
            target("two", &NoticeKind::ALL),
        ];
        targets(fixture, &both).await;
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
        let both = [
            target("one", &NoticeKind::ALL),
            target("two", &NoticeKind::ALL),
        ];
        targets(fixture, &both).await;
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

/// Another program writes to the database.
async fn sql(fixture: &Fixture, statement: &'static str) {
    let done = match &fixture.place {
        Place::File(folder) => {
            let url = format!("sqlite://{}", folder.path().join("test.db").display());
            let mut file = SqliteConnection::connect(&url).await.expect("the file");
            sqlx::query(statement).execute(&mut file).await.map(drop)
        }
        Place::Database { url, .. } => {
            let mut server = PgConnection::connect(url).await.expect("the server");
            sqlx::query(statement).execute(&mut server).await.map(drop)
        }
    };
    done.expect("done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_rolled_back_was_told_to_nobody() {
    on_both(async |fixture| {
        listen(fixture).await;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        // A result where its own has to go: the lead has been moved on when that shows.
        sql(
            fixture,
            "INSERT INTO result (lead_seq, attempt, run_id, stored_at, run, status)
             SELECT seq, 1, 'run-0', '2026-03-01T12:00:00+00:00', '{}', 'failed' FROM lead",
        )
        .await;
        let run = run("run-1", json!({"status": "completed"}));
        let ended = Ended {
            status: Status::Completed,
            run: &run,
            rows: Vec::new(),
            reason: String::new(),
        };
        let recorded = fixture.store.record_end(lead, ended, at(5)).await;
        assert!(recorded.is_err());
        assert!(told(fixture).await.is_empty());
        sql(fixture, "DELETE FROM result").await;
        fixture.end(lead, "run-1", Vec::new(), 6).await;
        assert_eq!(told(fixture).await.len(), 2);
    })
    .await;
}
