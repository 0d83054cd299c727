//! Prepares a spreadsheet by hand: headers, results tab, drop-down, colours. In a sheet that is
//! in use only what is missing is added, at the right.

use super::columns::{Columns, Own, is_results};
use super::connect::{Connected, is_foreign};
use super::fault::SyncFault;
use super::grid::{CellValue, Grid};
use super::join::TabRead;
use super::plan::missing;
use super::results::TITLE;
use crate::flow::ports::{
    Change, Description, Render, SheetFault, SheetState, Spreadsheets, Store, TabRange, WriteBatch,
};
use crate::lead::rows::LEADING;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    pub spreadsheet: String,
    /// The input tab's name; empty for the first one.
    pub tab: String,
    /// With a column of checkboxes: only ticked rows start.
    pub run: bool,
    /// With a column for each option of a report.
    pub options: bool,
    /// A `Report` column makes sense.
    pub report: bool,
}

/// What was done, a line each.
pub type Done = Vec<String>;

const OPTIONS: [&str; 5] = [
    "ICP",
    "Buyer roles",
    "Max contacts",
    "Drafts",
    "Freshness days",
];

/// Prepares a spreadsheet; doing it again changes nothing.
pub async fn setup(
    sheets: &dyn Spreadsheets,
    store: &dyn Store,
    asked: &Setup,
) -> Result<Done, SyncFault> {
    let id = &asked.spreadsheet;
    let description = sheets.describe(id).await?;
    if is_foreign(&description.marks, &store.installation().await?) {
        return Err(SyncFault::OtherInstallation);
    }
    let state = store.sheet(id).await?;
    let results = results_tab(sheets, id, &description, state.results_tab).await?;
    let (tab, grid, columns_of_grid) =
        input_tab(sheets, asked, &description, results, &state).await?;
    let theirs = state.theirs(tab.0);
    let mut done = Done::new();
    let mut changes = if grid.is_empty() {
        empty_tab(&tab, asked, columns_of_grid, &mut done)
    } else {
        tab_in_use(&tab, grid, theirs, asked, columns_of_grid, &mut done)?
    };
    let made = match results {
        Some(tab) => tab,
        None => {
            let tab = rand::random_range(1..i32::MAX);
            changes.extend(new_results(tab, &description, &mut done));
            tab
        }
    };
    if !changes.is_empty() {
        let batch = WriteBatch {
            changes,
            look_at: Vec::new(),
        };
        sheets.write(id, batch).await?;
    }
    store.set_results_tab(id, made).await?;
    Ok(done)
}

/// A tab that results go to already.
async fn results_tab(
    sheets: &dyn Spreadsheets,
    id: &str,
    description: &Description,
    known: Option<i32>,
) -> Result<Option<i32>, SheetFault> {
    let there = |id: &i32| description.tabs.iter().any(|tab| tab.tab == *id);
    if let Some(known) = known.filter(there) {
        return Ok(Some(known));
    }
    let Some(named) = description.tabs.iter().find(|tab| tab.title == TITLE) else {
        return Ok(None);
    };
    let grid = read(sheets, id, named.tab, Some(1)).await?.0;
    Ok(is_results(&grid).then_some(named.tab))
}

async fn input_tab(
    sheets: &dyn Spreadsheets,
    asked: &Setup,
    description: &Description,
    results: Option<i32>,
    state: &SheetState,
) -> Result<((i32, String), Grid, usize), SyncFault> {
    // A tab that was bound is known by its id, wherever it stands now.
    let bound = state.tabs.iter().find(|bound| bound.wanted == asked.tab);
    let tab = description.tabs.iter().find(|tab| {
        if let Some(bound) = bound {
            tab.tab == bound.tab
        } else if asked.tab.is_empty() {
            Some(tab.tab) != results
        } else {
            tab.title == asked.tab || asked.tab == format!("gid={}", tab.tab)
        }
    });
    let tab = tab.ok_or_else(|| SyncFault::NoSuchTab {
        wanted: asked.tab.clone(),
        tabs: description
            .tabs
            .iter()
            .map(|tab| tab.title.clone())
            .collect(),
    })?;
    if Some(tab.tab) == results {
        return Err(SyncFault::ResultsAsInput);
    }
    let (grid, columns) = read(sheets, &asked.spreadsheet, tab.tab, None).await?;
    Ok(((tab.tab, tab.title.clone()), grid, columns))
}

async fn read(
    sheets: &dyn Spreadsheets,
    id: &str,
    tab: i32,
    rows: Option<usize>,
) -> Result<(Grid, usize), SheetFault> {
    let range = TabRange { tab, rows };
    let mut grids = sheets.read(id, &[range], Render::Values).await?;
    Ok(grids
        .pop()
        .map(|tab| (tab.grid, tab.columns))
        .unwrap_or_default())
}

/// Headers of people's columns, then ours.
fn empty_tab(
    (tab, title): &(i32, String),
    asked: &Setup,
    grid_columns: usize,
    done: &mut Done,
) -> Vec<Change> {
    let mut headers = vec!["Domain"];
    if asked.options {
        headers.extend(OPTIONS);
    }
    if asked.run {
        headers.push("Run");
    }
    let grid = Grid {
        rows: vec![headers.iter().copied().map(CellValue::text).collect()],
    };
    let mut changes = vec![
        Change::Cells {
            tab: *tab,
            row: 0,
            column: 0,
            rows: grid.rows.clone(),
        },
        Change::Bold {
            tab: *tab,
            row: 0,
            columns: 0..headers.len(),
        },
        Change::FreezeRows { tab: *tab, rows: 1 },
    ];
    if asked.run {
        changes.push(Change::CheckBoxes {
            tab: *tab,
            row: 1,
            column: headers.len() - 1,
        });
    }
    done.push(format!(
        "Wrote the headers {} into \u{201c}{title}\u{201d} and froze them",
        headers.join(", ")
    ));
    if let Ok(columns) = Columns::find(&grid, None) {
        changes.extend(own_columns(
            *tab,
            title,
            grid,
            columns,
            asked,
            grid_columns,
            done,
        ));
    }
    changes
}

/// Only what is missing, at the right.
fn tab_in_use(
    (tab, title): &(i32, String),
    mut grid: Grid,
    theirs: Option<&[Own]>,
    asked: &Setup,
    mut grid_columns: usize,
    done: &mut Done,
) -> Result<Vec<Change>, SyncFault> {
    let columns = Columns::find(&grid, theirs).map_err(|fault| SyncFault::NoDomainColumn {
        tab: title.clone(),
        headers: fault.seen,
    })?;
    let mut changes = Vec::new();
    let mut wanted: Vec<&str> = Vec::new();
    let input = columns.input;
    if asked.options {
        let places = [
            input.icp,
            input.buyer_roles,
            input.max_contacts,
            input.drafts,
            input.freshness_days,
        ];
        let absent = OPTIONS
            .iter()
            .zip(places)
            .filter(|(_, place)| place.is_none());
        wanted.extend(absent.map(|(name, _)| *name));
    }
    if asked.run && input.run.is_none() {
        wanted.push("Run");
    }
    if !wanted.is_empty() {
        let at = grid.width();
        let count = wanted.len();
        changes.push(if at < grid_columns {
            Change::InsertColumns {
                tab: *tab,
                at,
                count,
            }
        } else {
            Change::AppendColumns {
                tab: *tab,
                at,
                count,
            }
        });
        grid_columns += count;
        changes.push(Change::Cells {
            tab: *tab,
            row: columns.header,
            column: at,
            rows: vec![wanted.iter().copied().map(CellValue::text).collect()],
        });
        if wanted.last() == Some(&"Run") {
            changes.push(Change::CheckBoxes {
                tab: *tab,
                row: columns.header + 1,
                column: at + count - 1,
            });
        }
        let header = &mut grid.rows[columns.header];
        header.resize(at, CellValue::Empty);
        header.extend(wanted.iter().copied().map(CellValue::text));
        done.push(format!(
            "Added {} at the right of \u{201c}{title}\u{201d}",
            wanted.join(", ")
        ));
    }
    changes.extend(own_columns(
        *tab,
        title,
        grid,
        columns,
        asked,
        grid_columns,
        done,
    ));
    Ok(changes)
}

fn own_columns(
    tab: i32,
    title: &str,
    grid: Grid,
    columns: Columns,
    asked: &Setup,
    grid_columns: usize,
    done: &mut Done,
) -> Vec<Change> {
    let read = TabRead {
        tab,
        title: title.to_owned(),
        grid: grid.into(),
        columns,
        was_read: false,
        with_run: false,
        mended: Default::default(),
    };
    let plan = missing(0, &read, asked.report);
    let names: Vec<&str> = plan
        .added
        .iter()
        .map(|(own, _)| read.columns.title(*own))
        .collect();
    if !names.is_empty() {
        done.push(format!(
            "Added {} at the right of \u{201c}{title}\u{201d}, with colours by status and the \
             choices of Action",
            names.join(", ")
        ));
    }
    plan.columns(&read, grid_columns)
}

fn new_results(tab: i32, description: &Description, done: &mut Done) -> Vec<Change> {
    let connected = Connected {
        titles: description
            .tabs
            .iter()
            .map(|tab| tab.title.clone())
            .collect(),
        ..Connected::default()
    };
    let title = connected.free_title();
    done.push(format!("Made the tab \u{201c}{title}\u{201d} for results"));
    vec![
        Change::AddTab {
            tab,
            title,
            frozen_rows: 1,
        },
        Change::Cells {
            tab,
            row: 0,
            column: 0,
            rows: vec![LEADING.iter().copied().map(CellValue::text).collect()],
        },
        Change::Bold {
            tab,
            row: 0,
            columns: 0..LEADING.len(),
        },
    ]
}
