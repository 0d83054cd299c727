//! What names a company outside of the database, and is the user's own to delete.

use std::collections::BTreeMap;

use super::sheet_rows;
use crate::config::Config;
use crate::flow::ports::{Footprint, KnownLead, SheetPlace, Source, Store, StoreError};
use crate::lead::CompanyDomain;

/// Tells the user what to delete.
pub async fn tell(
    store: &dyn Store,
    config: &Config,
    domain: &CompanyDomain,
    known: &Footprint,
) -> Result<(), StoreError> {
    println!("\nLeft for you to delete, because it is yours:");
    for place in known
        .places
        .iter()
        .chain(&others(store, config, known).await?)
    {
        for line in sheet_rows::lines(config, domain, place, &known.leads).await {
            println!("- {line}");
        }
    }
    for line in files(&known.leads) {
        println!("- {line}");
    }
    println!(
        "- Back-ups and exports of this database that were made before, and copies of its \
         disk, still hold it. One that is restored does not know that it was forgotten: call this \
         again then."
    );
    println!("- Downloaded reports, and its runs in your Citedy account.");
    Ok(())
}

/// The other connected sheets: a row there that was never ticked has no lead.
async fn others(
    store: &dyn Store,
    config: &Config,
    known: &Footprint,
) -> Result<Vec<SheetPlace>, StoreError> {
    let mut others = Vec::new();
    for sheet in &config.sheets.sheets {
        let is_known = |place: &SheetPlace| place.spreadsheet == sheet.spreadsheet;
        if !known.places.iter().any(is_known) {
            let state = store.sheet(&sheet.spreadsheet).await?;
            others.push(SheetPlace {
                spreadsheet: sheet.spreadsheet.clone(),
                inputs: state.tabs.iter().map(|tab| tab.tab).collect(),
                results: state.results_tab,
            });
        }
    }
    Ok(others)
}

fn files(leads: &[KnownLead]) -> Vec<String> {
    let mut lists: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for lead in leads {
        let watched = lead.source == Source::Folder;
        if !(watched || lead.source == Source::Run) || lead.source_name.is_empty() {
            continue;
        }
        let rows = lists.entry((&lead.source_name, watched)).or_default();
        rows.extend(lead.row.map(|row| row.to_string()));
    }
    let line = |((name, watched), rows): ((&str, bool), Vec<String>)| {
        let place = match rows.len() {
            0 => String::new(),
            1 => format!("row {} of ", rows[0]),
            _ => format!("rows {} of ", rows.join(", ")),
        };
        if watched {
            format!(
                "{place}{name}. Its results file beside it is written again without the company by \
                 warmsheet serve; files put aside as {name}.before-restore-\u{2026} are not"
            )
        } else {
            format!("{place}{name}, and the report that was made of it")
        }
    };
    lists.into_iter().map(line).collect()
}
