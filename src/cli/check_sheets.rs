//! The part of `warmsheet check` that looks at Google Sheets.

use super::check::Finding::{self, Bad, Good, Note};
use crate::app::{google_sheets, open_store};
use crate::config::{Config, ConnectedSheet};
use crate::flow::ports::{
    Change, Description, Render, SheetFault, SheetState, Spreadsheets, Store, TabProperties,
    TabRange, WriteBatch,
};
use crate::flow::sheet::columns::{Columns, Own};
use crate::flow::sheet::connect::is_foreign;

/// Each spreadsheet by name, with what was found.
pub async fn sheets(config: &Config) -> Vec<(String, Finding)> {
    if config.sheets.sheets.is_empty() {
        return Vec::new();
    }
    let client = match google_sheets(&config.sheets).await {
        Ok(client) => client,
        Err(error) => {
            let remedy = "see docs/google-sheets.md: create a service account, download its key \
                          as JSON, and set GOOGLE_APPLICATION_CREDENTIALS to that file";
            return vec![(
                "Google".to_owned(),
                Bad(error.to_string(), remedy.to_owned()),
            )];
        }
    };
    // A database that cannot be opened has a line of its own.
    let store = open_store(&config.database).await.ok();
    let mut found = vec![(
        "Google".to_owned(),
        Good(format!("service account {}", client.account())),
    )];
    for sheet in &config.sheets.sheets {
        let name = format!("sheet {}", sheet.spreadsheet);
        let finding = match one(&*client, store.as_deref(), sheet).await {
            Ok(finding) => finding,
            Err(fault) => fault_finding(&fault),
        };
        found.push((name, finding));
    }
    found
}

async fn one(
    client: &dyn Spreadsheets,
    store: Option<&dyn Store>,
    sheet: &ConnectedSheet,
) -> Result<Finding, SheetFault> {
    let id = &sheet.spreadsheet;
    let description = client.describe(id).await?;
    let title = description.title.clone();
    let mut state = SheetState::default();
    if let Some(store) = store {
        state = store.sheet(id).await.unwrap_or_default();
        let installation = store.installation().await.unwrap_or_default();
        if is_foreign(&description.marks, &installation) {
            return Ok(Bad(
                format!("\u{201c}{title}\u{201d} is run by another installation"),
                format!("stop that one, then: warmsheet sheet takeover {id}"),
            ));
        }
    }
    let mut tabs = Vec::new();
    for wanted in &sheet.tabs {
        match input_tab(client, id, &description, &state, wanted).await? {
            Ok(text) => tabs.push(text),
            Err(bad) => return Ok(bad),
        }
    }
    let results = description
        .tabs
        .iter()
        .find(|tab| Some(tab.tab) == state.results_tab);
    if results.is_some_and(|tab| !tab.locked.is_empty()) {
        return Err(SheetFault::Protected {
            account: client.account().to_owned(),
        });
    }
    may_write(client, id).await?;
    let tabs = tabs.join(", ");
    Ok(match client.version(id).await {
        Ok(Some(_)) => Good(format!("\u{201c}{title}\u{201d}, {tabs}")),
        _ => Note(format!(
            "\u{201c}{title}\u{201d}, {tabs}; the Drive API is off, so the sheet is read at each \
             look. That works; with the Drive API enabled an idle sheet costs no Sheets quota"
        )),
    })
}

async fn input_tab(
    client: &dyn Spreadsheets,
    id: &str,
    description: &Description,
    state: &SheetState,
    wanted: &str,
) -> Result<Result<String, Finding>, SheetFault> {
    let is_it = |tab: &&TabProperties| {
        // A tab that was bound is known by its id, whatever it is called now.
        if let Some(bound) = state.tabs.iter().find(|bound| bound.wanted == wanted) {
            tab.tab == bound.tab
        } else if wanted.is_empty() {
            Some(tab.tab) != state.results_tab
        } else {
            tab.title == wanted || wanted == format!("gid={}", tab.tab)
        }
    };
    let Some(tab) = description.tabs.iter().find(is_it) else {
        let titles: Vec<&str> = description.tabs.iter().map(|t| t.title.as_str()).collect();
        return Ok(Err(Bad(
            format!(
                "there is no tab \u{201c}{wanted}\u{201d}; the tabs are: {}",
                titles.join(", ")
            ),
            format!("name one of them: WARMSHEET_SHEETS={id}#Tab name"),
        )));
    };
    let range = TabRange {
        tab: tab.tab,
        rows: None,
    };
    let grid = client.read(id, &[range], Render::Values).await?.pop();
    let grid = grid.map(|tab| tab.grid).unwrap_or_default();
    let title = &tab.title;
    let columns = match Columns::find(&grid, state.theirs(tab.tab)) {
        Ok(columns) => columns,
        Err(fault) if fault.seen.is_empty() => {
            return Ok(Err(Bad(
                format!("the tab \u{201c}{title}\u{201d} is empty"),
                if wanted.is_empty() {
                    format!("prepare it: warmsheet sheet setup {id}")
                } else {
                    format!("prepare it: warmsheet sheet setup '{id}#{wanted}'")
                },
            )));
        }
        Err(fault) => {
            return Ok(Err(Bad(
                format!(
                    "the tab \u{201c}{title}\u{201d} has no column of domains; its headers are: {}",
                    fault.seen.join(", ")
                ),
                "call one of its columns Domain, in one of the first ten rows".to_owned(),
            )));
        }
    };
    if is_locked(tab, &columns, grid.width()) {
        return Err(SheetFault::Protected {
            account: client.account().to_owned(),
        });
    }
    let rows = grid.rows.len().saturating_sub(columns.header + 1);
    Ok(Ok(format!("tab \u{201c}{title}\u{201d} with {rows} rows")))
}

/// A protected range lies over cells of ours, or over where columns of ours would be added.
fn is_locked(tab: &TabProperties, columns: &Columns, width: usize) -> bool {
    tab.locked.iter().any(|locked| {
        Own::ALL.into_iter().any(|own| match columns.own(own) {
            Some(column) => {
                locked.columns.contains(&column) && locked.rows.end > columns.header + 1
            }
            None => locked.columns.contains(&width),
        })
    })
}

/// A write that changes nothing: it removes a mark that is not there.
async fn may_write(client: &dyn Spreadsheets, id: &str) -> Result<(), SheetFault> {
    let nothing = WriteBatch {
        changes: vec![Change::RemoveMark {
            id: rand::random_range(1..i32::MAX),
        }],
        look_at: Vec::new(),
    };
    match client.write(id, nothing).await {
        // To be told that there is no such mark one must have been let in.
        Ok(_) | Err(SheetFault::Refused(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn fault_finding(fault: &SheetFault) -> Finding {
    let remedy = match fault {
        SheetFault::NotShared { account } => {
            format!("share the spreadsheet with {account} as an Editor")
        }
        SheetFault::NoSuchSheet { .. } => {
            "copy the sheet\u{2019}s address from the browser into WARMSHEET_SHEETS".to_owned()
        }
        SheetFault::ApiDisabled(_) => {
            "enable the Google Sheets API for the service account\u{2019}s project, then wait a \
             few minutes"
                .to_owned()
        }
        SheetFault::Protected { account } => {
            format!("Data, Protect sheets and ranges: let {account} edit it")
        }
        SheetFault::Quota { .. } => "try again in a minute".to_owned(),
        SheetFault::Clock(_) => "turn time synchronisation on".to_owned(),
        SheetFault::Key(_) => {
            "create a new key for the service account and set GOOGLE_APPLICATION_CREDENTIALS to \
             its file"
                .to_owned()
        }
        SheetFault::Unreachable(_) | SheetFault::Unknown(_) => {
            "see whether Google can be reached from this machine, and try again".to_owned()
        }
        SheetFault::TabGone(_) | SheetFault::MarkTaken | SheetFault::Refused(_) => {
            "try again; if it stays, the log of warmsheet serve says more".to_owned()
        }
    };
    Bad(fault.to_string(), remedy)
}
