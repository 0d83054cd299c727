//! How quickly pages answer with 100,000 leads stored, and what live viewers cost, on either
//! engine: `cargo bench --bench pages`, or one part of it with `-- answers` or `-- live`.
//!
//! The release binary over loopback, one request after the other on a connection that stays open.

mod answers;
mod live;
mod stored;

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

/// Named on the command line, or nothing is.
fn wanted(part: &str) -> bool {
    let mut named = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|word| word == part)
}

/// The value below which that share of all lies.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    values[(last as f64 * share).round() as usize]
}
