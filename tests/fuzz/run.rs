//! How a property is tried: how often, from which seed, and where failures are kept.

use std::fmt::Debug;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngSeed, TestCaseResult, TestError, TestRunner,
};

/// No single input may take longer; generous, because other tests run at the same time.
const LONGEST_CASE: Duration = Duration::from_secs(10);

fn number<N: std::str::FromStr>(name: &str) -> Option<N> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries a property on `cases` inputs, or on as many as `FUZZ_CASES` says.
///
/// # Panics
/// With the smallest input that it fails at.
pub fn fuzz<S>(name: &str, cases: u32, inputs: S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S: Strategy,
    S::Value: Debug,
{
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fuzz/found/{name}.txt"));
    let config = Config {
        cases: number("FUZZ_CASES").unwrap_or(cases),
        rng_seed: number("FUZZ_SEED").map_or(RngSeed::Random, RngSeed::Fixed),
        max_shrink_iters: 2_000,
        // The path lives as long as the test, which is as long as the process.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            kept.to_string_lossy().into_owned().leak(),
        ))),
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&inputs, |input| {
        let begun = Instant::now();
        property(input)?;
        let took = begun.elapsed();
        proptest::prop_assert!(took < LONGEST_CASE, "took {:?}", took);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{name}: {why}\n{input:#?}"),
        Err(TestError::Abort(why)) => panic!("{name}: {why}"),
    }
}
