//! What anybody may ask costs the database little.

use std::time::Instant;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_whether_it_is_ready_the_database_is_written_to_once_in_two_seconds() {
    let mut world = World::new().await;
    world.set("RUST_LOG", "info,sqlx::query=debug");
    let service = world.serve().await;
    let since = Instant::now();
    let asked = (0..60).map(|_| service.request(Method::GET, "/health/ready").send());
    for answer in join_all(asked).await {
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
    }
    let log = service.log();
    let written = log.lines().filter(|line| line.contains("'ping'")).count() as u64;
    // One before they came may be among them.
    let most = 2 + since.elapsed().as_secs() / 2;
    assert!((1..=most).contains(&written), "{written}: {log}");
}
