//! What a caller hears when PostgreSQL fails it: whether trying again can help.

use sqlx::{Connection, PgConnection};
use warmsheet::adapters::store::PostgresStore;
use warmsheet::flow::ports::{AccountStore, IntakeStore, QueryStore, StoreError};
use warmsheet::lead::Status;

use crate::fixture::{Fixture, Place, api_batch, at, new_lead};
use crate::support::postgres::Postgres;

async fn connect(fixture: &Fixture) -> PgConnection {
    let Place::Database { url, .. } = &fixture.place else {
        panic!("not on a server");
    };
    PgConnection::connect(url).await.expect("the server")
}

/// Ends the store's connections to this database whose last statement was like this; answers
/// how many there were.
async fn terminate(connection: &mut PgConnection, like: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM (
             SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND application_name = 'warmsheet' AND query LIKE $1) ended",
    )
    .bind(like)
    .fetch_one(connection)
    .await
    .expect("the right to end them")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_ends_in_the_middle_of_a_transaction_is_told_and_the_next_call_works() {
    let fixture = Fixture::postgres().await;
    let lead = fixture.add("acme.com").await;
    let sent = fixture.send(lead).await;
    // The transaction waits for a row, so that the end comes in the middle of it.
    let mut blocker = connect(&fixture).await;
    let mut held = blocker.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM lead FOR UPDATE")
        .execute(&mut *held)
        .await
        .expect("the row");
    let store = fixture.store.clone();
    let refused = tokio::spawn(async move { store.record_refused(sent, "slow down", at(1)).await });
    let mut admin = connect(&fixture).await;
    while terminate(&mut admin, "UPDATE lead SET status = 'queued'%").await == 0 {}
    let refused = refused.await.expect("an answer");
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    held.rollback().await.expect("the row given back");
    let day = at(0).date_naive();
    let spending = fixture.store.spending(day).await.expect("read");
    assert_eq!(spending.reserved, 40, "nothing of it was stored");
    let again = fixture.store.record_refused(sent, "slow down", at(2)).await;
    again.expect("recorded");
    assert_eq!(fixture.status(lead).await, Status::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_cut_while_idle_are_replaced() {
    let fixture = Fixture::postgres().await;
    fixture.add("acme.com").await;
    let mut admin = connect(&fixture).await;
    assert!(terminate(&mut admin, "%").await > 0);
    fixture.add("globex.com").await;
    assert_eq!(fixture.store.pauses().await.expect("read"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_constraint_is_a_fault_that_does_not_pass() {
    for fixture in [Fixture::sqlite().await, Fixture::postgres().await] {
        let lead = new_lead("acme.com");
        let mut twice = api_batch(&[]);
        twice.leads = vec![lead.clone(), lead];
        let refused = fixture.store.accept(twice, at(0)).await;
        assert!(
            matches!(refused, Err(StoreError::Corrupt(_))),
            "{refused:?}"
        );
        let none = fixture.store.counts(&Default::default()).await;
        assert!(none.expect("read").is_empty(), "nothing of it was stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_engine_does_not_take_is_a_fault_that_does_not_pass() {
    let fixture = Fixture::postgres().await;
    let refused = fixture.store.set_run_generation("a\0", 1).await;
    assert!(
        matches!(refused, Err(StoreError::Corrupt(_))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_told_as_passing() {
    let fixture = Fixture::postgres().await;
    let mut blocker = connect(&fixture).await;
    let mut held = blocker.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE pause IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .expect("the table");
    // The table is held until this has been answered.
    let waited = fixture.store.pauses().await;
    assert!(
        matches!(waited, Err(StoreError::Unavailable(_))),
        "{waited:?}"
    );
    held.rollback().await.expect("the table given back");
    assert_eq!(fixture.store.pauses().await.expect("read"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_told_and_used_again_once_it_is_back() {
    let mut cluster = Postgres::new().await;
    let url = cluster.url();
    let store = PostgresStore::open(&url.clone().into(), None).await;
    let store = store.expect("a database");
    let kept = store.accept(api_batch(&["acme.com"]), at(0)).await;
    kept.expect("accepted");
    cluster.stop().await;
    let (written, read) = tokio::join!(
        store.accept(api_batch(&["globex.com"]), at(0)),
        store.pauses()
    );
    assert!(
        matches!(written, Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    let opened = PostgresStore::open(&url.into(), None).await.err();
    assert!(
        matches!(opened, Some(StoreError::Unavailable(_))),
        "{opened:?}"
    );
    cluster.start().await;
    let again = store.accept(api_batch(&["globex.com"]), at(0)).await;
    again.expect("accepted");
    let counts = store.counts(&Default::default()).await.expect("read");
    assert_eq!(counts, [(Status::Queued, 2)]);
}
