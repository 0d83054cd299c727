//! A person at the sheet. Every edit happens in the sheet and in the model of it.

use proptest::prelude::*;

use super::results;
use super::rows;
use super::truth::{OWN, Truth, column, shown, tab, text, title};
use crate::google::{Book, Cell};

/// An edit; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Edit {
    Add { gap: u8, domain: u8, icp: u8 },
    InsertAdded { at: u8, domain: u8 },
    Domain { row: u8, domain: u8 },
    ClearDomain { row: u8 },
    Note { row: u8 },
    Icp { row: u8, icp: u8 },
    Tick { row: u8, on: bool },
    Sort { by: u8, down: bool },
    SortPart { by: u8, from: u8, count: u8 },
    InsertRow { at: u8 },
    DeleteRow { at: u8 },
    MoveRow { from: u8, to: u8 },
    Duplicate { row: u8 },
    CutPaste { row: u8 },
    InsertColumn { at: u8, titled: bool },
    DeleteColumn { which: u8 },
    MoveColumn { from: u8, to: u8 },
    DeleteOwn { which: u8 },
    RenameTab,
    ReorderTab { to: u8 },
    ClearId { row: u8 },
    ForeignId { row: u8 },
    Action { row: u8, choice: u8 },
    SortResults { by: u8 },
    TypeInResults { row: u8 },
    DeleteResult { row: u8 },
    DeleteResults,
    MoveResultsColumn { from: u8, to: u8 },
}

pub const NEW: [&str; 7] = [
    "n0.com",
    "n1.com",
    "n2.com",
    "n3.com",
    "n0.co",
    "not a domain",
    "n4.com",
];
const ICP: [&str; 3] = ["", "vertical-saas", "no such icp"];
const CHOICES: [&str; 6] = [
    "Approve",
    "Retry",
    "Cancel",
    "Approve all",
    "nonsense",
    "retry ",
];

/// Edits of one row or cell, most of what people do.
fn small() -> BoxedStrategy<Edit> {
    let n = any::<u8>;
    prop_oneof![
        4 => (0..3_u8, n(), n()).prop_map(|(gap, domain, icp)| Edit::Add { gap, domain, icp }),
        2 => (n(), n()).prop_map(|(at, domain)| Edit::InsertAdded { at, domain }),
        2 => (n(), n()).prop_map(|(row, domain)| Edit::Domain { row, domain }),
        1 => n().prop_map(|row| Edit::ClearDomain { row }),
        2 => n().prop_map(|row| Edit::Note { row }),
        1 => (n(), n()).prop_map(|(row, icp)| Edit::Icp { row, icp }),
        1 => (n(), any::<bool>()).prop_map(|(row, on)| Edit::Tick { row, on }),
        1 => n().prop_map(|row| Edit::ClearId { row }),
        1 => n().prop_map(|row| Edit::ForeignId { row }),
        4 => (n(), n()).prop_map(|(row, choice)| Edit::Action { row, choice }),
    ]
    .boxed()
}

/// Edits that move things.
fn moves() -> BoxedStrategy<Edit> {
    let n = any::<u8>;
    prop_oneof![
        3 => (n(), any::<bool>()).prop_map(|(by, down)| Edit::Sort { by, down }),
        2 => (n(), n(), n()).prop_map(|(by, from, count)| Edit::SortPart { by, from, count }),
        2 => n().prop_map(|at| Edit::InsertRow { at }),
        2 => n().prop_map(|at| Edit::DeleteRow { at }),
        2 => (n(), n()).prop_map(|(from, to)| Edit::MoveRow { from, to }),
        2 => n().prop_map(|row| Edit::Duplicate { row }),
        1 => n().prop_map(|row| Edit::CutPaste { row }),
        3 => (n(), any::<bool>()).prop_map(|(at, titled)| Edit::InsertColumn { at, titled }),
        1 => n().prop_map(|which| Edit::DeleteColumn { which }),
        2 => (n(), n()).prop_map(|(from, to)| Edit::MoveColumn { from, to }),
    ]
    .boxed()
}

/// What happens to a results tab, and what happens rarely.
fn rare() -> BoxedStrategy<Edit> {
    let n = any::<u8>;
    prop_oneof![
        2 => n().prop_map(|by| Edit::SortResults { by }),
        2 => n().prop_map(|row| Edit::TypeInResults { row }),
        3 => n().prop_map(|row| Edit::DeleteResult { row }),
        1 => Just(Edit::DeleteResults),
        1 => (n(), n()).prop_map(|(from, to)| Edit::MoveResultsColumn { from, to }),
        1 => n().prop_map(|which| Edit::DeleteOwn { which }),
        1 => Just(Edit::RenameTab),
        1 => n().prop_map(|to| Edit::ReorderTab { to }),
    ]
    .boxed()
}

pub fn between() -> BoxedStrategy<Edit> {
    prop_oneof![5 => small(), 4 => moves(), 2 => rare()].boxed()
}

pub fn in_flight() -> BoxedStrategy<Edit> {
    // Rows that arrive in the results tab under a moved header are the user's by then.
    let rare = rare().prop_filter("results stay in their columns", |edit| {
        !matches!(edit, Edit::MoveResultsColumn { .. })
    });
    prop_oneof![3 => small(), 6 => moves(), 1 => rare].boxed()
}

/// One of so many places from `first` on.
pub fn pick(number: u8, first: usize, end: usize) -> Option<usize> {
    (end > first).then(|| first + usize::from(number) % (end - first))
}

impl Edit {
    pub fn apply(&self, book: &mut Book, truth: &mut Truth) {
        let before = truth.log.len();
        self.act(book, truth);
        if truth.log.len() == before {
            truth.log.push(format!("    {self:?}"));
        }
    }

    fn act(&self, book: &mut Book, truth: &mut Truth) {
        let first = truth.header + 1;
        let end = tab(book).used_rows().max(first);
        match *self {
            Edit::Add { gap, domain, icp } => {
                rows::add(book, truth, end + usize::from(gap), domain, icp);
            }
            Edit::InsertAdded { at, domain } => {
                let at = pick(at, first, end).unwrap_or(first);
                rows::insert(book, truth, at);
                rows::add(book, truth, at, domain, 0);
            }
            Edit::InsertRow { at } => {
                rows::insert(book, truth, pick(at, first, end + 1).unwrap_or(first));
            }
            Edit::RenameTab => {
                let new = format!("List {}", truth.unique());
                book.rename_tab(&title(book), &new);
            }
            Edit::ReorderTab { to } => {
                let title = title(book);
                book.reorder_tab(&title, usize::from(to) % book.tabs.len());
            }
            Edit::InsertColumn { at, titled } => insert_column(book, truth, at, titled),
            Edit::DeleteColumn { which } => delete_column(book, truth, which),
            Edit::MoveColumn { from, to } => {
                let width = tab(book).used_columns();
                if let (Some(from), Some(to)) = (pick(from, 0, width), pick(to, 0, width)) {
                    let header = text(tab(book).get(truth.header, from));
                    truth
                        .log
                        .push(format!("    move {header} from {from} to {to}"));
                    book.move_column(&title(book), from, to);
                }
            }
            Edit::DeleteOwn { which } => delete_own(book, truth, which),
            Edit::SortResults { .. }
            | Edit::TypeInResults { .. }
            | Edit::DeleteResult { .. }
            | Edit::DeleteResults
            | Edit::MoveResultsColumn { .. } => results::act(self, book, truth),
            _ => rows::act(self, book, truth, first, end),
        }
    }
}

fn insert_column(book: &mut Book, truth: &mut Truth, at: u8, titled: bool) {
    let at = usize::from(at) % (tab(book).used_columns() + 1);
    let title = title(book);
    book.insert_columns(&title, at, 1);
    if titled {
        let header = format!("X{}", truth.unique());
        book.type_cell(&title, truth.header, at, &header);
        truth.columns.insert(header, Vec::new());
    }
    truth
        .log
        .push(format!("    insert column at {at}, titled: {titled}"));
}

fn delete_column(book: &mut Book, truth: &mut Truth, which: u8) {
    let mine: Vec<String> = truth
        .columns
        .keys()
        .filter(|header| header.starts_with('X') || *header == "Notes")
        .cloned()
        .collect();
    let Some(header) = pick(which, 0, mine.len()).map(|at| mine[at].clone()) else {
        return;
    };
    if let Some(at) = column(book, truth.header, &header) {
        book.delete_columns(&title(book), at, 1);
        truth.columns.remove(&header);
        truth
            .log
            .push(format!("    delete column {header} at {at}"));
    }
}

fn delete_own(book: &mut Book, truth: &mut Truth, which: u8) {
    let header = OWN[usize::from(which) % OWN.len()];
    let Some(at) = column(book, truth.header, header) else {
        return;
    };
    if header == "Lead ID" {
        // Every row may turn out to be new: no report is known to be its own any more.
        for row in truth.header + 1..tab(book).used_rows() {
            let domain = shown(tab(book), truth.header, row, "Domain");
            truth.entitle(&domain);
        }
    }
    book.delete_columns(&title(book), at, 1);
    truth
        .log
        .push(format!("    delete column {header} at {at}"));
}

/// A choice in `Action`, noted by the lead whose row it is.
pub fn choose(book: &mut Book, truth: &mut Truth, row: usize, choice: u8) {
    let Some(action) = column(book, truth.header, "Action") else {
        return;
    };
    let id = shown(tab(book), truth.header, row, "Lead ID");
    let choice = CHOICES[usize::from(choice) % CHOICES.len()];
    match choice.trim() {
        "Approve" => {
            truth.approved.insert(id.clone());
        }
        "Approve all" => truth.approved_all = true,
        "Retry" | "retry" => {
            *truth.retries.entry(id.clone()).or_default() += 1;
            let domain = shown(tab(book), truth.header, row, "Domain");
            truth.entitle(&domain);
        }
        _ => {}
    }
    book.set_cell(&title(book), row, action, Cell::text(choice));
    truth
        .log
        .push(format!("    row {row}: {choice:?} for {id}"));
}

pub fn icp(number: u8) -> Cell {
    Cell::text(ICP[usize::from(number) % ICP.len()])
}
