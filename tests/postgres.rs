//! The PostgreSQL cluster that other tests stand on.

#[path = "support/mod.rs"]
mod support;

use support::postgres::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_an_immediate_restart() {
    let mut cluster = Postgres::new().await;
    let url = cluster.create_database("leads").await;
    cluster.sql(&url, "create table kept (word text)").await;
    cluster.sql(&url, "insert into kept values ('paid')").await;
    cluster.restart().await;
    assert_eq!(cluster.sql(&url, "select word from kept").await, "paid");
    assert_eq!(cluster.sql(&url, "show fsync").await, "on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_cluster_refuses_connections_and_comes_back_at_the_same_address() {
    let mut cluster = Postgres::new().await;
    let (url, address) = (cluster.url(), ("127.0.0.1", cluster.port()));
    cluster.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    cluster.start().await;
    assert_eq!(cluster.sql(&url, "select 1").await, "1");
}
