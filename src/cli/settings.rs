use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, Args, Command};

use crate::config::{self, Config, ConfigFaults, RawSettings};

/// The settings that the help of a command lists, where only some of them mean anything to it.
const LISTED: &[(&str, &[&str])] = &[
    ("completions", &[]),
    ("forget", &["config", "database_url"]),
];

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

/// Leaves settings out of the help of commands to which they mean nothing. They are taken all the
/// same: whoever calls with the same flags always need not know which command uses what.
pub fn list_used_only(mut command: Command) -> Command {
    let settings = command.get_arguments().filter(|arg| arg.is_global_set());
    let settings: Vec<Arg> = settings.cloned().collect();
    for (name, listed) in LISTED {
        let is_listed = |arg: &&Arg| listed.contains(&arg.get_id().as_str());
        let others = settings.iter().filter(|arg| !is_listed(arg)).cloned();
        // What a subcommand has of its own takes the place of the global one.
        command = command.mut_subcommand(name, |sub| sub.args(others.map(|arg| arg.hide(true))));
    }
    command
}

#[cfg(test)]
mod tests {
    fn help(name: &str) -> String {
        let mut command = super::super::command();
        command.build();
        let sub = command.find_subcommand_mut(name).expect("the command");
        sub.render_long_help().to_string()
    }

    #[test]
    fn the_help_of_a_command_lists_the_settings_that_mean_something_to_it() {
        let forget = help("forget");
        assert!(forget.contains("--config") && forget.contains("--database-url"));
        for other in [
            "--bind",
            "--public-url",
            "--watch-dir",
            "--daily-credits",
            "--reuse-days",
        ] {
            assert!(!forget.contains(other), "{forget}");
        }
        let completions = help("completions");
        assert!(!completions.contains("Settings:"), "{completions}");
        assert!(help("serve").contains("--daily-credits"));
    }

    #[test]
    fn a_setting_that_is_not_listed_is_taken_before_and_after_the_command() {
        let command = super::super::command();
        for words in [
            ["warmsheet", "--daily-credits", "400", "forget", "acme.com"],
            ["warmsheet", "forget", "acme.com", "--daily-credits", "400"],
        ] {
            let matches = command.clone().try_get_matches_from(words).expect("right");
            let given = matches.get_one::<String>("daily_credits");
            assert_eq!(given.map(String::as_str), Some("400"), "{words:?}");
        }
    }
}
