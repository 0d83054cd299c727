//! One contract, two engines: each story runs on SQLite and on PostgreSQL, and what it saw must
//! be the same. PostgreSQL is the server that `WARMSHEET_TEST_POSTGRES` names, else one of its own.

mod account;
mod batches;
mod decisions;
mod deliveries;
mod errands;
mod events;
mod faults;
mod fixture;
mod history;
mod intake;
mod leases;
mod mentions;
mod notices;
mod outcomes;
mod privacy;
mod queries;
mod results;
mod runs;
mod secrets;
mod sessions;
mod sheets;
mod starts;
#[path = "../support/mod.rs"]
mod support;
mod tally;
mod texts;
mod would_serve;

use std::fmt::Debug;

use fixture::Fixture;

/// Runs a story on either engine and compares what it answers.
async fn on_both<T: Debug + PartialEq>(story: impl AsyncFn(&Fixture) -> T) -> T {
    let sqlite = story(&Fixture::sqlite().await).await;
    let postgres = story(&Fixture::postgres().await).await;
    assert_eq!(sqlite, postgres, "the engines answer differently");
    sqlite
}
