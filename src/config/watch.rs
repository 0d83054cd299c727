use std::path::PathBuf;
use std::time::Duration;

use super::ConfigFaults;
use super::sources::RawSettings;

/// The watched folder.
#[derive(Debug, Clone)]
pub struct WatchConfig {
    /// `None`: no folder is watched.
    pub dir: Option<PathBuf>,
    /// Between two looks.
    pub every: Duration,
}

impl WatchConfig {
    pub(super) fn read(raw: &RawSettings, faults: &mut ConfigFaults) -> Option<Self> {
        let seconds = raw.get("WARMSHEET_SYNC_SECONDS").unwrap_or("15");
        let seconds = seconds
            .parse::<u64>()
            .ok()
            .filter(|number| (1..=86_400).contains(number))
            .ok_or_else(|| {
                format!(
                    "\u{201c}{seconds}\u{201d} is not a whole number of seconds from 1 to 86400"
                )
            });
        let every = faults.take("WARMSHEET_SYNC_SECONDS", seconds)?;
        Some(Self {
            dir: raw.get("WARMSHEET_WATCH_DIR").map(PathBuf::from),
            every: Duration::from_secs(every),
        })
    }
}
