//! What is simulated of a company: how long its run takes.

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const SIGMA: f64 = 0.5;

#[derive(Debug, Clone, Copy)]
pub struct Company {
    /// `None`: its run never ends.
    pub takes: Option<TimeDelta>,
    /// Its end is told by a webhook.
    pub webhook: bool,
}

/// One of several kinds of companies.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub share: f64,
    /// Seconds; `None`: never.
    pub median: Option<f64>,
}

impl Kind {
    pub fn of(median: f64) -> Self {
        Self {
            share: 1.0,
            median: Some(median),
        }
    }
}

/// A list of companies of these kinds, of which such a share is told by webhooks.
pub fn companies(count: usize, kinds: &[Kind], webhooks: f64, seed: u64) -> Vec<Company> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let (kind, webhook): (f64, f64) = (random.random(), random.random());
            let normal = normal(&mut random);
            let mut below = 0.0;
            let kind = kinds.iter().find(|one| {
                below += one.share;
                kind < below
            });
            let median = kind.and_then(|kind| kind.median);
            Company {
                takes: median.map(|median| seconds(median * (SIGMA * normal).exp())),
                webhook: webhook < webhooks,
            }
        })
        .collect()
}

pub fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::microseconds((seconds * 1e6) as i64)
}

/// Normally distributed (Box and Muller 1958).
fn normal(random: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
}
