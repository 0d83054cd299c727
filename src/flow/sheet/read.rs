//! Reads what a sync looks at: its input tabs, and the header of the results.

use std::collections::HashSet;
use std::sync::Arc;

use super::columns::Columns;
use super::fault::SyncFault;
use super::grid::{CellValue, Grid};
use super::join::TabRead;
use super::plan::TabPlan;
use super::sync::SheetSync;
use crate::flow::ports::{Render, SheetState, TabGrid, TabRange};

/// What a sync has read.
pub(super) struct Read {
    pub tabs: Vec<TabRead>,
    /// The same with people's formulas as formulas (the very grid where there are none), and the
    /// columns of each grid.
    pub before: Vec<(Arc<Grid>, usize)>,
    /// The results tab's header and the columns of its grid.
    pub results: Option<(Vec<String>, usize, String)>,
    pub problem: Option<SyncFault>,
}

impl Read {
    /// Which of the tabs read this one is.
    pub(super) fn place(&self, tab: i32) -> Option<usize> {
        self.tabs.iter().position(|read| read.tab == tab)
    }

    /// The columns of a tab once the missing ones are there.
    pub(super) fn columns_after(&self, plan: &TabPlan) -> Columns {
        let mut columns = self.tabs[plan.tab].columns.clone();
        for (own, column) in &plan.added {
            columns.set_own(*own, *column);
        }
        columns
    }
}

impl SheetSync {
    pub(super) async fn read(&mut self, state: &SheetState) -> Result<Read, SyncFault> {
        let inputs: Vec<_> = state
            .tabs
            .iter()
            .filter(|tab| self.wanted.contains(&tab.wanted))
            .collect();
        let mut ranges: Vec<TabRange> = inputs
            .iter()
            .map(|tab| TabRange {
                tab: tab.tab,
                rows: None,
            })
            .collect();
        ranges.extend(self.results_tab.map(|tab| TabRange { tab, rows: Some(1) }));
        let sheets = &self.sheets;
        let mut typed = sheets
            .read(&self.spreadsheet, &ranges, Render::Formulas)
            .await?;
        let results = self
            .results_tab
            .and_then(|_| typed.pop())
            .map(|tab| (tab.grid.texts(0), tab.columns, tab.title));
        ranges.truncate(inputs.len());
        let calculated = self.calculated(&ranges, &typed).await?;
        let mut read = Read {
            tabs: Vec::new(),
            before: Vec::new(),
            results,
            problem: None,
        };
        for ((typed, grid), bound) in typed.into_iter().zip(calculated).zip(inputs) {
            let (before, grid) = match grid {
                None => {
                    let grid = Arc::new(typed.grid);
                    (grid.clone(), grid)
                }
                Some(grid) => (Arc::new(told_apart(typed.grid, &grid)), Arc::new(grid)),
            };
            match Columns::find(&grid, bound.theirs.as_deref()) {
                Ok(columns) => {
                    read.before.push((before, typed.columns));
                    read.tabs.push(TabRead {
                        tab: typed.tab,
                        title: typed.title,
                        grid,
                        columns,
                        was_read: bound.was_read,
                        with_run: bound.with_run,
                        mended: HashSet::new(),
                    });
                }
                Err(fault) => {
                    read.problem = Some(SyncFault::NoDomainColumn {
                        tab: typed.title,
                        headers: fault.seen,
                    });
                }
            }
        }
        Ok(read)
    }

    /// The shown values, where anything looks like a formula.
    async fn calculated(
        &self,
        ranges: &[TabRange],
        typed: &[TabGrid],
    ) -> Result<Vec<Option<Grid>>, SyncFault> {
        let formulas = |tab: &TabGrid| {
            tab.grid
                .rows
                .iter()
                .flatten()
                .any(CellValue::may_be_formula)
        };
        if !typed.iter().any(formulas) {
            return Ok(vec![None; typed.len()]);
        }
        let values = self
            .sheets
            .read(&self.spreadsheet, ranges, Render::Values)
            .await?;
        Ok(values.into_iter().map(|tab| Some(tab.grid)).collect())
    }
}

/// People's formulas as formulas: what is shown differs from what was typed.
fn told_apart(typed: Grid, shown: &Grid) -> Grid {
    let rows = typed.rows.into_iter().enumerate().map(|(row, cells)| {
        let cells = cells
            .into_iter()
            .enumerate()
            .map(|(column, cell)| match cell {
                CellValue::Text(text)
                    if text.starts_with('=')
                        && !shown.cell(row, column).same(&CellValue::Text(text.clone())) =>
                {
                    CellValue::Formula(text)
                }
                other => other,
            });
        cells.collect()
    });
    Grid {
        rows: rows.collect(),
    }
}
