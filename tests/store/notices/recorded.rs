//! What puts an event into the outbox, and what does not.

use super::*;

const LIST: &str = "/lists/companies.csv";

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
        let told = super::told(fixture).await;
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
            time: a_minute(),
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
