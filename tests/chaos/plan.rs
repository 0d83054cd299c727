//! What a run is made of, all of it drawn from one seed.

use std::str::FromStr;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub leads: usize,
    /// How long faults strike.
    pub span: Duration,
    /// Where the engine allows several.
    pub instances: usize,
    /// How long leases last.
    pub lease: Duration,
}

impl Plan {
    /// Reads the variables and draws what is missing.
    pub fn read() -> Self {
        Self {
            seed: variable("CHAOS_SEED").unwrap_or_else(rand::random),
            leads: variable("CHAOS_LEADS").unwrap_or(200),
            span: Duration::from_secs(variable("CHAOS_SECONDS").unwrap_or(40)),
            lease: Duration::from_secs(variable("CHAOS_LEASE").unwrap_or(6)),
            instances: variable("CHAOS_INSTANCES").unwrap_or(3).clamp(1, 3),
        }
    }

    /// A source of randomness for one purpose: one that draws more does not change the others.
    pub fn random(&self, purpose: &str) -> StdRng {
        let digest = Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(purpose)
            .finalize();
        StdRng::from_seed(digest.into())
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "CHAOS_SEED={} CHAOS_LEADS={} CHAOS_SECONDS={} CHAOS_INSTANCES={} \
             CHAOS_LEASE={}",
            self.seed,
            self.leads,
            self.span.as_secs(),
            self.instances,
            self.lease.as_secs()
        )
    }
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    let value = text.parse();
    Some(value.unwrap_or_else(|_| panic!("{name}={text} is not a whole number")))
}
