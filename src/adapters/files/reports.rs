use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::atomic::AtomicFile;
use super::ledger::write_ledger;
use super::report::{Contents, LeadLine, Pages, ReportRow, Summary, write_report};
use crate::flow::Flow;
use crate::flow::guard::Guard;
use crate::flow::ports::{
    LeadFilter, LeadView, LedgerFilter, LedgerFormat, LedgerTotals, ReportFault, ReportFormat,
    Reports, StoreError, StoredRow,
};
use crate::flow::story::tell;
use crate::lead::rows::Layout;

const ROWS_A_PAGE: u32 = 100;
const LEADS_A_PAGE: u32 = 100;
/// Pages that wait for the writer: reading and writing overlap, memory stays small.
const PAGES: usize = 2;

/// Reports made from what is stored.
pub struct StoreReports {
    flow: Arc<Flow>,
    /// Says in every report that its contents are invented.
    sandbox: bool,
}

impl StoreReports {
    pub fn new(flow: Arc<Flow>, sandbox: bool) -> Self {
        Self { flow, sandbox }
    }

    async fn summary(&self, filter: &LeadFilter) -> Result<Summary, StoreError> {
        let store = &self.flow.store;
        let note = "Invented by the sandbox: no real people, nothing was charged";
        Ok(Summary {
            made_at: self.flow.clock.now(),
            by_status: store.counts(filter).await?,
            credits: store.credits(filter).await?,
            note: self.sandbox.then(|| note.to_owned()),
        })
    }
}

#[async_trait]
impl Reports for StoreReports {
    async fn write(
        &self,
        filter: &LeadFilter,
        format: ReportFormat,
        out: Box<dyn Write + Send>,
    ) -> Result<(), ReportFault> {
        let flow = &self.flow;
        let shapes = flow.store.shapes(filter).await?;
        let layout = Layout::new(shapes.into_iter().map(|shape| (shape.id, shape.keys)));
        let summary = self.summary(filter).await?;
        let guard = Guard::read(flow).await?;
        let (rows, row_pages) = mpsc::channel(PAGES);
        let (leads, lead_pages) = mpsc::channel(PAGES);
        let contents = Contents {
            rows: pages_of(row_pages),
            leads: pages_of(lead_pages),
        };
        let writing =
            spawn_blocking(move || write_report(format, &layout, contents, &summary, out));
        let feeding = async {
            tokio::try_join!(
                feed_rows(flow, filter, rows),
                feed_leads(flow, filter, &guard, leads)
            )
        };
        let (written, fed) = tokio::join!(writing, feeding);
        fed?;
        let broken = |error: &dyn std::fmt::Display| ReportFault::Write(error.to_string());
        written
            .map_err(|error| broken(&error))?
            .map_err(|error| broken(&error))
    }

    async fn write_ledger(
        &self,
        filter: &LedgerFilter,
        format: LedgerFormat,
        out: Box<dyn Write + Send>,
    ) -> Result<LedgerTotals, ReportFault> {
        write_ledger(&*self.flow.store, filter, format, out).await
    }
}

/// Reads rows ahead of the writer. Ends early when the writer has gone.
async fn feed_rows(
    flow: &Flow,
    filter: &LeadFilter,
    pages: mpsc::Sender<Vec<ReportRow>>,
) -> Result<(), StoreError> {
    let mut after = (0, 0);
    loop {
        let page = flow.store.result_rows(filter, after, ROWS_A_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = (last.lead_seq, last.row);
        let rows = page.into_iter().map(report_row).collect();
        if pages.send(rows).await.is_err() {
            return Ok(());
        }
    }
}

async fn feed_leads(
    flow: &Flow,
    filter: &LeadFilter,
    guard: &Guard,
    pages: mpsc::Sender<Vec<LeadLine>>,
) -> Result<(), StoreError> {
    let mut after = 0;
    while !pages.is_closed() {
        let page = flow.store.oldest_leads(filter, after, LEADS_A_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        let lines = page
            .into_iter()
            .map(|lead| lead_line(lead, guard))
            .collect();
        if pages.send(lines).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn report_row(row: StoredRow) -> ReportRow {
    ReportRow {
        lead_id: row.lead_id,
        run_id: row.run_id,
        domain: row.domain,
        row: row.row,
        shape: row.shape,
        values: row.cells,
    }
}

fn lead_line(lead: LeadView, guard: &Guard) -> LeadLine {
    let story = tell(&lead, guard);
    LeadLine {
        lead_id: lead.id.into(),
        domain: lead.input,
        status: story.status,
        message: story.message,
        run_id: lead.run_id.unwrap_or_default(),
        credits: lead.credits,
        source: match lead.source_name.as_str() {
            "" => lead.source.as_str().to_owned(),
            name => format!("{}: {}", lead.source.as_str(), lead.source.shown_name(name)),
        },
        updated: lead.updated_at,
    }
}

/// The writing thread's end of a channel.
fn pages_of<T: Send + 'static>(mut pages: mpsc::Receiver<Vec<T>>) -> Pages<T> {
    Box::new(move || Ok(pages.blocking_recv()))
}

/// Replaces a report file as a whole.
pub async fn write_report_file(
    reports: &dyn Reports,
    filter: &LeadFilter,
    format: ReportFormat,
    path: &Path,
) -> Result<(), ReportFault> {
    let broken = |error: io::Error| ReportFault::Write(format!("{}: {error}", path.display()));
    let file = AtomicFile::create(path).map_err(broken)?;
    let out = file.writer().map_err(broken)?;
    reports.write(filter, format, Box::new(out)).await?;
    file.commit().map_err(broken)
}
