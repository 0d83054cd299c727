use std::time::Duration;

use super::ConfigFaults;
use super::sources::RawSettings;

/// How long a lease lasts where nothing is set.
const LEASE: Duration = Duration::from_secs(30);

/// How instances on one database take turns.
#[derive(Debug, Clone)]
pub struct InstancesConfig {
    /// How long a lease lasts after it was renewed. Shorter ones than the default are for tests: a
    /// holder that loses its database for a moment loses them.
    pub lease: Duration,
}

impl InstancesConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let lease = match raw.get("WARMSHEET_LEASE_SECONDS") {
            None => LEASE,
            Some(text) => {
                let seconds = text
                    .parse()
                    .ok()
                    .filter(|seconds| (3..=600).contains(seconds));
                let seconds = seconds.ok_or_else(|| {
                    format!("\u{201c}{text}\u{201d} is not a whole number of seconds from 3 to 600")
                });
                Duration::from_secs(faults.take("WARMSHEET_LEASE_SECONDS", seconds)?)
            }
        };
        Some(Self { lease })
    }
}
