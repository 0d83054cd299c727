//! Nobody pays twice and nothing is lost, whatever dies: real processes and real sockets, with
//! faults drawn from a printed seed.
//!
//! Leads go in by API and by files while instances are killed, stopped for a while and started
//! again, the database is restarted, connections are cut and the sandbox misbehaves. Then all
//! is healed, and what warmsheet says is compared with what the sandbox knows.
//!
//! | variable | meaning, default |
//! | --- | --- |
//! | `CHAOS_SEED` | which faults strike in which order; drawn and printed |
//! | `CHAOS_LEADS` | how many leads go in, 200 |
//! | `CHAOS_SECONDS` | how long faults strike, 40 |
//! | `CHAOS_INSTANCES` | instances on PostgreSQL, 3 |
//! | `CHAOS_LEASE` | seconds that a lease lasts there, 6 |
//!
//! `scripts/chaos` makes long runs.

#[path = "../support/mod.rs"]
mod support;

mod cap;
mod checks;
mod engine;
mod evidence;
mod fleet;
mod forger;
mod instance;
mod intake;
mod ledger;
mod lists;
mod plan;
mod proxy;
mod recovery;
mod relay;
mod rows;
mod sandbox;
mod stage;
mod storm;
mod verdict;

use engine::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_every_lead_is_paid_once_and_delivered_once_whatever_dies() {
    storm::run(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_every_lead_is_paid_once_and_delivered_once_whatever_dies() {
    storm::run(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_the_daily_cap_is_never_overshot_and_used_to_the_last_report() {
    cap::run(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_the_daily_cap_is_never_overshot_and_used_to_the_last_report() {
    cap::run(Kind::Postgres).await;
}
