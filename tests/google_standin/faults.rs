use std::time::Duration;

use serde_json::json;

use crate::google::{Calls, Fault};
use crate::support::{BOOK, World, write};

fn path() -> String {
    format!("v4/spreadsheets/{BOOK}:batchUpdate")
}

fn shown(world: &World) -> String {
    world.google.book(BOOK, |book| book.shown("My leads", 1, 0))
}

#[tokio::test]
async fn a_lost_answer_was_applied() {
    let world = World::new().await;
    world
        .google
        .fault_on(Calls::Writes, Fault::LoseAnswerAfterApply);
    assert_eq!(world.get(&format!("v4/spreadsheets/{BOOK}")).await.0, 200);
    let lost = world.batch(json!({"requests": [write(1, 0, "new")]})).await;
    lost.expect_err("no answer");
    assert_eq!(shown(&world), "new");
    let requests = world.google.requests();
    let last = requests.last().expect("a call");
    assert_eq!((last.status, last.method.as_str()), (0, "POST"));
    assert_eq!((world.google.reads(), world.google.writes()), (1, 1));
}

#[tokio::test]
async fn a_refusal_comes_before_or_after_the_change() {
    let world = World::new().await;
    world.google.fault(Fault::FailWithRetryAfter(429, 7));
    let (status, answer) = world.requests(json!([write(1, 0, "new")])).await;
    assert_eq!(status, 429);
    assert_eq!(answer["error"]["status"], "RESOURCE_EXHAUSTED");
    assert_eq!(shown(&world), "Acme");
    world.google.fault(Fault::FailAfterApply(503));
    assert_eq!(world.requests(json!([write(1, 0, "new")])).await.0, 503);
    assert_eq!(shown(&world), "new");
}

#[tokio::test]
async fn a_late_write_is_applied_when_the_test_says_so() {
    let world = World::new().await;
    world.google.fault(Fault::ApplyLate);
    let body = json!({"requests": [write(1, 0, "late")]});
    let lost = world.try_post(&path(), &body).await;
    lost.expect_err("no answer");
    assert_eq!(shown(&world), "Acme");
    assert_eq!(world.google.apply_late(), [200]);
    assert_eq!(shown(&world), "late");
    assert!(world.google.apply_late().is_empty());
}

#[tokio::test]
async fn half_of_an_answer_is_no_answer() {
    let world = World::new().await;
    world.google.fault(Fault::Garbage);
    let lost = world.batch(json!({"requests": [write(1, 0, "new")]})).await;
    lost.expect_err("no JSON");
    assert_eq!(shown(&world), "new");
}

#[tokio::test]
async fn a_hanging_call_never_ends_and_changes_nothing() {
    let world = World::new().await;
    world.google.fault(Fault::Hang);
    let body = json!({"requests": [write(1, 0, "new")]});
    let path = path();
    let call = world.try_post(&path, &body);
    tokio::time::timeout(Duration::from_millis(300), call)
        .await
        .expect_err("no answer");
    assert_eq!(shown(&world), "Acme");
    assert_eq!(world.requests(json!([write(1, 0, "new")])).await.0, 200);
}

#[tokio::test]
async fn the_same_seed_brings_the_same_faults() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        let faults = vec![Fault::FailBeforeApply(500), Fault::FailBeforeApply(503)];
        world.google.set_random_faults(11, 0.5, faults);
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(world.get(&format!("v4/spreadsheets/{BOOK}")).await.0);
        }
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[1]);
    for status in [200, 500, 503] {
        assert!(seen[0].contains(&status), "{status} in {:?}", seen[0]);
    }
}

#[tokio::test]
async fn the_sixty_first_read_in_a_minute_is_refused() {
    let world = World::new().await;
    world.google.enforce_quota(true);
    let path = format!("v4/spreadsheets/{BOOK}?fields=spreadsheetId");
    for _ in 0..60 {
        assert_eq!(world.get(&path).await.0, 200);
    }
    assert_eq!(world.get(&path).await.0, 429);
    assert_eq!(world.requests(json!([write(1, 0, "new")])).await.0, 200);
}

#[tokio::test]
async fn a_person_who_edits_in_between_comes_before_the_write() {
    let world = World::new().await;
    world.google.before_next_write(Box::new(|book| {
        book.type_cell("My leads", 1, 0, "typed");
        book.insert_rows("My leads", 1, 1);
    }));
    assert_eq!(world.get(&format!("v4/spreadsheets/{BOOK}")).await.0, 200);
    assert_eq!(shown(&world), "Acme");
    assert_eq!(world.requests(json!([write(1, 0, "new")])).await.0, 200);
    world.google.book(BOOK, |book| {
        assert_eq!(book.shown("My leads", 1, 0), "new");
        assert_eq!(book.shown("My leads", 2, 0), "typed");
        assert_eq!(book.version, 4);
    });
}
