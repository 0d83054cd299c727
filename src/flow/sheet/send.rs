//! Sends what a sync found to be different: our own cells, then the rows of results. Each
//! request is atomic; what became of one that was not answered is found out by looking.

use super::append::{Delivery, Due, MOST_RESULTS, Target};
use super::connect::is_foreign;
use super::fault::SyncFault;
use super::plan::TabPlan;
use super::read::Read;
use super::realign::fits;
use super::repair::{Journal, stood_still};
use super::size;
use super::sync::{Kept, SheetSync, Synced};
use crate::flow::ports::{
    Change, OpenAppend, SheetFault, SheetState, StoreError, WriteAnswer, WriteBatch,
};

/// Room that must be left in a request for results to go along.
const WORTH_IT: usize = 200_000;

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
        let due = self.due(state).await?;
        let together = !self.separately && due.open.is_none() && !due.rows.is_empty();
        let rest = if together { batches.pop() } else { None }.unwrap_or_default();
        let mut refusal = None;
        for batch in batches {
            if synced.again {
                return Ok(synced);
            }
            match self.write(read, plans, batch, None, &mut synced).await {
                // A protected range in one tab holds up neither the others nor the results.
                Err(SyncFault::Sheet(fault)) if self.separately && !fault.is_passing() => {
                    refusal.get_or_insert(fault);
                }
                written => written?,
            }
        }
        self.send_results(read, plans, due, rest, &mut synced)
            .await?;
        match refusal {
            Some(fault) => Err(fault.into()),
            None => {
                self.separately = false;
                self.most_results = MOST_RESULTS as usize;
                Ok(synced)
            }
        }
    }

    /// Sends the last cells and the results that are due: together where they have room.
    async fn send_results(
        &mut self,
        read: &Read,
        plans: &[TabPlan],
        mut due: Due,
        mut rest: Vec<Change>,
        synced: &mut Synced,
    ) -> Result<(), SyncFault> {
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
                self.write(read, plans, changes, None, synced).await?;
                continue;
            }
            let delivery = self.delivery(&target, &due, room);
            let sent = delivery.append.sent.clone();
            target
                .header
                .extend(delivery.append.headers.iter().cloned());
            target.columns = delivery.columns;
            self.write(read, plans, changes, Some(delivery), synced)
                .await?;
            due.rows
                .retain(|due| !sent.iter().any(|sent| sent.is_of(due)));
            due.open = None;
            if sent.is_empty() {
                break;
            }
        }
        Ok(())
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
        if self.lease.is_lost() {
            // What another instance has written since is not known here.
            return Err(StoreError::LeaseLost(self.lease.term.name.clone()).into());
        }
        let written = journals(read, plans, &changes);
        if let Some(delivery) = &delivery {
            self.begin_append(delivery).await?;
            changes.extend(delivery.changes.iter().cloned());
        }
        let batch = WriteBatch {
            look_at: headers_to_look_at(read, delivery.is_some()),
            changes,
        };
        let mut result = self.sheets.write(&self.spreadsheet, batch).await;
        if let (Ok(answer), Some(delivery)) = (&result, &delivery)
            && !answer.marks.iter().any(|mark| mark.id == delivery.mark)
        {
            // Whatever this answers, it is not the request that brought the rows.
            result = Err(SheetFault::Unknown("an answer without the mark".to_owned()));
        }
        match result {
            Ok(answer) => {
                synced.writes += 1;
                let fine = self.answered(read, plans, written, &answer, synced);
                if let Some(delivery) = delivery {
                    self.rows_arrived(&delivery, &answer, synced).await?;
                }
                fine
            }
            Err(fault) if fault.may_be_applied() => {
                let until = self.flow.clock.now() + self.late();
                self.journals
                    .extend(written.into_iter().map(|journal| Kept {
                        journal,
                        until: Some(until),
                    }));
                Err(fault.into())
            }
            Err(fault) => self.refused(fault, delivery).await,
        }
    }

    /// Stores what is about to be sent, and by which mark its arrival will show.
    async fn begin_append(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let open = OpenAppend {
            mark: delivery.mark,
            tab: delivery.tab,
            sent_at: self.flow.clock.now(),
        };
        let sent = &delivery.append.sent;
        let store = &self.flow.store;
        store
            .begin_append(&self.lease.term, &self.spreadsheet, &open, sent)
            .await
    }

    /// Notes that rows of results are there, and puts them under their headers if a column of the
    /// results tab has moved meanwhile.
    async fn rows_arrived(
        &mut self,
        delivery: &Delivery,
        answer: &WriteAnswer,
        synced: &mut Synced,
    ) -> Result<(), SyncFault> {
        self.delivered(delivery, true).await?;
        let told = answer.headers.iter().find(|(tab, _)| *tab == delivery.tab);
        if told.is_some_and(|(_, told)| !fits(&delivery.header, told)) {
            self.realign(delivery).await?;
            // Its header is read anew before more rows go there.
            synced.again = true;
        }
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
            }));
        if is_foreign(&answer.marks, &self.installation) {
            return Err(SyncFault::OtherInstallation);
        }
        Ok(())
    }
}

/// The rows of headers that a write answers with: those of the input tabs, and that of the results
/// where results go along.
fn headers_to_look_at(read: &Read, with_results: bool) -> Vec<(String, usize)> {
    let inputs = read.tabs.iter();
    let inputs = inputs.map(|tab| (tab.title.clone(), tab.columns.header));
    let results = read.results.iter().filter(|_| with_results);
    let results = results.map(|(_, _, title)| (title.clone(), 0));
    inputs.chain(results).collect()
}

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
            (!sent.is_empty()).then(|| {
                let before = read.before[plan.tab].0.clone();
                Journal::new(id, before, read.columns_after(plan), sent)
            })
        })
        .collect()
}
