//! Rows of a spreadsheet that name a company: by their numbers where Google can be asked, else by the
//! lead ids to search for.

use crate::app::google_sheets;
use crate::config::Config;
use crate::flow::ports::{
    KnownLead, Render, SheetFault, SheetPlace, Source, Spreadsheets, TabRange,
};
use crate::flow::sheet::grid::CellValue;
use crate::lead::{CompanyDomain, Naming};

/// A line for each tab.
pub async fn lines(
    config: &Config,
    domain: &CompanyDomain,
    place: &SheetPlace,
    leads: &[KnownLead],
) -> Vec<String> {
    let ids = ids(place, leads);
    if config.sheets.key_file.is_none() {
        return vec![by_ids(place, &ids, "")];
    }
    let found = match google_sheets(&config.sheets).await {
        Ok(sheets) => rows(&*sheets, domain, place, &ids)
            .await
            .map_err(|fault| fault.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(lines) => lines,
        Err(why) => vec![by_ids(
            place,
            &ids,
            &format!(" (it could not be read: {why})"),
        )],
    }
}

/// Leads whose rows, or results, are in this spreadsheet.
fn ids<'a>(place: &SheetPlace, leads: &'a [KnownLead]) -> Vec<&'a str> {
    let here = |lead: &&KnownLead| {
        let row = lead.source == Source::Sheet && lead.source_name == place.spreadsheet;
        row || lead
            .sent
            .iter()
            .any(|sent| sent.spreadsheet == place.spreadsheet)
    };
    leads
        .iter()
        .filter(here)
        .map(|lead| lead.id.as_str())
        .collect()
}

fn by_ids(place: &SheetPlace, ids: &[&str], why: &str) -> String {
    format!(
        "Google Sheet {}{why}: every row with one of these in Lead ID, in the input tabs and in the \
         results tab: {}",
        place.spreadsheet,
        ids.join(", ")
    )
}

/// Reads the tabs, and changes nothing.
async fn rows(
    sheets: &dyn Spreadsheets,
    domain: &CompanyDomain,
    place: &SheetPlace,
    ids: &[&str],
) -> Result<Vec<String>, SheetFault> {
    let description = sheets.describe(&place.spreadsheet).await?;
    let tabs = place.inputs.iter().chain(&place.results);
    let there = |tab: &&i32| description.tabs.iter().any(|known| known.tab == **tab);
    let ranges: Vec<TabRange> = tabs
        .filter(there)
        .map(|tab| TabRange {
            tab: *tab,
            rows: None,
        })
        .collect();
    if ranges.is_empty() {
        let lines = Some(by_ids(place, ids, "")).filter(|_| !ids.is_empty());
        return Ok(lines.into_iter().collect());
    }
    let read = sheets
        .read(&place.spreadsheet, &ranges, Render::Values)
        .await?;
    let naming = Naming::of(domain);
    let names_it = |cell: &CellValue| {
        let shown = cell.shown();
        ids.contains(&&*shown) || naming.in_text(&shown).is_some()
    };
    let mut lines = Vec::new();
    for tab in read {
        let rows: Vec<String> = (1_usize..)
            .zip(&tab.grid.rows)
            .filter(|(_, cells)| cells.iter().any(names_it))
            .map(|(number, _)| number.to_string())
            .collect();
        lines.push(match rows.len() {
            0 => format!(
                "Google Sheet \u{201c}{}\u{201d}, tab \u{201c}{}\u{201d}: nothing",
                description.title, tab.title
            ),
            _ => format!(
                "Google Sheet \u{201c}{}\u{201d} ({}), tab \u{201c}{}\u{201d}: row{} {}",
                description.title,
                place.spreadsheet,
                tab.title,
                if rows.len() == 1 { "" } else { "s" },
                rows.join(", ")
            ),
        });
    }
    Ok(lines)
}
