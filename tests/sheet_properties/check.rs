//! What must hold once people have stopped.

use std::collections::HashMap;

use warmsheet::flow::ports::SheetLead;
use warmsheet::lead::Status;

use super::desk::Desk;
use super::truth::{OWN, column_of, results, shown, text};
use crate::google::{Cell, Tab};

type Checked = Result<(), String>;

/// No user's cell has changed, and nothing was left in columns that are nobody's.
pub fn users_cells(desk: &Desk<'_>) -> Checked {
    let tab = desk.input();
    let truth = desk.truth();
    let first = truth.header + 1;
    for (header, cells) in &truth.columns {
        let column = column_of(&tab, truth.header, header)
            .ok_or_else(|| format!("the column {header} is gone"))?;
        for row in first..tab.used_rows().max(first + cells.len()) {
            let wanted = cells.get(row - first).unwrap_or(&Cell::Empty);
            let is = tab.get(row, column);
            if is != wanted {
                return Err(format!("{header} in row {row} is {is:?}, was {wanted:?}"));
            }
        }
    }
    for column in 0..tab.column_count {
        let header = text(tab.get(truth.header, column));
        let is_first = column_of(&tab, truth.header, &header) == Some(column);
        // A column of ours that was deleted may come back twice, when the first request to make
        // it arrives late; it harms nobody.
        if OWN.contains(&header.as_str()) || truth.columns.contains_key(&header) && is_first {
            continue;
        }
        for row in 0..tab.used_rows() {
            if !tab.get(row, column).is_empty() {
                let is = tab.get(row, column);
                return Err(format!(
                    "column {column}, nobody's, shows {is:?} in row {row}"
                ));
            }
        }
    }
    Ok(())
}

/// Every row tells of its own lead, and of no other.
pub fn rows(desk: &Desk<'_>, leads: &[SheetLead], settled: bool) -> Checked {
    let tab = desk.input();
    let header = desk.truth().header;
    let by_id: HashMap<&str, &SheetLead> = leads
        .iter()
        .map(|lead| (lead.lead.id.as_str(), lead))
        .collect();
    let mut owners: HashMap<String, usize> = HashMap::new();
    for row in header + 1..tab.used_rows() {
        let id = shown(&tab, header, row, "Lead ID");
        let status = shown(&tab, header, row, "Status");
        let problem = match by_id.get(id.as_str()) {
            None if id.is_empty() => without_id(&tab, header, row),
            None if status == "Handled elsewhere" => None,
            None if status.is_empty() && shown(&tab, header, row, "Domain").is_empty() => None,
            None => Some("an id that is nobody's".to_owned()),
            Some(_) if status == "Copy" => None,
            Some(lead) => {
                *owners.entry(id.clone()).or_default() += 1;
                of_lead(&tab, header, row, lead, settled)
            }
        };
        if let Some(problem) = problem {
            let cells: Vec<String> = (0..tab.used_columns())
                .map(|c| text(tab.get(row, c)))
                .collect();
            return Err(format!("row {row}: {problem}: {cells:?}"));
        }
    }
    match owners.into_iter().find(|(_, rows)| *rows > 1) {
        Some((id, _)) => Err(format!("{id} has two rows that are no copies")),
        None => Ok(()),
    }
}

fn without_id(tab: &Tab, header: usize, row: usize) -> Option<String> {
    let shows = |name| shown(tab, header, row, name);
    let waits = column_of(tab, header, "Run").is_some() && shows("Run") != "TRUE";
    if !shows("Domain").is_empty() && !waits {
        return Some("a domain without a lead".to_owned());
    }
    // What a person has typed into Action is theirs until it is counted.
    let told = ["Status", "Message", "Run ID", "Credits", "Updated"];
    let told = told.into_iter().find(|name| !shows(name).is_empty())?;
    Some(format!("{told} of no lead"))
}

fn of_lead(
    tab: &Tab,
    header: usize,
    row: usize,
    lead: &SheetLead,
    settled: bool,
) -> Option<String> {
    let shows = |name| shown(tab, header, row, name);
    let view = &lead.lead;
    let (domain, status) = (shows("Domain"), shows("Status"));
    let of = view.domain.as_deref().unwrap_or(view.input.as_str());
    if domain.is_empty() {
        return (status != "No domain").then(|| "it has no domain".to_owned());
    }
    if domain != of {
        let said = lead.settled && status == was_about(lead, of);
        return (!said).then(|| format!("its lead is about {of}"));
    }
    let charged = view.credits > 0 || lead.settled;
    let credits = if charged {
        view.credits.to_string()
    } else {
        String::new()
    };
    let begins = match view.status {
        Status::Held => "Waiting for approval",
        Status::Rejected => "Invalid",
        Status::Cancelled => "Cancelled",
        Status::Completed => "Done",
        Status::Reused => "Reused: ",
        _ if settled => "Not started",
        _ => "",
    };
    // A row that cannot be used any more, of a lead that was bought.
    let bad_options = lead.settled && status == was_about(lead, of);
    if !status.starts_with(begins) && !bad_options {
        return Some(format!("its lead is {}", view.status));
    }
    if shows("Run ID") != view.run_id.clone().unwrap_or_default() {
        return Some(format!("its run is {:?}", view.run_id));
    }
    (shows("Credits") != credits).then(|| format!("its credits are {credits:?}"))
}

/// What a row says whose lead stays with another company.
fn was_about(lead: &SheetLead, company: &str) -> String {
    match lead.lead.reused_from {
        Some(_) => format!("Reported for {company}"),
        None => format!("Bought for {company}"),
    }
}

/// Nobody paid twice: by lead and by domain.
pub fn money(desk: &Desk<'_>) -> Checked {
    let truth = desk.truth();
    let (mut leads, mut domains, mut keys) = (HashMap::new(), HashMap::new(), HashMap::new());
    for start in desk.citedy.starts() {
        *leads.entry(start.lead().to_owned()).or_insert(0_usize) += 1;
        *domains.entry(start.domain.clone()).or_insert(0_usize) += 1;
        *keys.entry(start.key).or_insert(0_usize) += 1;
    }
    if let Some((key, _)) = keys.iter().find(|(_, count)| **count > 1) {
        return Err(format!("{key} was sent twice"));
    }
    for (lead, count) in leads {
        let allowed = 1 + truth.retries.get(&lead).copied().unwrap_or(0);
        if count > allowed {
            return Err(format!(
                "{lead} was started {count} times, {allowed} wanted"
            ));
        }
    }
    for (domain, count) in domains {
        let allowed = truth.entitled.get(&domain).copied().unwrap_or(0);
        if count > allowed {
            return Err(format!(
                "{domain} was bought {count} times, {allowed} wanted"
            ));
        }
    }
    Ok(())
}

/// Every row of every result was delivered once, and what people did to it is still done.
pub fn delivered(desk: &Desk<'_>, leads: &[SheetLead]) -> Checked {
    let truth = desk.truth();
    let google = &desk.office.google;
    let there = google.book(&desk.book, |book| results(book));
    let mut seen = HashMap::new();
    let keys = there
        .into_iter()
        .map(|(_, key)| key)
        .chain(truth.deleted.iter().cloned());
    for key in keys {
        *seen.entry(key).or_insert(0_usize) += 1;
    }
    let bought = desk.citedy.starts().into_iter();
    let bought = bought.map(|start| (start.lead().to_owned(), format!("run-{}", start.key)));
    let reused = leads
        .iter()
        .filter(|lead| lead.lead.reused_from.is_some())
        .filter_map(|lead| Some((lead.lead.id.to_string(), lead.lead.run_id.clone()?)));
    for (lead, run) in bought.chain(reused) {
        // As many as Citedy's stand-in makes; a result without rows has one that says so.
        let rows = run.bytes().map(usize::from).sum::<usize>() % 4;
        for row in 1..=rows.max(1) {
            let key = (lead.clone(), run.clone(), row.to_string());
            match seen.remove(&key).unwrap_or(0) {
                1 => {}
                count => return Err(format!("{key:?} was delivered {count} times")),
            }
        }
    }
    if let Some((key, _)) = seen.into_iter().next() {
        return Err(format!("{key:?} is no result"));
    }
    let tab = google.book(&desk.book, |book| {
        book.has_tab("Warm leads")
            .then(|| book.tab("Warm leads").clone())
    });
    for (key, typed) in &truth.typed_results {
        let tab = tab.as_ref().ok_or("the results tab is gone")?;
        let kept = (1..tab.used_rows()).any(|row| {
            shown(tab, 0, row, "Mine") == *typed && shown(tab, 0, row, "lead_id") == key.0
        });
        if !kept {
            return Err(format!("{typed:?} is gone from the results"));
        }
    }
    Ok(())
}
