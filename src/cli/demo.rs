//! `warmsheet demo`: the whole service with invented results, in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::exit::Exit;
use super::sandbox::{BuiltIn, KEY};
use super::settings::SettingsArgs;
use super::signals::stop_on_signal;
use crate::app::{self, AppError, Mode, Service, ServiceOptions};
use crate::config::{Config, RawSettings};

/// Quick enough to watch, slow enough to see the states go by.
const SPEED: f64 = 12.0;
const SAMPLE: &str = "Company,Website,Max contacts\n\
    Acme,acme.com,2\n\
    Globex,https://www.globex.com/,3\n\
    Initech,initech.com,1\n\
    Hooli,hooli.com/about,\n\
    Umbrella,umbrella.com,2\n\
    Müller Maschinen,müller-maschinen.de,3\n";

#[derive(Args)]
pub struct DemoArgs {
    /// Everything the demo keeps goes here
    #[arg(long, default_value = "warmsheet-demo", value_name = "DIR")]
    dir: PathBuf,
}

pub async fn demo(settings: &SettingsArgs, args: DemoArgs) -> anyhow::Result<Exit> {
    let stop = stop_on_signal()?;
    let lists = args.dir.join("lists");
    prepare(&lists).with_context(|| format!("{} cannot be prepared", args.dir.display()))?;
    let mut config = config(settings.bind.as_deref(), &args.dir, &lists)?;
    let listener = listen(&config.server.bind, settings.bind.is_some())?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut sandbox = BuiltIn::start(SPEED, &args.dir.join("sandbox.journal")).await?;
    sandbox.configure(&mut config)?;
    sandbox.call_back(&mut config, &address).await?;
    let options = ServiceOptions {
        mode: Mode::Sandbox { speed: SPEED },
        hold_first: false,
    };
    let service = Service::start_on(listener, &config, options, stop.clone()).await?;
    welcome(&address, &lists);
    tokio::select! {
        ended = service.run() => ended?,
        died = sandbox.wait() => died?,
    }
    sandbox.stop().await;
    Ok(Exit::Done)
}

fn prepare(lists: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(lists)?;
    let sample = lists.join("sample-companies.csv");
    if !sample.exists() {
        std::fs::write(sample, SAMPLE)?;
    }
    Ok(())
}

/// The address that was asked for; else the usual one, or any if that is taken.
fn listen(address: &str, asked_for: bool) -> anyhow::Result<TcpListener> {
    match app::bind(address) {
        Ok(listener) => Ok(listener),
        Err(_) if !asked_for => Ok(app::bind("127.0.0.1:0")?),
        Err(error) => Err(AppError::Bind(address.to_owned(), error).into()),
    }
}

/// Settings of its own: the demo must not touch what is configured for real.
fn config(bind: Option<&str>, dir: &Path, lists: &Path) -> anyhow::Result<Config> {
    let database = format!("sqlite://{}", dir.join("warmsheet.db").display());
    let mut raw = RawSettings::of(&[
        ("CITEDY_API_KEY", KEY),
        ("WARMSHEET_SYNC_SECONDS", "1"),
        ("WARMSHEET_DAILY_CREDITS", "unlimited"),
    ]);
    raw.set("DATABASE_URL", database);
    if let Some(bind) = bind {
        raw.set("WARMSHEET_BIND", bind);
    }
    raw.set("WARMSHEET_WATCH_DIR", lists.display().to_string());
    Ok(Config::from_raw(&raw)?)
}

fn welcome(address: &str, lists: &Path) {
    println!();
    println!("  warmsheet demo: every result is invented, nothing is charged.");
    println!();
    println!("  Open   {address}");
    println!("  Lists  {}  (put a .csv or .xlsx there)", lists.display());
    println!();
    println!("  Ctrl-C stops it.");
}
