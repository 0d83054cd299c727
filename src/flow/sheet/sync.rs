//! One look at one spreadsheet: read, join, store, write the difference.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::append::MOST_RESULTS;
use super::connect::Connected;
use super::decide_changes::{changes, settle};
use super::fault::SyncFault;
use super::held::reused;
use super::join::{Join, join};
use super::plan::plan;
use super::read::Read;
use super::repair::Journal;
use super::wanted::Telling;
use crate::flow::guard::Guard;
use crate::flow::lease::Lease;
use crate::flow::ports::{
    Change, SheetChanges, SheetFault, SheetLead, SheetState, Spreadsheets, StoreError,
};
use crate::flow::{Flow, time_delta};
use crate::lead::BatchId;

/// Whatever Drive says: what is older than this is read again.
const READ_AT_LEAST: TimeDelta = TimeDelta::minutes(10);

/// What the settings say of every sheet.
#[derive(Debug, Clone)]
pub struct SheetSettings {
    /// For the links in `Report`.
    pub public_url: Option<String>,
    /// How long an unanswered write may still arrive; Google's limit for a request is 180 s.
    pub late_write: Duration,
}

impl Default for SheetSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            late_write: Duration::from_secs(180),
        }
    }
}

/// What a sync did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    /// The sheet was read, not only asked whether it had changed.
    pub read: bool,
    /// Write requests that were answered.
    pub writes: u32,
    /// A column moved under a write: what was overwritten is put back by the next sync, at once.
    pub again: bool,
}

/// Keeps one spreadsheet and its leads together.
pub struct SheetSync {
    pub(super) flow: Arc<Flow>,
    /// The right to write this spreadsheet.
    pub(super) lease: Arc<Lease>,
    pub(super) sheets: Arc<dyn Spreadsheets>,
    pub(super) spreadsheet: String,
    /// Names of input tabs; empty for the first tab.
    pub(super) wanted: Vec<String>,
    pub(super) installation: String,
    pub(super) settings: SheetSettings,
    /// `None`: its tabs are to be looked at first.
    pub(super) connected: Option<Connected>,
    pub(super) results_tab: Option<i32>,
    /// What the last complete sync saw, in Drive's words and the database's.
    seen: Option<Seen>,
    pub(super) journals: Vec<Kept>,
    /// After a refusal, status cells and results go in requests of their own.
    pub(super) separately: bool,
    /// Results that are tried in one sync: fewer while one of them is refused.
    pub(super) most_results: usize,
    /// Results (lead, attempt) that Google refuses, each by itself.
    pub(super) refused: HashSet<(i64, i64)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    version: String,
    local: String,
    read_at: DateTime<Utc>,
}

/// A write that may still turn out to have landed elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub journal: Journal,
    /// `None`: until the next read; a time: it may arrive until then.
    pub until: Option<DateTime<Utc>>,
}

impl SheetSync {
    pub fn new(
        flow: Arc<Flow>,
        lease: Arc<Lease>,
        sheets: Arc<dyn Spreadsheets>,
        spreadsheet: String,
        wanted: Vec<String>,
        installation: String,
        settings: SheetSettings,
    ) -> Self {
        Self {
            flow,
            lease,
            sheets,
            spreadsheet,
            wanted,
            installation,
            settings,
            connected: None,
            results_tab: None,
            seen: None,
            journals: Vec::new(),
            separately: false,
            most_results: MOST_RESULTS as usize,
            refused: HashSet::new(),
        }
    }

    /// Title and warning of the spreadsheet, once it was reached.
    pub fn connected(&self) -> Option<&Connected> {
        self.connected.as_ref()
    }

    /// One sync.
    pub async fn step(&mut self) -> Result<Synced, SyncFault> {
        let result = self.sync().await;
        // What cannot be read shows nothing beside its id.
        let lost = match &result {
            // It was read, and only writing was refused.
            Err(SyncFault::Sheet(
                SheetFault::Protected { .. } | SheetFault::Refused(_) | SheetFault::MarkTaken,
            )) => false,
            Err(SyncFault::Sheet(fault)) => !fault.is_passing(),
            Err(SyncFault::Store(_)) | Ok(_) => false,
            Err(_) => true,
        };
        if lost {
            self.halt().await?;
        }
        match &result {
            Err(SyncFault::Sheet(fault)) if fault.is_passing() => self.seen = None,
            Err(_) => {
                // Tabs or marks are not what they were thought to be.
                self.connected = None;
                self.seen = None;
            }
            Ok(_) => {}
        }
        result
    }

    async fn sync(&mut self) -> Result<Synced, SyncFault> {
        let now = self.flow.clock.now();
        if self.connected.is_none() {
            self.connect().await?;
        }
        let guard = Guard::read(&self.flow).await?;
        let served = reused(&self.flow, &self.spreadsheet).await?;
        let local = self.local(&guard, &served).await?;
        let version = self.sheets.version(&self.spreadsheet).await?;
        if self.is_idle(version.as_deref(), &local, now) {
            return Ok(Synced::default());
        }
        self.sheets.room().await;
        let state = self.flow.store.sheet(&self.spreadsheet).await?;
        let mut read = self.read(&state).await?;
        let repaired = self.repaired(&mut read, now);
        let (join, leads, changed) = self.apply(&read, &state).await?;
        let (guard, served) = if changed {
            let served = reused(&self.flow, &self.spreadsheet).await?;
            (Guard::read(&self.flow).await?, served)
        } else {
            (guard, served)
        };
        let telling =
            Telling::new(&leads, &guard, self.settings.public_url.as_deref()).besides(served);
        let plans = plan(
            &read.tabs,
            &join,
            &telling,
            self.settings.public_url.is_some(),
        );
        let mut synced = self.send(&read, repaired, &plans, &state).await?;
        synced.read = true;
        // An open delivery is waited for, not slept over.
        let quiet =
            synced.writes == 0 && !changed && read.problem.is_none() && state.open.is_none();
        self.seen = version.filter(|_| quiet).map(|version| Seen {
            version,
            local,
            read_at: now,
        });
        match read.problem.take() {
            Some(problem) => Err(problem),
            None => Ok(synced),
        }
    }

    /// Nothing of this sheet starts here any more, also what an earlier read had allowed.
    async fn halt(&self) -> Result<(), StoreError> {
        let store = &self.flow.store;
        let leads = store.sheet_leads(&self.spreadsheet).await?;
        let mut changes = SheetChanges::new(self.flow.limits.hold_rule());
        let ready = leads.iter().filter(|lead| lead.ready);
        changes.unready.extend(ready.map(|lead| lead.lead.seq));
        if changes.is_empty() {
            return Ok(());
        }
        let now = self.flow.clock.now();
        store
            .apply_sheet(&self.lease.term, &self.spreadsheet, changes, now)
            .await
    }

    fn is_idle(&self, version: Option<&str>, local: &str, now: DateTime<Utc>) -> bool {
        self.journals.is_empty()
            && self.seen.as_ref().is_some_and(|seen| {
                version == Some(&seen.version)
                    && local == seen.local
                    && now - seen.read_at < READ_AT_LEAST
            })
    }

    /// What the rows' texts depend on, on our side.
    async fn local(&self, guard: &Guard, served: &[(BatchId, u64)]) -> Result<String, StoreError> {
        let mark = self.flow.store.sheet_mark(&self.spreadsheet).await?;
        let day = guard.reopens.date_naive();
        Ok(format!(
            "{mark} {:?} {:?} {day} {served:?}",
            guard.waits_for(),
            guard.payer
        ))
    }

    /// Cells to put back because an earlier write landed on them; what follows takes them for
    /// put back already. Writes that cannot arrive any more, and have left nothing to put back,
    /// are forgotten.
    fn repaired(&mut self, read: &mut Read, now: DateTime<Utc>) -> Vec<Change> {
        let mut changes = Vec::new();
        for kept in &mut self.journals {
            let journal = &mut kept.journal;
            let Some(place) = read.place(journal.tab) else {
                continue;
            };
            let tab = &mut read.tabs[place];
            let before = &mut read.before[place].0;
            let late = kept.until.is_some();
            let found = journal.to_put_back(before, &tab.columns, late);
            // Until a read shows that the repair has arrived.
            journal.wrong.clear();
            for (row, column, value) in found {
                tracing::warn!(
                    spreadsheet = self.spreadsheet,
                    row = row + 1,
                    column = super::columns::letters(column),
                    "the sheet moved under a write; the cell is put back as it was"
                );
                let wrong = before.cell(row, column).clone();
                journal.wrong.push((row, column, wrong));
                tab.mended.insert(row);
                Arc::make_mut(&mut tab.grid).set(row, column, value.clone());
                Arc::make_mut(before).set(row, column, value.clone());
                changes.push(Change::Cells {
                    tab: journal.tab,
                    row,
                    column,
                    rows: vec![vec![value]],
                });
            }
        }
        self.journals.retain(|kept| {
            !kept.journal.wrong.is_empty() || kept.until.is_some_and(|until| until > now)
        });
        for kept in &mut self.journals {
            if let Some(place) = read.place(kept.journal.tab) {
                let grid = read.before[place].0.clone();
                let columns = read.tabs[place].columns.clone();
                kept.journal.latest = Some((grid, columns));
            }
        }
        changes
    }

    /// Stores what the read showed, and answers the leads as they are then.
    async fn apply(
        &self,
        read: &Read,
        state: &SheetState,
    ) -> Result<(Join, Vec<SheetLead>, bool), SyncFault> {
        let store = &self.flow.store;
        let leads = store.sheet_leads(&self.spreadsheet).await?;
        let forgotten = store.forgotten().await?;
        let mut joined = join(&read.tabs, &leads, &forgotten);
        let hold = self.flow.limits.hold_rule();
        let connected = state
            .tabs
            .iter()
            .filter(|tab| self.wanted.contains(&tab.wanted));
        let all_read = read.problem.is_none() && read.tabs.len() >= connected.count();
        let (changes, ids) = changes(&read.tabs, &leads, &joined, hold, all_read);
        if changes.is_empty() {
            return Ok((joined, leads, false));
        }
        let now = self.flow.clock.now();
        store
            .apply_sheet(&self.lease.term, &self.spreadsheet, changes, now)
            .await?;
        self.flow.wake.notify_waiters();
        let leads = store.sheet_leads(&self.spreadsheet).await?;
        settle(&mut joined, &leads, &ids);
        Ok((joined, leads, true))
    }

    /// How long an unanswered write may still arrive.
    pub(super) fn late(&self) -> TimeDelta {
        time_delta(self.settings.late_write)
    }
}
