//! Load on either engine, printed as ratios: `cargo bench --bench load`, or one part of it with
//! `-- webhooks` or `-- queries`.
//!
//! Webhooks acknowledged a second, against a bare server that stores the same, in a process of its own; and the
//! hot queries with 100,000 leads stored, against the same with 1,000. PostgreSQL is a cluster of the bench's own,
//! which keeps `fsync` on.

mod bare;
mod common;
mod engine;
mod known;
mod queries;
mod seed;
mod webhooks;

#[path = "../../tests/support/mod.rs"]
mod support;

use common::{quantile, wanted};
use engine::Engine;

fn main() {
    // `cargo test --benches` only asks whether this runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(bare::ARGUMENT) {
        return runtime.block_on(bare::serve(arguments.next()));
    }
    runtime.block_on(async {
        let engines = [Engine::sqlite(), Engine::postgres().await];
        if wanted("webhooks") {
            let disk = webhooks::disk();
            for engine in &engines {
                webhooks::measure(engine, disk).await;
            }
        }
        if wanted("queries") {
            for engine in &engines {
                queries::measure(engine).await;
            }
        }
    });
}

fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}
