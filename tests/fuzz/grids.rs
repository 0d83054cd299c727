//! Sheets of any shape: which row is whose, what that changes, and what is written.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use warmsheet::flow::ports::{HoldRule, SheetChanges, SheetLead};
use warmsheet::flow::sheet::columns::Own;
use warmsheet::flow::sheet::decide_changes::{NewIds, changes, settle};
use warmsheet::flow::sheet::grid::{CellValue, Grid};
use warmsheet::flow::sheet::join::{Join, JoinedRow, Place, Role, TabRead, join};
use warmsheet::flow::sheet::plan::{TabPlan, plan};
use warmsheet::flow::sheet::wanted::Telling;
use warmsheet::lead::headers::folded;
use warmsheet::lead::{Forgotten, Status};

use crate::run::fuzz;
use crate::tabs::{Book, again, book, guard, new_lead, say};

/// Looks after the first, the last of which finds nothing to write. An id beside another
/// company's domain can take three to be told.
const MOST_LOOKS: u32 = 4;
const PUBLIC_URL: Option<&str> = Some("https://leads.example.com");

/// The lead whose one row this is.
fn owner(row: &JoinedRow) -> Option<usize> {
    match row.role {
        Role::Lead(lead) | Role::Changed(lead) | Role::Emptied(lead) => Some(lead),
        Role::Copy(_) | Role::Foreign | Role::New | Role::Stray => None,
    }
}

/// A lead has one row or is missing, a row has one lead or none, and no row with a domain is
/// passed over.
fn is_sound(book: &Book, joined: &Join) -> TestCaseResult {
    let places: HashSet<Place> = joined.rows.iter().map(|row| row.place).collect();
    prop_assert_eq!(places.len(), joined.rows.len());
    let mut owners: Vec<usize> = joined.rows.iter().filter_map(owner).collect();
    owners.extend(&joined.missing);
    owners.sort_unstable();
    prop_assert_eq!(owners, (0..book.leads.len()).collect::<Vec<_>>());
    for (number, tab) in book.tabs.iter().enumerate() {
        for row in tab.columns.header + 1..tab.grid.rows.len() {
            let says = !tab
                .grid
                .cell(row, tab.columns.input.domain)
                .shown()
                .is_empty();
            let place = Place { tab: number, row };
            prop_assert!(!says || places.contains(&place), "{:?}", place);
        }
    }
    Ok(())
}

#[test]
fn a_lead_has_at_most_one_row_and_a_row_at_most_one_lead() {
    fuzz("joins", 300, book(), |book| {
        is_sound(&book, &join(&book.tabs, &book.leads, &Forgotten::default()))
    });
}

fn hold() -> HoldRule {
    HoldRule::Above(25)
}

/// What may start shows its id beside its domain, ticked, and stands once in each list.
fn may_start(book: &Book, joined: &Join, decided: &SheetChanges) -> TestCaseResult {
    let rows: HashMap<i64, &JoinedRow> = joined
        .rows
        .iter()
        .filter_map(|row| Some((book.leads[owner(row)?].lead.seq, row)))
        .collect();
    for seq in &decided.ready {
        let row = rows[seq];
        let tab = &book.tabs[row.place.tab];
        let lead = &book.leads[owner(row).expect("a lead")];
        let id = tab.columns.own(Own::LeadId).expect("a column of ids");
        prop_assert_eq!(
            &*tab.grid.cell(row.place.row, id).shown(),
            lead.lead.id.as_str()
        );
        prop_assert!(row.ticked && !lead.row_gone);
    }
    for lead in book.leads.iter().filter(|lead| lead.ready) {
        let shown = rows.get(&lead.lead.seq).is_some_and(|row| {
            matches!(row.role, Role::Lead(_)) && row.ticked && row.id_shown && !lead.row_gone
        });
        let stopped = decided.unready.contains(&lead.lead.seq);
        prop_assert!(
            shown != stopped,
            "{}: shown {}",
            lead.lead.id.as_str(),
            shown
        );
    }
    for list in [
        &decided.ready,
        &decided.unready,
        &decided.missed,
        &decided.back,
        &decided.cleared,
    ] {
        let once: HashSet<&i64> = list.iter().collect();
        prop_assert_eq!(once.len(), list.len());
    }
    for (seq, _) in &decided.moved {
        let lead = book
            .leads
            .iter()
            .find(|lead| lead.lead.seq == *seq)
            .expect("known");
        prop_assert!(!lead.settled, "a paid lead became another company's");
    }
    for (seq, text, _) in &decided.decisions {
        prop_assert!(
            matches!(rows[seq].role, Role::Lead(_)),
            "{} on no lead's row",
            text
        );
    }
    Ok(())
}

#[test]
fn only_what_a_read_shows_beside_its_id_may_start_and_every_new_row_becomes_one_lead() {
    fuzz(
        "decisions",
        300,
        (book(), any::<bool>()),
        |(book, all_read)| {
            let joined = join(&book.tabs, &book.leads, &Forgotten::default());
            let (decided, ids) = changes(&book.tabs, &book.leads, &joined, hold(), all_read);
            may_start(&book, &joined, &decided)?;
            let new =
                |row: &&JoinedRow| row.role == Role::New && row.ticked && row.parsed.is_some();
            let new = joined.rows.iter().filter(new).count();
            prop_assert_eq!(new, ids.len());
            prop_assert_eq!(new, decided.new.len() + decided.old.len());
            let different: HashSet<_> = ids.iter().map(|(_, id)| id).collect();
            prop_assert_eq!(different.len(), ids.len());
            Ok(())
        },
    );
}

/// The leads once the changes are stored, as far as texts depend on them.
fn stored(book: &Book, decided: &SheetChanges) -> Vec<SheetLead> {
    let mut leads = book.leads.clone();
    for lead in &mut leads {
        let seq = lead.lead.seq;
        if let Some((_, row)) = decided.moved.iter().find(|(moved, _)| *moved == seq) {
            say(lead, &row.input, &row.parsed);
        }
        if let Some((_, text, _)) = decided.decisions.iter().find(|(made, ..)| *made == seq) {
            lead.counted = Some(text.clone());
        }
        if decided.cleared.contains(&seq) {
            lead.counted = None;
        }
    }
    for row in decided.old.iter().chain(&decided.new) {
        let mut lead = new_lead(leads.len(), row.id.clone());
        say(&mut lead, &row.input, &row.parsed);
        leads.push(lead);
    }
    leads
}

fn planned(tabs: &[TabRead], joined: &Join, leads: &[SheetLead]) -> Vec<TabPlan> {
    let guard = guard();
    plan(tabs, joined, &Telling::new(leads, &guard, PUBLIC_URL), true)
}

/// A plan touches columns of ours below the header, or new ones at the right, and no formula.
fn writes_only_ours(tab: &TabRead, plan: &TabPlan) -> TestCaseResult {
    let added: HashSet<usize> = plan.added.iter().map(|(_, column)| *column).collect();
    prop_assert!(added.iter().all(|column| *column >= tab.grid.width()));
    prop_assert_eq!(added.len(), plan.added.len());
    for run in &plan.cells {
        prop_assert!(run.row > tab.columns.header && run.row < tab.grid.rows.len());
        for (column, value) in (run.column..).zip(&run.values) {
            let ours = tab.columns.own_at(column).is_some() || added.contains(&column);
            prop_assert!(ours, "column {} of row {}", column, run.row);
            prop_assert!(!tab.columns.inputs().any(|input| input == column));
            prop_assert!(!matches!(value, CellValue::Formula(_)));
        }
    }
    Ok(())
}

fn applied(tab: &TabRead, plan: &TabPlan) -> TabRead {
    let mut grid = Grid::clone(&tab.grid);
    for (own, column) in &plan.added {
        let title = CellValue::text(tab.columns.title(*own));
        grid.set(tab.columns.header, *column, title);
    }
    for run in &plan.cells {
        for (column, value) in (run.column..).zip(&run.values) {
            grid.set(run.row, column, value.clone());
        }
    }
    again(tab, grid)
}

fn id_columns(tab: &TabRead) -> usize {
    let name = folded(tab.columns.title(Own::LeadId));
    let headers = tab.grid.texts(tab.columns.header);
    headers
        .iter()
        .filter(|header| folded(header) == name)
        .count()
}

/// One read and its write; answers the spreadsheet as it is then.
fn synced(book: &Book) -> Result<(Book, usize), TestCaseError> {
    let mut joined = join(&book.tabs, &book.leads, &Forgotten::default());
    let (decided, ids): (_, NewIds) = changes(&book.tabs, &book.leads, &joined, hold(), true);
    let leads = stored(book, &decided);
    settle(&mut joined, &leads, &ids);
    let plans = planned(&book.tabs, &joined, &leads);
    for (tab, plan) in book.tabs.iter().zip(&plans) {
        writes_only_ours(tab, plan)?;
    }
    let written = plans.iter().filter(|plan| !plan.is_empty()).count();
    let tabs = book
        .tabs
        .iter()
        .zip(&plans)
        .map(|(tab, plan)| applied(tab, plan));
    Ok((
        Book {
            tabs: tabs.collect(),
            leads,
        },
        written,
    ))
}

#[test]
fn a_plan_writes_only_our_own_cells_and_comes_to_rest() {
    fuzz("plans", 150, book(), |book| {
        // Of two columns of ids the one with more of them counts, and a plan changes how many.
        prop_assume!(book.tabs.iter().all(|tab| id_columns(tab) <= 1));
        let (after, _) = synced(&book)?;
        for (before, after) in book.tabs.iter().zip(&after.tabs) {
            prop_assert_eq!(before.columns.input, after.columns.input);
            for own in Own::ALL
                .into_iter()
                .filter(|own| before.columns.own(*own).is_some())
            {
                prop_assert_eq!(before.columns.own(own), after.columns.own(own));
            }
        }
        // Later looks may tell a row what became of another one; they buy nothing.
        let mut look = (after.clone(), 1);
        for _ in 0..MOST_LOOKS {
            look = synced(&look.0)?;
            prop_assert_eq!(look.0.leads.len(), after.leads.len(), "bought once more");
        }
        prop_assert_eq!(look.1, 0, "still written: {:#?}", look.0.tabs);
        Ok(())
    });
}

#[test]
fn a_row_that_was_bought_is_not_bought_again_whatever_its_other_cells_hold() {
    fuzz("bought", 150, book(), |mut book| {
        for lead in &mut book.leads {
            lead.settled = true;
            lead.lead.status = Status::Waiting;
        }
        let joined = join(&book.tabs, &book.leads, &Forgotten::default());
        let (decided, _) = changes(&book.tabs, &book.leads, &joined, hold(), true);
        prop_assert!(decided.moved.is_empty());
        prop_assert!(
            decided
                .ready
                .iter()
                .all(|seq| !book.leads[usize::try_from(*seq).expect("few")].ready)
        );
        Ok(())
    });
}
