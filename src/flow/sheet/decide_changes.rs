//! What a read means for the leads: which are new, which may start, which are gone, and what
//! was decided. Pure; the store applies it in one transaction.

use super::action;
use super::columns::Own;
use super::join::{Join, JoinedRow, Role, TabRead};
use crate::flow::ports::{HoldRule, MISSES, NewRow, SheetChanges, SheetLead};
use crate::lead::{LeadId, Status};

/// A new lead's id, by the index of its row in [`Join::rows`].
pub type NewIds = Vec<(usize, LeadId)>;

/// `all_read`: every connected tab could be read, so that what no row shows is really gone.
pub fn changes(
    tabs: &[TabRead],
    leads: &[SheetLead],
    join: &Join,
    hold: HoldRule,
    all_read: bool,
) -> (SheetChanges, NewIds) {
    let mut changes = SheetChanges::new(hold);
    let mut ids = NewIds::new();
    for (index, row) in join.rows.iter().enumerate() {
        match row.role {
            Role::New => {
                if let Some(id) = take_in(tabs, row, &mut changes) {
                    ids.push((index, id));
                }
            }
            Role::Lead(lead) => {
                see(&leads[lead], row.ticked && row.id_shown, &mut changes);
                let waits = leads[lead].lead.status == Status::Queued && !leads[lead].ready;
                if waits && tabs[row.place.tab].run_is_gone() {
                    changes.held_back.push(leads[lead].lead.seq);
                }
                decision(tabs, row, &leads[lead], true, &mut changes);
            }
            Role::Changed(lead) => {
                let lead = &leads[lead];
                see(lead, false, &mut changes);
                if is_free(lead)
                    && let Some(new) = new_row(row)
                {
                    changes.moved.push((lead.lead.seq, new));
                }
                decision(tabs, row, lead, false, &mut changes);
            }
            Role::Emptied(lead) => miss(&leads[lead], &mut changes),
            Role::Copy(_) | Role::Foreign | Role::Stray => {}
        }
    }
    let run = |tab: &&TabRead| tab.columns.input.run.is_some() && !tab.with_run;
    changes
        .with_run
        .extend(tabs.iter().filter(run).map(|tab| tab.tab));
    without_a_row(tabs, leads, join, all_read, &mut changes);
    let first = tabs
        .iter()
        .filter(|tab| !tab.was_read)
        .map(|tab| (tab.tab, tab.columns.theirs.clone()));
    changes.first_read.extend(first);
    (changes, ids)
}

/// Leads that no row is of: missed if all rows were seen and say whose they are.
fn without_a_row(
    tabs: &[TabRead],
    leads: &[SheetLead],
    join: &Join,
    all_read: bool,
    changes: &mut SheetChanges,
) {
    let ids_are_there = tabs
        .iter()
        .all(|tab| tab.columns.own(Own::LeadId).is_some());
    if all_read && ids_are_there {
        for lead in &join.missing {
            miss(&leads[*lead], changes);
        }
    } else {
        // Nothing is gone for sure, but what was not seen does not start either.
        let unseen = join.missing.iter().map(|lead| &leads[*lead]);
        let unready = unseen.filter(|lead| lead.ready).map(|lead| lead.lead.seq);
        changes.unready.extend(unready);
    }
}

/// What became of the rows once the changes were applied: `leads` as they are now. New leads
/// come after all that were known before, so that indexes stay true.
pub fn settle(join: &mut Join, leads: &[SheetLead], ids: &NewIds) {
    let by_id: std::collections::HashMap<&LeadId, usize> = leads
        .iter()
        .enumerate()
        .rev()
        .take(ids.len())
        .map(|(index, lead)| (&lead.lead.id, index))
        .collect();
    for (row, id) in ids {
        if let Some(lead) = by_id.get(id) {
            join.rows[*row].role = Role::Lead(*lead);
        }
    }
    for row in &mut join.rows {
        if let Role::Changed(lead) = row.role
            && super::saying::agrees(row, &leads[lead])
        {
            row.role = Role::Lead(lead);
        }
    }
}

fn take_in(tabs: &[TabRead], row: &JoinedRow, changes: &mut SheetChanges) -> Option<LeadId> {
    if !row.ticked {
        return None;
    }
    let new = new_row(row)?;
    let id = new.id.clone();
    let tab = &tabs[row.place.tab];
    // Without its column of ids a tab is as good as read for the first time: what seems new may
    // have been a copy, or another installation's. Without the column that says which rows
    // start, a person says it.
    if tab.was_read && tab.columns.own(Own::LeadId).is_some() && !tab.run_is_gone() {
        changes.new.push(new);
    } else {
        changes.old.push(new);
    }
    Some(id)
}

fn new_row(row: &JoinedRow) -> Option<NewRow> {
    Some(NewRow {
        id: LeadId::random(),
        input: row.domain.clone(),
        row: u32::try_from(row.place.row + 1).unwrap_or(u32::MAX),
        parsed: row.parsed.clone()?,
        forgotten: row.forgotten.clone(),
    })
}

/// The lead has a row; it may start if that says what the lead says.
fn see(lead: &SheetLead, ready: bool, changes: &mut SheetChanges) {
    let seq = lead.lead.seq;
    if lead.misses > 0 || lead.row_gone {
        changes.back.push(seq);
    }
    // What comes back from the dead is read once more before it starts.
    let ready = ready && !lead.row_gone;
    match (lead.ready, ready) {
        (false, true) => changes.ready.push(seq),
        (true, false) => changes.unready.push(seq),
        _ => {}
    }
}

fn miss(lead: &SheetLead, changes: &mut SheetChanges) {
    let seq = lead.lead.seq;
    if lead.ready {
        changes.unready.push(seq);
    }
    let waits = matches!(lead.lead.status, Status::Held | Status::Queued);
    if lead.misses < MISSES || waits {
        changes.missed.push(seq);
    }
}

/// Nothing was bought for it, so that it may become another company's lead.
fn is_free(lead: &SheetLead) -> bool {
    let status = lead.lead.status;
    let waits = matches!(
        status,
        Status::Held | Status::Queued | Status::Rejected | Status::Cancelled
    );
    waits && !lead.settled
}

/// `counts`: the row is the lead's beyond doubt.
fn decision(
    tabs: &[TabRead],
    row: &JoinedRow,
    lead: &SheetLead,
    counts: bool,
    changes: &mut SheetChanges,
) {
    let tab = &tabs[row.place.tab];
    let Some(column) = tab.columns.own(Own::Action) else {
        return;
    };
    let text = tab.grid.cell(row.place.row, column).shown();
    match (&lead.counted, text.is_empty()) {
        (Some(_), true) => changes.cleared.push(lead.lead.seq),
        (None, false) if counts => {
            if let Some(decision) = action::parse(&text) {
                changes
                    .decisions
                    .push((lead.lead.seq, text.into_owned(), decision));
            }
        }
        _ => {}
    }
}
