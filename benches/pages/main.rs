//! How quickly pages answer with 100,000 leads stored, and what live viewers cost, on either
//! engine: `cargo bench --bench pages`, or one part of it with `-- answers` or `-- live`.
//!
//! The release binary over loopback, one request after the other on a connection that stays open.

mod answers;
mod live;
mod stored;

#[path = "../load/common.rs"]
mod common;
#[allow(dead_code, reason = "the load bench uses all of it")]
#[path = "../load/engine.rs"]
mod engine;
#[allow(dead_code, reason = "the load bench uses all of it")]
#[path = "../load/known.rs"]
mod known;
#[path = "../load/seed.rs"]
mod seed;
#[path = "../../tests/support/mod.rs"]
mod support;

use common::{quantile, wanted};
use engine::Engine;

const FEW: u64 = 1_000;
const MANY: u64 = 100_000;

fn main() {
    // `cargo test --benches` only asks whether this runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for engine in [Engine::sqlite(), Engine::postgres().await] {
            if wanted("answers") {
                answers::measure(&engine).await;
            }
            if wanted("live") {
                live::measure(&engine).await;
            }
        }
    });
}
