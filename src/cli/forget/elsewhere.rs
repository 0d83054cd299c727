//! What names a company outside of the database, and is the user's own to delete.

use std::collections::BTreeMap;

use super::sheet_rows;
use crate::config::Config;
use crate::flow::ports::{Footprint, KnownLead, Source};
use crate::lead::CompanyDomain;

/// Tells the user what to delete.
pub async fn tell(config: &Config, domain: &CompanyDomain, known: &Footprint) {
    println!("\nLeft for you to delete, because it is yours:");
    for place in &known.places {
        for line in sheet_rows::lines(config, domain, place, &known.leads).await {
            println!("- {line}");
        }
    }
    for line in files(&known.leads) {
        println!("- {line}");
    }
    println!(
        "- Back-ups and exports of this database that are older than today, and copies of its \
         disk, still hold it. One that is restored does not know that it was forgotten: call this \
         again then."
    );
    println!("- Downloaded reports, and its runs in your Citedy account.");
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
