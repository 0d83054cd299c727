//! Sends what a sync found to be different: our own cells, then the rows of results. Each
//! request is atomic; what became of one that was not answered is found out by looking.

use super::connect::{Connected, DELIVERY_KEY, INSTALLATION_KEY, INSTALLATION_MARK, is_foreign};
use super::grid::CellValue;
use super::plan::TabPlan;
use super::repair::{Journal, stood_still};
use super::results::{self, Append};
use super::size;
use super::sync::{Kept, Read, SheetSync, SyncFault, Synced};
use crate::flow::ports::{
    Change, DueRows, Mark, OpenAppend, SheetFault, SheetState, WriteAnswer, WriteBatch,
};

/// Results that are looked at for one sync.
const MOST_RESULTS: u32 = 5_000;
/// Room that must be left in a request for results to go along.
const WORTH_IT: usize = 200_000;

/// Results on their way, and where to.
struct Delivery {
    mark: i32,
    append: Append,
    changes: Vec<Change>,
    tab: i32,
    /// Columns of the results tab's grid once this is applied.
    columns: usize,
}

/// The results tab as the next request finds it.
#[derive(Default)]
struct Target {
    header: Vec<String>,
    columns: usize,
}

impl SheetSync {
    pub(super) async fn send(
        &mut self,
        read: &Read,
        repaired: Vec<Change>,
        plans: &[TabPlan],
        state: &SheetState,
    ) -> Result<Synced, SyncFault> {
        let mut synced = Synced::default();
        let mut batches = self.cell_batches(read, repaired, plans);
        let mut due = self.due(state).await?;
        let together = !self.separately && !due.rows.is_empty();
        let last = if together { batches.pop() } else { None }.unwrap_or_default();
        for batch in batches {
            if synced.again {
                return Ok(synced);
            }
            self.write(read, plans, batch, None, &mut synced).await?;
        }
        let mut rest = last;
        let mut target = read
            .results
            .as_ref()
            .map_or_else(Target::default, |results| Target {
                header: results.0.clone(),
                columns: results.1,
            });
        while !synced.again && (!due.rows.is_empty() || !rest.is_empty()) {
            let used: usize = rest.iter().map(size::of_change).sum();
            let room = size::LARGEST.saturating_sub(used);
            let changes = std::mem::take(&mut rest);
            if due.rows.is_empty() || (room < WORTH_IT && used > 0) {
                self.write(read, plans, changes, None, &mut synced).await?;
                continue;
            }
            let delivery = self.delivery(&target, &due, room);
            if delivery.append.sent.is_empty() {
                break;
            }
            let sent = delivery.append.sent.len();
            target
                .header
                .extend(delivery.append.headers.iter().cloned());
            target.columns = delivery.columns;
            self.write(read, plans, changes, Some(delivery), &mut synced)
                .await?;
            due.rows.drain(..sent.min(due.rows.len()));
            due.open = None;
        }
        Ok(synced)
    }

    /// Everything but results, in as few requests as sizes allow.
    fn cell_batches(
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
        size::batches(changes)
    }

    /// The results to send. What became of an unanswered request is settled first.
    async fn due(&mut self, state: &SheetState) -> Result<Due, SyncFault> {
        let store = self.flow.store.clone();
        if let Some(open) = state.open {
            let now = self.flow.clock.now();
            let description = self.sheets.describe(&self.spreadsheet).await?;
            let applied = description.marks.iter().any(|mark| mark.id == open.mark);
            if let Some(connected) = &mut self.connected {
                connected.marks = description.marks;
            }
            if applied {
                self.results_tab = Some(open.tab);
                store.set_results_tab(&self.spreadsheet, open.tab).await?;
                store
                    .settle_append(&self.spreadsheet, open.mark, true, now)
                    .await?;
                // Its header is read with the next look.
                return Ok(Due::default());
            } else if now - open.sent_at < self.late() {
                // It may still arrive.
                return Ok(Due::default());
            } else {
                // The same mark again: should the first one arrive after all, one is refused.
                let rows = store.open_rows(&self.spreadsheet, open.mark).await?;
                return Ok(Due {
                    rows,
                    open: Some(open),
                });
            }
        }
        let mut rows = store.due_rows(&self.spreadsheet, MOST_RESULTS).await?;
        let empty: Vec<(i64, i64)> = rows
            .iter()
            .filter(|due| due.rows.is_empty())
            .map(|due| (due.lead_seq, due.attempt))
            .collect();
        if !empty.is_empty() {
            let now = self.flow.clock.now();
            store.mark_empty(&self.spreadsheet, &empty, now).await?;
            rows.retain(|due| !due.rows.is_empty());
        }
        Ok(Due { rows, open: None })
    }

    fn delivery(&self, target: &Target, due: &Due, room: usize) -> Delivery {
        let room = if due.open.is_some() { usize::MAX } else { room };
        let append = results::next(&target.header, &due.rows, room);
        let random = || rand::random_range(1..i32::MAX);
        let mark = due.open.map_or_else(random, |open| open.mark);
        let mut changes = Vec::new();
        let mut columns = target.columns;
        let tab = self.results_tab.unwrap_or_else(|| {
            let tab = due.open.map_or_else(random, |open| open.tab);
            columns = NEW_TAB_COLUMNS;
            changes.push(Change::AddTab {
                tab,
                title: self
                    .connected
                    .as_ref()
                    .map_or_else(|| results::TITLE.to_owned(), Connected::free_title),
                frozen_rows: 1,
            });
            tab
        });
        let at = target.header.len();
        columns += new_headers(&append.headers, tab, at, columns, &mut changes);
        changes.push(Change::AppendRows {
            tab,
            rows: append.rows.clone(),
        });
        let marks = self.connected.iter().flat_map(|c| &c.marks);
        let old = marks.filter(|old| old.key == DELIVERY_KEY && old.id != mark);
        changes.extend(old.map(|old| Change::RemoveMark { id: old.id }));
        changes.push(Change::AddMark(Mark {
            id: mark,
            key: DELIVERY_KEY.to_owned(),
            value: self.flow.clock.now().to_rfc3339(),
        }));
        Delivery {
            mark,
            append,
            changes,
            tab,
            columns,
        }
    }

    /// One request, and what its answer teaches.
    async fn write(
        &mut self,
        read: &Read,
        plans: &[TabPlan],
        mut changes: Vec<Change>,
        delivery: Option<Delivery>,
        synced: &mut Synced,
    ) -> Result<(), SyncFault> {
        let written = journals(read, plans, &changes);
        if let Some(delivery) = &delivery {
            let open = OpenAppend {
                mark: delivery.mark,
                tab: delivery.tab,
                sent_at: self.flow.clock.now(),
            };
            let store = &self.flow.store;
            store
                .begin_append(&self.spreadsheet, &open, &delivery.append.sent)
                .await?;
            changes.extend(delivery.changes.iter().cloned());
        }
        let batch = WriteBatch {
            look_at: read
                .tabs
                .iter()
                .map(|tab| (tab.title.clone(), tab.columns.header))
                .collect(),
            changes,
        };
        let result = self.sheets.write(&self.spreadsheet, batch).await;
        match result {
            Ok(answer) => {
                synced.writes += 1;
                self.answered(read, plans, written, &answer, synced)?;
                if let Some(delivery) = delivery {
                    self.delivered(&delivery, true).await?;
                }
                Ok(())
            }
            Err(fault) if fault.may_be_applied() => {
                let until = self.flow.clock.now() + self.late();
                self.journals
                    .extend(written.into_iter().map(|journal| Kept {
                        journal,
                        until: Some(until),
                        damaged: false,
                    }));
                Err(fault.into())
            }
            Err(fault) => self.refused(fault, delivery).await,
        }
    }

    /// A request that Google refused as a whole. A mark that is there all the same says that an
    /// earlier one with the same rows was applied.
    async fn refused(
        &mut self,
        fault: SheetFault,
        delivery: Option<Delivery>,
    ) -> Result<(), SyncFault> {
        let Some(delivery) = delivery else {
            return Err(fault.into());
        };
        let limited = matches!(fault, SheetFault::Quota { .. } | SheetFault::Unreachable(_));
        if !limited {
            self.separately = true;
            let description = self.sheets.describe(&self.spreadsheet).await?;
            let applied = description
                .marks
                .iter()
                .any(|mark| mark.id == delivery.mark);
            self.delivered(&delivery, applied).await?;
            self.connected = None;
            if applied {
                return Ok(());
            }
        } else {
            self.delivered(&delivery, false).await?;
        }
        Err(fault.into())
    }

    async fn delivered(&mut self, delivery: &Delivery, applied: bool) -> Result<(), SyncFault> {
        let now = self.flow.clock.now();
        let store = &self.flow.store;
        if applied {
            store
                .set_results_tab(&self.spreadsheet, delivery.tab)
                .await?;
            self.results_tab = Some(delivery.tab);
            tracing::info!(
                spreadsheet = self.spreadsheet,
                leads = delivery.append.sent.len(),
                rows = delivery.append.rows.len(),
                "results written"
            );
        }
        store
            .settle_append(&self.spreadsheet, delivery.mark, applied, now)
            .await?;
        Ok(())
    }

    /// Looks at what the spreadsheet held right after the write.
    fn answered(
        &mut self,
        read: &Read,
        plans: &[TabPlan],
        written: Vec<Journal>,
        answer: &WriteAnswer,
        synced: &mut Synced,
    ) -> Result<(), SyncFault> {
        if let Some(connected) = &mut self.connected {
            connected.marks.clone_from(&answer.marks);
        }
        for plan in plans {
            let tab = read.tabs[plan.tab].tab;
            let headers = answer.headers.iter().find(|(told, _)| *told == tab);
            let columns = read.columns_after(plan);
            if headers.is_some_and(|(_, headers)| !stood_still(&columns, headers)) {
                tracing::warn!(
                    spreadsheet = self.spreadsheet,
                    "a column moved while its sheet was written; looking again at once"
                );
                synced.again = true;
            }
        }
        for kept in &mut self.journals {
            kept.journal.follow(&written);
        }
        self.journals
            .extend(written.into_iter().map(|journal| Kept {
                journal,
                until: None,
                damaged: false,
            }));
        if is_foreign(&answer.marks, &self.installation) {
            return Err(SyncFault::OtherInstallation);
        }
        Ok(())
    }
}

/// Results that wait, and the request in which they were sent before.
#[derive(Default)]
struct Due {
    rows: Vec<DueRows>,
    open: Option<OpenAppend>,
}

/// New headers right of all others, in columns that are new as well: nothing is written over.
/// Answers how many columns the grid gains.
fn new_headers(
    names: &[String],
    tab: i32,
    at: usize,
    columns: usize,
    changes: &mut Vec<Change>,
) -> usize {
    let count = names.len();
    if count == 0 {
        return 0;
    }
    // A tab without a header is new or empty, and its first columns are free.
    let more = if at > 0 {
        count
    } else {
        count.saturating_sub(columns)
    };
    if more > 0 && at > 0 && at < columns {
        changes.push(Change::InsertColumns {
            tab,
            at,
            count: more,
        });
    } else if more > 0 {
        changes.push(Change::AppendColumns {
            tab,
            at: columns,
            count: more,
        });
    }
    changes.push(Change::Cells {
        tab,
        row: 0,
        column: at,
        rows: vec![names.iter().map(CellValue::text).collect()],
    });
    changes.push(Change::Bold {
        tab,
        row: 0,
        columns: at..at + count,
    });
    more
}

/// Columns of a tab that was just made.
const NEW_TAB_COLUMNS: usize = 26;

/// What is about to be written to each input tab, and what is there now.
fn journals(read: &Read, plans: &[TabPlan], changes: &[Change]) -> Vec<Journal> {
    plans
        .iter()
        .filter_map(|plan| {
            let id = read.tabs[plan.tab].tab;
            let mut sent = Vec::new();
            for change in changes {
                let Change::Cells {
                    tab,
                    row,
                    column,
                    rows,
                } = change
                else {
                    continue;
                };
                if *tab != id {
                    continue;
                }
                for (down, cells) in rows.iter().enumerate() {
                    for (right, value) in cells.iter().enumerate() {
                        sent.push((row + down, column + right, value.clone()));
                    }
                }
            }
            (!sent.is_empty()).then(|| Journal {
                tab: id,
                before: read.before[plan.tab].0.clone(),
                columns: read.columns_after(plan),
                sent,
                latest: None,
            })
        })
        .collect()
}
