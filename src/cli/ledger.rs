//! `warmsheet ledger`: every attempt with what it cost.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::adapters::files::{write_ledger, write_ledger_file};
use crate::app::{AppError, open_store};
use crate::flow::ports::{LedgerFilter, LedgerFormat, LedgerTotals};
use crate::lead::money::{grouped, usd};

#[derive(Args)]
pub struct LedgerArgs {
    /// First day, UTC, like 2026-11-01
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Last day, UTC
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// How it is written [default: by the ending of FILE, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

impl From<Format> for LedgerFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => LedgerFormat::Table,
            Format::Csv => LedgerFormat::Csv,
            Format::Json => LedgerFormat::Json,
        }
    }
}

pub async fn ledger(settings: &SettingsArgs, args: LedgerArgs) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (args.from, args.to) {
        anyhow::ensure!(from <= to, "--from {from} is after --to {to}");
    }
    let format = args.format()?;
    let config = settings.config()?;
    let store = open_store(&config.database)
        .await
        .map_err(AppError::Store)?;
    let filter = LedgerFilter {
        from: args.from,
        to: args.to,
        outcome: None,
    };
    let totals = match &args.output {
        Some(path) => write_ledger_file(&*store, &filter, format, path).await?,
        None => write_ledger(&*store, &filter, format, Box::new(std::io::stdout())).await?,
    };
    if args.output.is_some() || format == LedgerFormat::Csv {
        tell(&totals);
    }
    Ok(Exit::Done)
}

impl LedgerArgs {
    fn format(&self) -> anyhow::Result<LedgerFormat> {
        if let Some(format) = self.format {
            return Ok(format.into());
        }
        let Some(output) = &self.output else {
            return Ok(LedgerFormat::Table);
        };
        let ending = output.extension().unwrap_or_default().to_string_lossy();
        match ending.to_lowercase().as_str() {
            "csv" => Ok(LedgerFormat::Csv),
            "json" => Ok(LedgerFormat::Json),
            "txt" => Ok(LedgerFormat::Table),
            _ => anyhow::bail!(
                "{} does not end in .csv, .json or .txt; say --format table, csv or json",
                output.display()
            ),
        }
    }
}

/// What the table says at its end, where no table is seen.
fn tell(totals: &LedgerTotals) {
    eprintln!(
        "{} attempts: {} credits ({}) charged, {} reserved, {} of unknown outcome",
        grouped(totals.attempts.unsigned_abs()),
        grouped(totals.charged.unsigned_abs()),
        usd(totals.charged),
        grouped(totals.reserved.unsigned_abs()),
        totals.unknown,
    );
}
