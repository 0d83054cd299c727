use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, ConfigFaults, RawSettings};

/// Flags that override the environment and `warmsheet.toml`.
#[derive(Args, Default)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArgs {
    /// Settings file [default: warmsheet.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database, sqlite://path or postgres://… (DATABASE_URL)
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Address and port to listen on (WARMSHEET_BIND)
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub bind: Option<String>,
    /// Address under which others reach this service (WARMSHEET_PUBLIC_URL)
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Folder with lists (WARMSHEET_WATCH_DIR)
    #[arg(long, global = true, value_name = "DIR")]
    watch_dir: Option<String>,
    /// Spending cap a UTC day, or `unlimited` (WARMSHEET_DAILY_CREDITS)
    #[arg(long, global = true, value_name = "CREDITS")]
    daily_credits: Option<String>,
    /// A batch with more new leads than this waits for your approval; or `unlimited`
    /// (WARMSHEET_APPROVE_ABOVE)
    #[arg(long, global = true, value_name = "LEADS")]
    approve_above: Option<String>,
    /// Days that a report serves other leads for its company, 0 for never (WARMSHEET_REUSE_DAYS)
    #[arg(long, global = true, value_name = "DAYS")]
    reuse_days: Option<String>,
}

impl SettingsArgs {
    /// All settings as texts, before they are checked.
    pub fn raw(&self) -> Result<RawSettings, ConfigFaults> {
        let flags = [
            ("DATABASE_URL", &self.database_url),
            ("WARMSHEET_BIND", &self.bind),
            ("WARMSHEET_PUBLIC_URL", &self.public_url),
            ("WARMSHEET_WATCH_DIR", &self.watch_dir),
            ("WARMSHEET_DAILY_CREDITS", &self.daily_credits),
            ("WARMSHEET_APPROVE_ABOVE", &self.approve_above),
            ("WARMSHEET_REUSE_DAYS", &self.reuse_days),
        ];
        let flags: BTreeMap<&'static str, String> = flags
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect();
        config::read(self.config.as_deref(), &flags)
    }

    pub fn config(&self) -> anyhow::Result<Config> {
        self.raw()
            .and_then(|raw| Config::from_raw(&raw))
            .map_err(|faults| anyhow::anyhow!("the configuration has faults:\n{faults}"))
    }
}
