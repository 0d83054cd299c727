//! How near the real program comes to what is possible, and what it costs the machine:
//! `cargo bench --bench pace`, or one part of it with `-- schedule` or `-- cpu`.
//!
//! The release binary over loopback against a sandbox in another process, whose time goes faster: so
//! does the limit of requests.

mod cpu;
mod lists;
mod schedule;

#[allow(dead_code, reason = "the load bench uses all of it")]
#[path = "../load/common.rs"]
mod common;
#[path = "../../tests/support/mod.rs"]
mod support;

use common::wanted;

fn main() {
    // `cargo test --benches` only asks whether this runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        if wanted("schedule") {
            schedule::measure().await;
        }
        if wanted("cpu") {
            cpu::measure().await;
        }
    });
}
