//! `warmsheet db …`: copies of the database, and what follows from going on with one.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::adapters::store::portable::{BackupKind, Header, Purpose};
use crate::app::Custody;
use crate::config::DatabaseConfig;
use crate::flow::ports::{Clock as _, PauseKind, SystemClock};
use crate::flow::restore::{self, Notice};
use crate::lead::money::grouped;

#[derive(Subcommand)]
pub enum DbCommand {
    /// Bring the schema up to date, as serve does when it starts; for a release command
    Migrate,
    /// Write a copy of the database to FILE, also while serve runs
    Backup { file: PathBuf },
    /// Write everything to FILE to go on with another database; this one is left behind
    Export { file: PathBuf },
    /// Read FILE, made by export or a PostgreSQL back-up, into an empty database
    Import { file: PathBuf },
    /// Tell warmsheet that this database is an older copy not made by backup; run it before serve
    Restored,
    /// Buy again after a restore, as Resume on the page does
    Resume,
}

/// `warmsheet db …`
pub async fn db(settings: &SettingsArgs, command: DbCommand) -> anyhow::Result<Exit> {
    let config = settings.config()?.database;
    let existing = !matches!(command, DbCommand::Import { .. } | DbCommand::Migrate);
    let custody = Custody::open(&config, existing).await?;
    let now = SystemClock.now();
    match command {
        DbCommand::Migrate => println!("{} is up to date.", config.shown()),
        DbCommand::Backup { file } => backup(&custody, &file, now).await?,
        DbCommand::Export { file } => export(&custody, &config, &file, now).await?,
        DbCommand::Import { file } => import(&custody, &config, &file).await?,
        DbCommand::Restored => {
            let held = custody.store.hold_as_restored(now).await?;
            let waiting = match held.leads {
                1 => "1 lead waits".to_owned(),
                leads => format!("{} leads wait", grouped(leads)),
            };
            println!(
                "{}: nothing is bought, and {waiting} for approval. Look at what waits, then \
                 resume on the page or with: warmsheet db resume",
                config.shown()
            );
        }
        DbCommand::Resume => resume(&custody).await?,
    }
    Ok(Exit::Done)
}

async fn backup(custody: &Custody, file: &Path, now: DateTime<Utc>) -> anyhow::Result<()> {
    let kind = custody
        .portable
        .backup(file, now)
        .await
        .context("there is no back-up")?;
    let how = match kind {
        BackupKind::Database => {
            "To restore it, stop warmsheet, remove the database\u{2019}s -wal and -shm files, and \
             put it in the database\u{2019}s place"
        }
        BackupKind::Portable => {
            "To restore it, import it into an empty database: warmsheet db import"
        }
    };
    println!("{} is a back-up of now. {how}.", file.display());
    Ok(())
}

async fn export(
    custody: &Custody,
    config: &DatabaseConfig,
    file: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let store = &*custody.store;
    let before = restore::notice(store).await?;
    let was_moved = matches!(before, Some(Notice::Moved { .. }));
    ensure!(!custody.is_worked_on().await?, WORKED_ON);
    // First the mark, then the look: whoever begins between the two buys nothing.
    store.mark_moved(now).await?;
    let exported = async {
        ensure!(!custody.is_worked_on().await?, WORKED_ON);
        let rows = custody.portable.export(file, Purpose::Move, now).await?;
        anyhow::Ok(rows)
    };
    match exported.await {
        Ok(rows) => println!(
            "{} holds everything, {} rows. {} is left behind: warmsheet does not work on it any \
             more. Next, with the new DATABASE_URL: warmsheet db import {}\nTo go on with the old \
             one after all: warmsheet db restored",
            file.display(),
            grouped(rows),
            config.shown(),
            file.display()
        ),
        Err(error) => {
            if !was_moved {
                store.unmark_moved().await?;
            }
            return Err(error.context("nothing was exported"));
        }
    }
    Ok(())
}

const WORKED_ON: &str = "a warmsheet is working on this database; what it buys from now on would \
                         be missing. Stop it first. (A copy while it works: warmsheet db backup)";

async fn import(custody: &Custody, config: &DatabaseConfig, file: &Path) -> anyhow::Result<()> {
    ensure!(
        !custody.is_worked_on().await?,
        "a warmsheet is working on {}; stop it first",
        config.shown()
    );
    let imported = custody.portable.import(file).await;
    let (header, rows) =
        imported.with_context(|| format!("{} was not imported", file.display()))?;
    println!(
        "{} holds everything now, {} rows of {}.{}",
        config.shown(),
        grouped(rows),
        header.made_at.format("%Y-%m-%d %H:%M UTC"),
        what_follows(&header)
    );
    Ok(())
}

fn what_follows(header: &Header) -> &'static str {
    match header.purpose {
        Purpose::Move => {
            " It goes on as the same installation, with its sheets, keys and settings of before; \
             the old one must not."
        }
        Purpose::BackUp => {
            " It is a back-up: once warmsheet serve begins, nothing is bought until you resume."
        }
    }
}

async fn resume(custody: &Custody) -> anyhow::Result<()> {
    let store = &*custody.store;
    match restore::notice(store).await? {
        Some(Notice::Restored { .. }) => {
            store.clear_pause(PauseKind::Restored).await?;
            println!("Resumed. What waits for approval still does.");
        }
        Some(Notice::BackUp { .. }) => anyhow::bail!(
            "no work has begun on this back-up; start warmsheet serve, look at what waits for \
             approval, then resume"
        ),
        Some(Notice::Moved { .. }) => anyhow::bail!(
            "this database was moved away; to go on with it after all: warmsheet db restored"
        ),
        None => println!("Nothing was restored here; there is nothing to resume."),
    }
    Ok(())
}
