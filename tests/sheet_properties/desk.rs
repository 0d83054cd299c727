//! One sheet, one database, and the service's parts that a test drives by hand.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tempfile::TempDir;
use warmsheet::adapters::store::SqliteStore;
use warmsheet::flow::lease::Lease;
use warmsheet::flow::ports::{Payer, ReuseStore, SheetLead, SheetStore, Spreadsheets};
use warmsheet::flow::sheet::fault::SyncFault;
use warmsheet::flow::sheet::sync::{SheetSettings, SheetSync};
use warmsheet::flow::{Flow, Limits, await_result, reuse, start};
use warmsheet::lead::money::Limit;

use super::citedy::Citedy;
use super::person::Edit;
use super::truth::{Truth, shown, tab};
use crate::google::{Calls, Fault, GoogleStandIn, Tab};
use crate::support::flow::{SetClock, flow_over, lease_on, payer};
use crate::support::store;

/// An unanswered write may arrive for so long.
pub const LATE: i64 = 180;

/// The stand-in for Google and the client for it: the same for all cases.
pub struct Office {
    pub google: GoogleStandIn,
    pub client: Arc<dyn Spreadsheets>,
}

pub struct Desk<'a> {
    pub office: &'a Office,
    pub book: String,
    pub store: Arc<SqliteStore>,
    pub citedy: Arc<Citedy>,
    clock: Arc<SetClock>,
    pub truth: Arc<Mutex<Truth>>,
    /// Leads of the rows that the first look found, and that could be bought.
    pub old: Option<HashSet<String>>,
    flow: Arc<Flow>,
    lease: Arc<Lease>,
    payer: Payer,
    sync: Option<SheetSync>,
    /// The input tab as the last read showed it.
    read: Option<Tab>,
    /// A write may have landed elsewhere, and no read has shown it yet.
    unsettled: bool,
    late: bool,
    _folder: TempDir,
}

impl<'a> Desk<'a> {
    pub async fn new(office: &'a Office, book: &str, input: Tab, truth: Truth) -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Arc::new(store::sqlite(folder.path()).await);
        let (citedy, clock) = (Arc::new(Citedy::default()), Arc::new(SetClock::default()));
        let limits = Limits {
            daily_credits: Limit::Unlimited,
            approve_above: Limit::Unlimited,
            reuse_for: None,
        };
        let flow = flow_over(store.clone(), citedy.clone(), clock.clone(), limits);
        let lease = lease_on(&*store).await;
        office.google.add_book(book, "Campaign", vec![input]);
        office.google.clear_faults();
        office.google.apply_late();
        Self {
            office,
            book: book.to_owned(),
            store,
            citedy,
            clock,
            truth: Arc::new(Mutex::new(truth)),
            old: None,
            flow: Arc::new(flow),
            lease,
            payer: payer("agent-1"),
            sync: None,
            read: None,
            unsettled: false,
            late: false,
            _folder: folder,
        }
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        lock(&self.truth)
    }

    pub fn log(&self, text: impl Into<String>) {
        self.truth().log.push(text.into());
    }

    pub async fn leads(&self) -> Vec<SheetLead> {
        self.store.sheet_leads(&self.book).await.expect("read")
    }

    pub fn input(&self) -> Tab {
        self.office
            .google
            .book(&self.book, |book| tab(book).clone())
    }

    /// A person does something now.
    pub fn edit(&self, edit: &Edit) {
        // What landed elsewhere is looked at at once; nobody is quicker than that here.
        if !self.unsettled {
            let mut truth = self.truth();
            self.office
                .google
                .book(&self.book, |book| edit.apply(book, &mut truth));
        }
    }

    /// A person does something between the next write and the read that it follows.
    pub fn edit_in_flight(&self, edit: &Edit) {
        let (truth, edit) = (Arc::clone(&self.truth), edit.clone());
        self.office.google.before_next_write(Box::new(move |book| {
            let mut truth = lock(&truth);
            // While something is being put back people move a column at most, and not over and
            // over.
            let moves = matches!(edit, Edit::MoveColumn { .. } | Edit::InsertColumn { .. });
            let once_more = moves && !truth.in_flight && !std::mem::replace(&mut truth.hasty, true);
            if !truth.quiet && (!truth.unsettled || once_more) {
                truth.log.push("    in flight:".to_owned());
                truth.in_flight = true;
                edit.apply(book, &mut truth);
            }
        }));
    }

    pub fn restart(&mut self) {
        // What was overwritten is remembered in memory only.
        if !self.unsettled && !self.late {
            self.sync = None;
            self.log("restart");
        }
    }

    /// Time goes by, and nothing else happens.
    pub fn later(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub fn wait(&mut self, seconds: i64) {
        if self.late && seconds >= LATE {
            self.land_late();
        }
        self.later(seconds);
    }

    /// What was sent and not answered arrives now.
    pub fn land_late(&mut self) {
        if std::mem::take(&mut self.late) {
            let statuses = self.office.google.apply_late();
            self.log(format!("late writes land: {statuses:?}"));
            self.unsettled = true;
            self.truth().unsettled = true;
        }
    }

    /// One sync, and the one that follows at once where a column moved. Answers whether it was
    /// quiet: fine, and nothing to write.
    pub async fn sync(&mut self, fault: Option<(Calls, Fault)>) -> bool {
        if self.sync.is_none() {
            self.sync = Some(self.new_sync().await);
        }
        for _ in 0..3 {
            self.later(1);
            let before = self.input();
            if let Some((calls, fault)) = fault {
                self.office.google.fault_on(calls, fault);
            }
            let sync = self.sync.as_mut().expect("a sync");
            let result = sync.step().await;
            let met = fault.is_some() && self.office.google.waiting_faults() == 0;
            self.office.google.clear_faults();
            self.log(format!("sync {fault:?}, met: {met}: {result:?}"));
            self.late |= met && matches!(fault, Some((_, Fault::ApplyLate)));
            let in_flight = std::mem::take(&mut self.truth().in_flight);
            let was_read = match &result {
                Ok(_) => true,
                // Only a write is answered so.
                Err(SyncFault::Sheet(_)) => {
                    met && !matches!(fault, Some((Calls::Reads | Calls::Any, _)))
                }
                Err(_) => false,
            };
            if was_read {
                self.read = Some(before);
            }
            if self.old.is_none() && was_read {
                let leads = self.leads().await;
                self.old = Some(
                    leads
                        .iter()
                        .filter(|l| l.lead.domain.is_some())
                        .map(|l| l.lead.id.to_string())
                        .collect(),
                );
            }
            self.unsettled = in_flight || (self.unsettled && result.is_err());
            let unsettled = self.unsettled;
            let mut truth = self.truth();
            truth.unsettled = unsettled;
            truth.hasty &= unsettled;
            drop(truth);
            match result {
                Ok(synced) if synced.again => {}
                Ok(synced) => return synced.writes == 0,
                Err(_) => return false,
            }
        }
        false
    }

    async fn new_sync(&self) -> SheetSync {
        let installation = self.store.installation().await.expect("a name");
        SheetSync::new(
            self.flow.clone(),
            self.lease.clone(),
            self.office.client.clone(),
            self.book.clone(),
            vec![String::new()],
            installation,
            SheetSettings {
                public_url: None,
                late_write: Duration::from_secs(LATE.unsigned_abs()),
            },
        )
    }

    /// Serves and starts the next leads, as the dispatcher would. Answers how many, or which was
    /// wrong.
    pub async fn start(&self, most: u32) -> Result<usize, String> {
        let rule = reuse::rule(&self.flow, &self.payer);
        let looked_up = self
            .store
            .look_up(&rule, None, u32::MAX, self.flow.clock.now())
            .await
            .expect("looked up");
        let reused = looked_up
            .iter()
            .filter(|lead| lead.served_from.is_some())
            .count();
        let store = &self.flow.store;
        let queued = store.queued(&self.payer, None, &[], most).await;
        let queued = queued.expect("read");
        for lead in &queued {
            let before = self.citedy.starts().len();
            start::start(&self.flow, &self.lease, lead.attempt, &self.payer)
                .await
                .expect("recorded");
            for start in &self.citedy.starts()[before..] {
                self.log(format!("start {start:?}"));
                self.is_allowed(start)?;
            }
        }
        Ok(queued.len() + reused)
    }

    /// The lead's id stood beside this domain in the last read, and an old row was approved.
    fn is_allowed(&self, start: &super::citedy::Start) -> Result<(), String> {
        let truth = self.truth();
        let header = truth.header;
        let lead = start.lead();
        let read = self.read.as_ref().ok_or("a start before any read")?;
        let stood = (header + 1..read.used_rows()).any(|row| {
            shown(read, header, row, "Lead ID") == lead
                && shown(read, header, row, "Domain") == start.domain
                && shown(read, header, row, "ICP") == start.icp
        });
        if !stood {
            return Err(format!("{start:?} did not stand so in the last read"));
        }
        let old = self.old.as_ref().is_some_and(|old| old.contains(lead));
        // What a person has typed over an old row is new.
        let old = old && start.domain.starts_with('o');
        if old && !truth.approved_all && !truth.approved.contains(lead) {
            return Err(format!("{start:?} is of an old row that nobody approved"));
        }
        Ok(())
    }

    /// Looks at the next runs; each has ended. Answers how many.
    pub async fn end(&self, most: u32) -> usize {
        let live = self
            .flow
            .store
            .live_runs(&self.payer, &[], most)
            .await
            .expect("read");
        for run in &live {
            await_result::look(&self.flow, run).await.expect("recorded");
        }
        if !live.is_empty() {
            self.log(format!("{} runs end", live.len()));
        }
        live.len()
    }

    /// People stop, and nothing goes wrong any more.
    pub fn be_quiet(&mut self) {
        self.truth().quiet = true;
        self.log("quiet");
        self.land_late();
        self.later(LATE + 20);
    }
}

fn lock(truth: &Mutex<Truth>) -> MutexGuard<'_, Truth> {
    truth.lock().unwrap_or_else(PoisonError::into_inner)
}
