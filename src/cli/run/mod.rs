//! `warmsheet run`: lists in, one report out.

mod approval;
mod input;
mod progress;
mod report;
mod wait;

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::sandbox::BuiltIn;
use super::settings::SettingsArgs;
use super::signals::stop_on_signal;
use crate::app::{App, Mode};
use crate::config::{Config, DatabaseConfig};
use crate::flow::guard::{Guard, WaitsFor};
use crate::flow::intake::{Intake, accept};
use crate::flow::ports::{HoldRule, LeadFilter, ReportFormat, Source};
use crate::flow::reuse;

/// How much faster than the real thing the built-in sandbox runs here.
const SANDBOX_SPEED: f64 = 30.0;

#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 every row reached an end that is not failed or parked; \
    1 error; 2 wrong usage; 3 some rows failed or are parked; 4 today's cap is used, go on \
    tomorrow with the same command; 5 needs approval (--yes); 6 paused or out of credits; \
    130 interrupted, go on with the same command."
)]
pub struct RunArgs {
    /// Lists: CSV, XLSX or one domain a line; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The report; its ending decides: .xlsx, .csv or .json
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Approve the price without being asked
    #[arg(long)]
    yes: bool,
    /// Buy new reports for rows that this file was already run for
    #[arg(long)]
    again: bool,
    /// Run against the built-in sandbox: invented results, no cost
    #[arg(long)]
    sandbox: bool,
}

pub async fn run(settings: &SettingsArgs, args: RunArgs) -> anyhow::Result<Exit> {
    let format = report::format_of(&args.output)?;
    report::refuse_overwriting(&args.files, &args.output)?;
    // Lists are read first: a wrong file name should not cost a thought, let alone credits.
    let lists = input::read_lists(&args.files)?;
    let (config, mode, built_in) = place(settings, args.sandbox).await?;
    let app = App::open(&config, mode).await?;
    expect_sheets(&app, &config, &lists).await?;
    let outcome = run_lists(&app, &args, format, lists).await;
    drop(app);
    if let Some(built_in) = built_in {
        built_in.stop().await;
    }
    outcome
}

/// Only a running `serve` writes to spreadsheets; where there is one on this database, rows may
/// name those of the settings that both share.
async fn expect_sheets(
    app: &App,
    config: &Config,
    lists: &[input::NamedList],
) -> anyhow::Result<()> {
    let named = lists.iter().any(input::NamedList::names_a_sheet);
    if named && app.somebody_works().await? {
        for sheet in &config.sheets.sheets {
            app.flow.health.sheet(&sheet.spreadsheet, |_| ());
        }
    }
    Ok(())
}

/// The configured account, or a sandbox with a database of its own.
async fn place(
    settings: &SettingsArgs,
    sandbox: bool,
) -> anyhow::Result<(Config, Mode, Option<BuiltIn>)> {
    if !sandbox {
        return Ok((settings.config()?, Mode::Real, None));
    }
    let mut raw = settings.raw()?;
    raw.set("CITEDY_API_KEY", super::sandbox::KEY);
    let mut config = Config::from_raw(&raw)?;
    config.database = config.database.beside("sandbox");
    let built_in = BuiltIn::start(SANDBOX_SPEED, &journal(&config.database)).await?;
    built_in.configure(&mut config)?;
    let mode = Mode::Sandbox {
        speed: SANDBOX_SPEED,
    };
    Ok((config, mode, Some(built_in)))
}

/// The built-in sandbox remembers its runs beside the file that waits for them; those of a server,
/// in the current folder.
fn journal(database: &DatabaseConfig) -> PathBuf {
    match database {
        DatabaseConfig::Sqlite { url } => {
            let path = url.trim_start_matches("sqlite://");
            let path = path.split('?').next().unwrap_or(path);
            PathBuf::from(format!("{path}.journal"))
        }
        DatabaseConfig::Postgres { .. } => PathBuf::from("warmsheet.sandbox.journal"),
    }
}

async fn run_lists(
    app: &App,
    args: &RunArgs,
    format: ReportFormat,
    lists: Vec<input::NamedList>,
) -> anyhow::Result<Exit> {
    let rows = input::intake_rows(&*app.flow.store, lists, args.again).await?;
    anyhow::ensure!(
        !rows.is_empty(),
        "there are no rows to run in {}",
        names(args)
    );
    let hold = if args.yes {
        HoldRule::Never
    } else {
        app.flow.limits.hold_rule()
    };
    let intake = Intake {
        source: Source::Run,
        source_name: names(args),
        hold,
        rows,
    };
    let accepted = accept(&app.flow, intake).await?;
    let filter = LeadFilter {
        seqs: Some(accepted.leads.iter().map(|lead| lead.seq).collect()),
        ..LeadFilter::default()
    };
    let new = LeadFilter {
        seqs: Some(accepted.new_seqs()),
        ..LeadFilter::default()
    };
    progress::tell_accepted(&accepted, reuse::reusable(&app.flow, &new).await?);
    let guard = Guard::read(&app.flow).await?;
    let restored = guard.waits_for() == WaitsFor::Restored;
    if restored && approval::is_needed(&app.flow, &filter).await? {
        return Ok(report::tell_restored(&guard));
    }
    if !approval::approve_held(&app.flow, &filter, args.yes).await? {
        return Ok(Exit::NeedsApproval);
    }
    // Only now: until here Ctrl-C may simply end the process, the question included.
    let stop = stop_on_signal()?;
    let ended = wait::until_done(app, &filter, stop).await?;
    report::write(app, &filter, format, &args.output).await?;
    report::tell_summary(app, &filter, ended, &args.output).await
}

/// What the page shows as the origin of a call's leads.
fn names(args: &RunArgs) -> String {
    const LONGEST: usize = 200;
    let names: Vec<String> = args
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let all = names.join(", ");
    if all.chars().count() <= LONGEST {
        return all;
    }
    let start: String = all.chars().take(LONGEST).collect();
    format!("{start}…")
}
