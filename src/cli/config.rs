//! `warmsheet config`: what is in force, and where each of it comes from.

use clap::Args;

use super::completions::print_whole;
use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::config::{Config, EXAMPLE, Shown, settings};

#[derive(Args)]
pub struct ConfigArgs {
    /// Print a settings file with everything in it, each setting explained, with its default
    #[arg(long, conflicts_with = "json")]
    example: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn config(args: &SettingsArgs, command: &ConfigArgs) -> anyhow::Result<Exit> {
    if command.example {
        print_whole(EXAMPLE.as_bytes())?;
        return Ok(Exit::Done);
    }
    let raw = args.raw()?;
    let shown = settings(&raw)?;
    if command.json {
        let json = serde_json::to_string_pretty(&shown)? + "\n";
        print_whole(json.as_bytes())?;
    } else {
        print_whole(table(&shown).as_bytes())?;
    }
    match Config::from_raw(&raw) {
        Ok(_) => Ok(Exit::Done),
        Err(faults) => {
            eprintln!("\nwarmsheet cannot start with this:\n{faults}");
            Ok(Exit::Failure)
        }
    }
}

fn table(shown: &[Shown]) -> String {
    let wide = |text: fn(&Shown) -> &str| shown.iter().map(|one| text(one).chars().count()).max();
    let name = wide(|one| &one.name).unwrap_or_default();
    let key = wide(|one| &one.key).unwrap_or_default();
    let mut table = String::new();
    for one in shown {
        let value = one.value.as_deref().unwrap_or("(not set)");
        let from = match (&one.file, one.line) {
            (Some(file), Some(line)) => format!("{file}, line {line}"),
            (Some(file), None) => file.clone(),
            _ => one.from.to_owned(),
        };
        table.push_str(&format!(
            "{:name$}  {:key$}  {value}  [{from}]\n",
            one.name, one.key
        ));
    }
    table
}
