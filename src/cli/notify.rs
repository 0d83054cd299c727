//! `warmsheet notify …`: whether those who are to be told can be.

use anyhow::{bail, ensure};
use clap::Subcommand;

use super::check::Finding;
use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::app::notice_sender;
use crate::config::{Config, TargetConfig};
use crate::flow::notify::test_message;
use crate::flow::ports::{Clock as _, NoticeSender as _, SendOutcome, SystemClock};

#[derive(Subcommand)]
pub enum NotifyCommand {
    /// Send a test message to every target of warmsheet.toml, or to one
    Test {
        /// The target's name
        name: Option<String>,
    },
}

/// `warmsheet notify …`
pub async fn notify(settings: &SettingsArgs, command: NotifyCommand) -> anyhow::Result<Exit> {
    let config = settings.config()?;
    let NotifyCommand::Test { name } = command;
    let all = &config.notify.targets;
    ensure!(
        !all.is_empty(),
        "no target is configured; write a [[notify]] table into warmsheet.toml"
    );
    let wanted = |target: &&TargetConfig| name.as_ref().is_none_or(|name| target.name == *name);
    let chosen: Vec<_> = all.iter().filter(wanted).collect();
    if let (true, Some(name)) = (chosen.is_empty(), &name) {
        let names: Vec<&str> = all.iter().map(|target| target.name.as_str()).collect();
        bail!("no target is called {name}; there are {}", names.join(", "));
    }
    let mut exit = Exit::Done;
    for target in chosen {
        match test(target).await? {
            SendOutcome::Sent => println!("ok    {} ({})", target.name, target.host),
            SendOutcome::Failed { why, .. } | SendOutcome::Gone { why } => {
                println!("FAULT {} ({}): {why}", target.name, target.host);
                exit = Exit::Failure;
            }
        }
    }
    Ok(exit)
}

async fn test(target: &TargetConfig) -> anyhow::Result<SendOutcome> {
    let id = format!("msg_test_{:016x}", rand::random::<u64>());
    let message = test_message(target.kind, id, SystemClock.now());
    Ok(notice_sender(target)?.send(&message).await)
}

/// What `check` says of the targets: whether each may be told. Nothing is sent.
pub(super) async fn targets(config: &Config) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    for target in &config.notify.targets {
        let looked = match notice_sender(target) {
            Ok(sender) => sender.check().await,
            Err(error) => Err(error.to_string()),
        };
        let finding = match looked {
            Ok(()) => Finding::Good(format!(
                "{}; try it with: warmsheet notify test {}",
                target.host, target.name
            )),
            Err(why) => Finding::Bad(
                format!("{}: {why}", target.host),
                "mend url in the [[notify]] table, or see whether this machine can look names up"
                    .to_owned(),
            ),
        };
        findings.push((format!("notify {}", target.name), finding));
    }
    findings
}
