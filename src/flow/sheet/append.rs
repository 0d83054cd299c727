//! Rows of results on their way to the results tab. A mark goes with them in the same atomic
//! request: it tells whether a request that was not answered was applied.

use super::connect::{Connected, DELIVERY_KEY};
use super::fault::SyncFault;
use super::grid::CellValue;
use super::realign::realigned;
use super::results::{self, Append};
use super::size;
use super::sync::SheetSync;
use crate::flow::ports::LeadFilter;
use crate::flow::ports::{
    Change, DueRows, Mark, OpenAppend, Render, SheetFault, SheetState, TabRange, WriteBatch,
};

/// Results that are looked at for one sync.
pub(super) const MOST_RESULTS: u32 = 5_000;

/// Results on their way, and where to.
pub(super) struct Delivery {
    pub mark: i32,
    pub append: Append,
    pub changes: Vec<Change>,
    pub tab: i32,
    /// Columns of the results tab's grid once this is applied.
    pub columns: usize,
    /// The headers that its rows were made for.
    pub header: Vec<String>,
}

/// The results tab as the next request finds it.
#[derive(Default)]
pub(super) struct Target {
    pub header: Vec<String>,
    pub columns: usize,
}

/// Results that wait, and the request in which they were sent before.
#[derive(Default)]
pub(super) struct Due {
    pub rows: Vec<DueRows>,
    pub open: Option<OpenAppend>,
}

impl SheetSync {
    /// The results to send. What became of an unanswered request is settled first.
    pub(super) async fn due(&mut self, state: &SheetState) -> Result<Due, SyncFault> {
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
                if rows.is_empty() {
                    // All that it carried was forgotten since: nothing is to be sent again.
                    store
                        .settle_append(&self.spreadsheet, open.mark, false, now)
                        .await?;
                    return Ok(Due::default());
                }
                return Ok(Due {
                    rows,
                    open: Some(open),
                });
            }
        }
        let mut rows = store.due_rows(&self.spreadsheet, MOST_RESULTS).await?;
        rows.retain(|due| self.may_go(due));
        rows.truncate(self.most_results);
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

    /// What cannot be read, or was refused for good, does not hold up the others.
    fn may_go(&self, due: &DueRows) -> bool {
        let readable = due.rows.iter().all(|(_, cells)| cells.read().is_ok());
        if !readable {
            tracing::error!(
                lead = due.lead_id,
                run = due.run_id,
                "a stored row cannot be read"
            );
        }
        readable && !self.refused.contains(&(due.lead_seq, due.attempt))
    }

    pub(super) fn delivery(&self, target: &Target, due: &Due, room: usize) -> Delivery {
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
            changes,
            tab,
            columns,
            header: target
                .header
                .iter()
                .chain(&append.headers)
                .cloned()
                .collect(),
            append,
        }
    }

    /// Puts appended rows under their own headers, where a column moved at the same moment.
    pub(super) async fn realign(&self, delivery: &Delivery) -> Result<(), SyncFault> {
        let range = TabRange {
            tab: delivery.tab,
            rows: None,
        };
        let sheets = &self.sheets;
        let mut read = sheets
            .read(&self.spreadsheet, &[range], Render::Values)
            .await?;
        let Some(now) = read.pop() else {
            return Ok(());
        };
        let rows = realigned(&delivery.append.rows, &delivery.header, &now.grid);
        tracing::warn!(
            spreadsheet = self.spreadsheet,
            rows = rows.len(),
            "a column of the results moved while rows were written; they are put under their headers"
        );
        let changes = rows.into_iter().map(|(row, cells)| Change::Cells {
            tab: delivery.tab,
            row,
            column: 0,
            rows: vec![cells],
        });
        for changes in size::batches(changes.collect()) {
            let batch = WriteBatch {
                changes,
                look_at: Vec::new(),
            };
            self.sheets.write(&self.spreadsheet, batch).await?;
        }
        Ok(())
    }

    /// A request that Google refused as a whole. A mark that is there all the same says that an
    /// earlier one with the same rows was applied.
    pub(super) async fn refused(
        &mut self,
        fault: SheetFault,
        delivery: Option<Delivery>,
    ) -> Result<(), SyncFault> {
        let Some(delivery) = delivery else {
            self.separately |= !fault.is_passing();
            return Err(fault.into());
        };
        let limited = matches!(fault, SheetFault::Quota { .. } | SheetFault::Unreachable(_));
        if !limited {
            self.separately = true;
            self.narrow(&fault, &delivery).await?;
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

    /// Finds out which result it is that Google refuses: half as many at the next try.
    async fn narrow(&mut self, fault: &SheetFault, delivery: &Delivery) -> Result<(), SyncFault> {
        if !matches!(fault, SheetFault::Refused(_)) {
            return Ok(());
        }
        match delivery.append.sent.as_slice() {
            [one] => {
                let filter = LeadFilter {
                    seqs: Some(vec![one.lead_seq]),
                    ..LeadFilter::default()
                };
                let found = self.flow.store.oldest_leads(&filter, 0, 1).await?;
                let lead = found.first();
                tracing::error!(
                    spreadsheet = self.spreadsheet,
                    lead = lead.map(|lead| lead.id.as_str()),
                    run = lead.and_then(|lead| lead.run_id.as_deref()),
                    attempt = one.attempt,
                    error = %fault,
                    "Google refuses the rows of one result; they are left out of the sheet and can \
                     be downloaded"
                );
                self.refused.insert((one.lead_seq, one.attempt));
                self.most_results = MOST_RESULTS as usize;
            }
            several => self.most_results = (several.len() / 2).max(1),
        }
        Ok(())
    }

    pub(super) async fn delivered(
        &mut self,
        delivery: &Delivery,
        applied: bool,
    ) -> Result<(), SyncFault> {
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
