//! The command line: one subcommand a file.

mod approve;
mod check;
mod check_sheets;
mod completions;
mod config;
mod confirm;
mod db;
mod demo;
mod examples;
mod exit;
mod forget;
mod health;
mod ledger;
mod logs;
mod notify;
mod run;
mod run_as;
mod sandbox;
mod serve;
mod settings;
mod sheet;
mod signals;
mod webhook;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use exit::Exit;
use settings::SettingsArgs;

/// Turns a list of company domains into warm-lead reports.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Examples:\n  \
        warmsheet demo                              try it, without an account\n  \
        warmsheet run companies.csv -o report.xlsx  one list, one report\n  \
        warmsheet serve                             Google Sheets, form, API, watched folder\n\n\
        Settings come from flags, then the environment, then warmsheet.toml."
)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything with invented results: no account, no network, no cost
    Demo(demo::DemoArgs),
    /// Run the service: Google Sheets, form, API, watched folder, webhooks, exports
    Serve,
    /// Turn lists into one report: CSV, XLSX or one domain a line; - reads standard input
    Run(run::RunArgs),
    /// List what waits for approval; approve or cancel batches or single leads
    Approve(approve::ApproveArgs),
    /// List every attempt: its key, when it was sent, what came of it and what it cost
    Ledger(ledger::LedgerArgs),
    /// Remove a company for good, list what is left elsewhere, and never buy it again
    Forget(forget::ForgetArgs),
    /// Verify configuration, key, webhook, sheets, folder and database; names each remedy
    Check,
    /// Ask a running serve whether it can work; exit code 0 if so
    Health(health::HealthArgs),
    /// Print the settings in force and where each comes from, secrets left out
    Config(config::ConfigArgs),
    /// Print what a shell needs to complete these commands
    Completions(completions::CompletionsArgs),
    /// Manage the Citedy webhook endpoint
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Try out who is told of what happens
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    /// Prepare a Google Sheet, take it over, or send its results again
    #[command(subcommand)]
    Sheet(sheet::SheetCommand),
    /// Back up the database, move it to another engine, go on after a restore
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Serve the Citedy contract with invented results, for trying and testing
    Sandbox(sandbox::SandboxArgs),
}

/// The command line with the examples of each command, and the settings that it uses.
fn command() -> clap::Command {
    settings::list_used_only(examples::add_to(Cli::command()))
}

impl Cli {
    /// What this process was called with; a wrong call ends it, and says what would be right.
    pub fn of_process() -> Self {
        let matches = command().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Runs a command and tells how it ended.
pub fn main(cli: Cli) -> ExitCode {
    if let Err(error) = run_as::settle() {
        eprintln!("warmsheet: {error}");
        return Exit::Failure.into();
    }
    // Fails only if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    logs::start(match cli.command {
        Command::Serve => "info",
        // A statement that reads a whole table may take its time.
        Command::Db(_) | Command::Forget(_) => "warn,sqlx::query=error",
        _ => "warn",
    });
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("warmsheet: the runtime cannot start: {error}");
            return Exit::Failure.into();
        }
    };
    let ended = runtime.block_on(async {
        let settings = &cli.settings;
        match cli.command {
            Command::Demo(args) => demo::demo(settings, args).await,
            Command::Serve => serve::serve(settings).await,
            Command::Run(args) => run::run(settings, args).await,
            Command::Approve(args) => approve::approve(settings, args).await,
            Command::Ledger(args) => ledger::ledger(settings, args).await,
            Command::Forget(args) => forget::forget(settings, args).await,
            Command::Config(args) => config::config(settings, &args),
            Command::Completions(args) => completions::completions(&args),
            Command::Check => check::check(settings).await,
            Command::Health(args) => health::health(settings, &args),
            Command::Webhook(command) => webhook::webhook(settings, command).await,
            Command::Notify(command) => notify::notify(settings, command).await,
            Command::Sheet(command) => sheet::sheet(settings, command).await,
            Command::Db(command) => db::db(settings, command).await,
            Command::Sandbox(args) => sandbox::sandbox(settings, args).await,
        }
    });
    // A request that hangs must not keep the process.
    runtime.shutdown_background();
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("warmsheet: {error:#}");
            Exit::Failure.into()
        }
    }
}
