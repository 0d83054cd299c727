//! Which tabs of a spreadsheet are ours to read, which is ours to write, and whether another
//! installation runs the sheet.

use super::columns::is_results;
use super::fault::SyncFault;
use super::grid::Grid;
use super::results::TITLE;
use super::sync::SheetSync;
use crate::flow::ports::{
    Description, InputTab, Mark, Render, SheetFault, SheetState, TabProperties, TabRange,
};

/// The metadata that names the installation which runs a sheet. The same id everywhere, so that
/// of two that connect at once only one succeeds.
pub const INSTALLATION_MARK: i32 = 1_463_898_701;
pub const INSTALLATION_KEY: &str = "warmsheet.installation";
pub const DELIVERY_KEY: &str = "warmsheet.delivery";

/// Google's limit of cells in one spreadsheet, and the share of it that is worth a warning.
const MOST_CELLS: usize = 10_000_000;
const WARN_CELLS: usize = MOST_CELLS / 10 * 8;

/// A spreadsheet as a sync finds it.
#[derive(Debug, Clone, Default)]
pub struct Connected {
    pub title: String,
    pub marks: Vec<Mark>,
    /// Rows and columns of each tab's grid are near the limit.
    pub warning: Option<String>,
    /// Titles that are taken.
    pub titles: Vec<String>,
}

impl Connected {
    /// Another installation than this one runs the sheet.
    pub fn foreign(&self, installation: &str) -> bool {
        is_foreign(&self.marks, installation)
    }

    /// No installation is named yet.
    pub fn is_unnamed(&self) -> bool {
        !self.marks.iter().any(|mark| mark.id == INSTALLATION_MARK)
    }

    /// A title for a new results tab.
    pub fn free_title(&self) -> String {
        let taken = |title: &str| {
            let title = title.to_lowercase();
            self.titles.iter().any(|t| t.to_lowercase() == title)
        };
        if !taken(TITLE) {
            return TITLE.to_owned();
        }
        (2..)
            .map(|number| format!("{TITLE} {number}"))
            .find(|title| !taken(title))
            .unwrap_or_default()
    }
}

pub fn is_foreign(marks: &[Mark], installation: &str) -> bool {
    marks
        .iter()
        .any(|mark| mark.id == INSTALLATION_MARK && mark.value != installation)
}

impl SheetSync {
    /// Looks at the spreadsheet's tabs and marks, binds what is not bound yet, and finds or
    /// forgets the results tab.
    pub(super) async fn connect(&mut self) -> Result<(), SyncFault> {
        let description = self.sheets.describe(&self.spreadsheet).await?;
        let connected = Connected {
            title: description.title.clone(),
            marks: description.marks.clone(),
            warning: cells_warning(&description),
            titles: description
                .tabs
                .iter()
                .map(|tab| tab.title.clone())
                .collect(),
        };
        if connected.foreign(&self.installation) {
            return Err(SyncFault::OtherInstallation);
        }
        let state = self.flow.store.sheet(&self.spreadsheet).await?;
        self.results_tab = self.find_results(&state, &description).await?;
        self.bind(&state, &description).await?;
        self.connected = Some(connected);
        Ok(())
    }

    async fn bind(&self, state: &SheetState, description: &Description) -> Result<(), SyncFault> {
        let store = &self.flow.store;
        for wanted in &self.wanted {
            if let Some(bound) = state.tabs.iter().find(|tab| tab.wanted == *wanted) {
                if !description.tabs.iter().any(|tab| tab.tab == bound.tab) {
                    return Err(SyncFault::InputGone {
                        tabs: titles(description),
                    });
                }
                continue;
            }
            let tab = if wanted.is_empty() {
                self.first_input(description).await?
            } else {
                let id = wanted.strip_prefix("gid=");
                let id: Option<i32> = id.and_then(|id| id.parse().ok());
                let named = |tab: &&TabProperties| match id {
                    Some(id) => tab.tab == id,
                    None => tab.title == *wanted,
                };
                description.tabs.iter().find(named).map(|tab| tab.tab)
            };
            let tab = tab.ok_or_else(|| SyncFault::NoSuchTab {
                wanted: wanted.clone(),
                tabs: titles(description),
            })?;
            if Some(tab) == self.results_tab {
                return Err(SyncFault::ResultsAsInput);
            }
            let twice = |other: &InputTab| other.tab == tab && self.wanted.contains(&other.wanted);
            let bound = store.sheet(&self.spreadsheet).await?.tabs;
            if bound.iter().any(twice) {
                return Err(SyncFault::NamedTwice {
                    wanted: wanted.clone(),
                });
            }
            let now = self.flow.clock.now();
            store.bind_tab(&self.spreadsheet, wanted, tab, now).await?;
        }
        Ok(())
    }

    /// The first tab that we did not make.
    async fn first_input(&self, description: &Description) -> Result<Option<i32>, SheetFault> {
        for tab in &description.tabs {
            if Some(tab.tab) == self.results_tab {
                continue;
            }
            let named_like_ours = tab.title.starts_with(TITLE);
            if !named_like_ours || !is_results(&self.header_of(tab.tab).await?) {
                return Ok(Some(tab.tab));
            }
        }
        Ok(None)
    }

    /// The results tab that is known and still there, else one that can be taken over: ours by
    /// its header, or empty.
    async fn find_results(
        &self,
        state: &SheetState,
        description: &Description,
    ) -> Result<Option<i32>, SyncFault> {
        let there = |id: &i32| description.tabs.iter().any(|tab| tab.tab == *id);
        if let Some(known) = state.results_tab {
            // A results tab that was deleted is made again.
            return Ok(Some(known).filter(there));
        }
        let named = description.tabs.iter().find(|tab| tab.title == TITLE);
        let Some(tab) = named else { return Ok(None) };
        let grid = self.cells_of(tab.tab, None).await?;
        if !is_results(&grid) && !grid.is_empty() {
            return Ok(None);
        }
        let store = &self.flow.store;
        store.set_results_tab(&self.spreadsheet, tab.tab).await?;
        Ok(Some(tab.tab))
    }

    async fn header_of(&self, tab: i32) -> Result<Grid, SheetFault> {
        self.cells_of(tab, Some(1)).await
    }

    async fn cells_of(&self, tab: i32, rows: Option<usize>) -> Result<Grid, SheetFault> {
        let range = TabRange { tab, rows };
        let grids = self
            .sheets
            .read(&self.spreadsheet, &[range], Render::Values)
            .await?;
        Ok(grids
            .into_iter()
            .next()
            .map(|grid| grid.grid)
            .unwrap_or_default())
    }
}

fn titles(description: &Description) -> Vec<String> {
    description
        .tabs
        .iter()
        .map(|tab| tab.title.clone())
        .collect()
}

fn cells_warning(description: &Description) -> Option<String> {
    let cells: usize = description
        .tabs
        .iter()
        .map(|tab| tab.rows.saturating_mul(tab.columns))
        .sum();
    (cells > WARN_CELLS).then(|| {
        format!(
            "the spreadsheet has {} cells; Google allows {}. Delete tabs, rows or empty columns \
             that are not needed",
            crate::lead::money::grouped(cells as u64),
            crate::lead::money::grouped(MOST_CELLS as u64)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_results_tab_never_takes_a_name_that_is_taken() {
        let connected = Connected {
            titles: vec!["List".into(), "warm leads".into(), "Warm leads 2".into()],
            ..Connected::default()
        };
        assert_eq!(connected.free_title(), "Warm leads 3");
    }
}
