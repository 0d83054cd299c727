//! Our own cells as requests: what a sync found to be different but for results.

use super::connect::{INSTALLATION_KEY, INSTALLATION_MARK};
use super::plan::TabPlan;
use super::read::Read;
use super::size;
use super::sync::SheetSync;
use crate::flow::ports::{Change, Mark};

impl SheetSync {
    /// Everything but results, in as few requests as sizes allow.
    pub(super) fn cell_batches(
        &self,
        read: &Read,
        repaired: Vec<Change>,
        plans: &[TabPlan],
    ) -> Vec<Vec<Change>> {
        let mut changes = repaired;
        for plan in plans {
            changes.extend(plan.columns(&read.tabs[plan.tab], read.before[plan.tab].1));
        }
        for plan in plans {
            changes.extend(plan.changes(read.tabs[plan.tab].tab));
        }
        let unnamed = self.connected.as_ref().is_some_and(|c| c.is_unnamed());
        if unnamed {
            changes.insert(
                0,
                Change::AddMark(Mark {
                    id: INSTALLATION_MARK,
                    key: INSTALLATION_KEY.to_owned(),
                    value: self.installation.clone(),
                }),
            );
        }
        if !self.separately {
            return size::batches(changes);
        }
        let mut batches = Vec::new();
        while let Some(tab) = changes.first().map(tab_of) {
            let (of_tab, others) = changes
                .into_iter()
                .partition(|change| tab_of(change) == tab);
            batches.extend(size::batches(of_tab));
            changes = others;
        }
        batches
    }
}

/// The tab that a change is about.
fn tab_of(change: &Change) -> Option<i32> {
    match change {
        Change::Cells { tab, .. }
        | Change::InsertColumns { tab, .. }
        | Change::AppendColumns { tab, .. }
        | Change::AppendRows { tab, .. }
        | Change::AddTab { tab, .. }
        | Change::FreezeRows { tab, .. }
        | Change::DropDown { tab, .. }
        | Change::CheckBoxes { tab, .. }
        | Change::DateFormat { tab, .. }
        | Change::Colour { tab, .. }
        | Change::Bold { tab, .. } => Some(*tab),
        Change::AddMark(_) | Change::SetMark(_) | Change::RemoveMark { .. } => None,
    }
}
