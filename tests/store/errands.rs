//! Questions to Citedy that lie in the database until they are answered.

use warmsheet::flow::ports::{
    Asking, BoughtRun, Errand, ErrandBody, ErrandView, Payer, ReportFormat, Store,
};

use crate::fixture::{Fixture, at, payer};
use crate::on_both;

fn export(run_id: &str) -> Errand {
    Errand::Export {
        format: ReportFormat::Csv,
        run_id: run_id.to_owned(),
    }
}

fn body(text: &str) -> ErrandBody {
    ErrandBody {
        bytes: text.as_bytes().to_vec(),
    }
}

/// Asks at that minute: answers last an hour, failures ten minutes, open questions two.
async fn ask(fixture: &Fixture, errand: &Errand, payer: &Payer, minute: i64) {
    let asking = Asking {
        now: at(minute),
        answered_since: at(minute - 60),
        failed_since: at(minute - 10),
        open_since: at(minute - 2),
    };
    let asked = fixture.store.ask(errand, payer, &asking).await;
    asked.expect("stored");
}

async fn answer(
    fixture: &Fixture,
    errand: &Errand,
    answer: Result<ErrandBody, String>,
    minute: i64,
) {
    let payer = payer();
    let stored = fixture.store.answer(errand, &payer, answer, at(minute));
    stored.await.expect("stored");
}

async fn view(fixture: &Fixture, errand: &Errand) -> ErrandView {
    let read = fixture.store.errand(errand, &payer()).await;
    read.expect("read").expect("it was asked")
}

async fn open(fixture: &Fixture, payer: &Payer, since: i64) -> Vec<String> {
    let open = fixture.store.open_errands(payer, at(since), 9).await;
    open.expect("read").iter().map(Errand::name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_asked_again_stays_one_until_nobody_listens_any_more() {
    on_both(async |fixture| {
        let errand = export("run-1");
        for minute in [0, 1, 2] {
            ask(fixture, &errand, &payer(), minute).await;
        }
        ask(fixture, &Errand::Webhooks, &payer(), 1).await;
        let both = ["export csv run-1", "webhooks"];
        assert_eq!(open(fixture, &payer(), 0).await, both);
        assert_eq!(view(fixture, &errand).await.asked_at, at(0));
        assert_eq!(open(fixture, &payer(), 1).await, ["webhooks"]);
        ask(fixture, &errand, &payer(), 3).await;
        assert_eq!(view(fixture, &errand).await.asked_at, at(3));
        open(fixture, &payer(), 0).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lasts_a_failure_lasts_less_and_the_answer_before_stays_to_be_shown() {
    on_both(async |fixture| {
        let errand = export("run-1");
        ask(fixture, &errand, &payer(), 0).await;
        answer(fixture, &errand, Ok(body("a\0b")), 1).await;
        assert!(open(fixture, &payer(), 0).await.is_empty());
        ask(fixture, &errand, &payer(), 61).await;
        let answered = ErrandView {
            asked_at: at(0),
            answered_at: Some(at(1)),
            problem: None,
            body: Some(body("a\0b")),
        };
        assert_eq!(view(fixture, &errand).await, answered, "it still will do");
        ask(fixture, &errand, &payer(), 62).await;
        let asked_anew = ErrandView {
            asked_at: at(62),
            answered_at: None,
            ..answered
        };
        assert_eq!(view(fixture, &errand).await, asked_anew);
        let refused = Err("no\0".to_owned());
        answer(fixture, &errand, refused, 63).await;
        ask(fixture, &errand, &payer(), 73).await;
        let failed = view(fixture, &errand).await;
        assert_eq!(failed.problem.as_deref(), Some("no\u{fffd}"));
        assert_eq!(failed.body, Some(body("a\0b")));
        ask(fixture, &errand, &payer(), 74).await;
        let open = view(fixture, &errand).await;
        assert_eq!((open.answered_at, open.problem), (None, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_one_account_is_not_told_to_another() {
    on_both(async |fixture| {
        let other = Payer {
            agent: "agent-2".to_owned(),
            ..payer()
        };
        ask(fixture, &Errand::Webhooks, &payer(), 0).await;
        answer(fixture, &Errand::Webhooks, Ok(body("theirs")), 1).await;
        let read = async |payer: &Payer| {
            let read = fixture.store.errand(&Errand::Webhooks, payer).await;
            read.expect("read")
        };
        assert_eq!(read(&other).await, None);
        ask(fixture, &Errand::Webhooks, &other, 1).await;
        assert_eq!(
            read(&payer()).await.expect("theirs").body,
            Some(body("theirs"))
        );
        assert_eq!(read(&other).await.expect("asked").body, None);
        assert_eq!(open(fixture, &other, 0).await, ["webhooks"]);
        assert!(open(fixture, &payer(), 0).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeping_drops_what_is_old_and_the_oldest_answers_of_too_many() {
    on_both(async |fixture| {
        for (run, minute) in [("run-1", 0), ("run-2", 1), ("run-3", 2), ("run-4", 3)] {
            ask(fixture, &export(run), &payer(), minute).await;
            if run != "run-4" {
                answer(fixture, &export(run), Ok(body("0123456789")), minute).await;
            }
        }
        let left = async |store: &dyn Store| {
            let mut left = Vec::new();
            for run in ["run-1", "run-2", "run-3", "run-4"] {
                let read = store.errand(&export(run), &payer()).await.expect("read");
                left.extend(read.map(|_| run));
            }
            left
        };
        let store = &fixture.store;
        // The oldest of all, of a name that another account has a newer answer to.
        let other = Payer {
            agent: "agent-2".to_owned(),
            ..payer()
        };
        ask(fixture, &export("run-3"), &other, 1).await;
        let run = export("run-3");
        let answered = store.answer(&run, &other, Ok(body("0123456789")), at(1));
        answered.await.expect("recorded");
        store.sweep_errands(at(1), 1000).await.expect("swept");
        assert_eq!(left(&**store).await, ["run-2", "run-3", "run-4"]);
        store.sweep_errands(at(1), 19).await.expect("swept");
        assert_eq!(left(&**store).await, ["run-3", "run-4"]);
        store.sweep_errands(at(60), 1000).await.expect("swept");
        assert!(left(&**store).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_behind_a_result_is_told_with_the_account_that_paid() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let lead = fixture.add("acme.com").await;
        fixture.start(lead, "run-1").await;
        assert_eq!(store.bought_run(lead.lead).await.expect("read"), None);
        fixture.end(lead, "run-1", Vec::new(), 2).await;
        let again = fixture.add("acme.com").await;
        fixture.look_up().await;
        let bought = BoughtRun {
            run_id: "run-1".to_owned(),
            payer: Some(payer()),
        };
        for lead in [lead, again] {
            let read = store.bought_run(lead.lead).await.expect("read");
            assert_eq!(read.as_ref(), Some(&bought));
        }
    })
    .await;
}
