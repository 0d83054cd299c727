use clap::Subcommand;

use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::app::{AppError, google_sheets, open_store};
use crate::config::parse_sheet;
use crate::flow::ports::Clock as _;
use crate::flow::ports::SystemClock;
use crate::flow::sheet::setup::{self, Setup};
use crate::flow::sheet::takeover::takeover;

#[derive(Subcommand)]
pub enum SheetCommand {
    /// Prepare a spreadsheet: headers, results tab, drop-down, colours; changes nothing of yours
    Setup(SetupArgs),
    /// Let this installation run a sheet that another one has run
    Takeover {
        /// The spreadsheet's id or address
        sheet: String,
    },
    /// Write every result to the sheet's results tab once more, after it was deleted
    Resend {
        /// The spreadsheet's id or address
        sheet: String,
    },
}

#[derive(clap::Args)]
pub struct SetupArgs {
    /// The spreadsheet's id or address, with #Tab name for another tab than the first
    sheet: String,
    /// Add a column of checkboxes: only ticked rows start
    #[arg(long)]
    run: bool,
    /// Add a column for each option: ICP, buyer roles, contacts, drafts, freshness
    #[arg(long)]
    options: bool,
}

/// `warmsheet sheet …`
pub async fn sheet(settings: &SettingsArgs, command: SheetCommand) -> anyhow::Result<Exit> {
    let config = settings.config()?;
    let store = open_store(&config.database)
        .await
        .map_err(AppError::Store)?;
    match command {
        SheetCommand::Setup(args) => {
            let (spreadsheet, tab) = named(&args.sheet)?;
            let asked = Setup {
                spreadsheet: spreadsheet.clone(),
                tab,
                run: args.run,
                options: args.options,
                report: config.server.public_url.is_some(),
            };
            let sheets = google_sheets(&config.sheets).await?;
            let done = setup::setup(&*sheets, &*store, &asked).await?;
            if done.is_empty() {
                println!("Everything is there already; nothing was changed.");
            }
            for line in done {
                println!("{line}.");
            }
            let connected = config.sheets.sheets.iter();
            if !connected
                .map(|sheet| &sheet.spreadsheet)
                .any(|id| *id == spreadsheet)
            {
                println!("\nNext: WARMSHEET_SHEETS={spreadsheet}, and warmsheet serve.");
            }
        }
        SheetCommand::Takeover { sheet } => {
            let (spreadsheet, _) = named(&sheet)?;
            let sheets = google_sheets(&config.sheets).await?;
            match takeover(&*sheets, &*store, &spreadsheet).await? {
                Some(before) => println!(
                    "This installation runs the sheet now; before it was {before}. Rows that one \
                     has bought say \u{201c}Handled elsewhere\u{201d} and are not bought again."
                ),
                None => println!("This installation runs the sheet."),
            }
        }
        SheetCommand::Resend { sheet } => {
            let (spreadsheet, _) = named(&sheet)?;
            let results = store.redeliver(&spreadsheet, SystemClock.now()).await?;
            println!("{results} results are written once more by warmsheet serve.");
        }
    }
    Ok(Exit::Done)
}

fn named(sheet: &str) -> anyhow::Result<(String, String)> {
    parse_sheet(sheet).map_err(|problem| anyhow::anyhow!(problem))
}
