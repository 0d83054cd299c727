//! The ledger as a file or a table: every attempt with what it cost, page by page.

mod csv_file;
mod json_file;
mod table;

use std::io::{self, Write};
use std::path::Path;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::atomic::AtomicFile;
use crate::flow::ports::{
    LedgerEntry, LedgerFilter, LedgerFormat, LedgerMark, LedgerStore, LedgerTotals, Outcome,
    ReportFault, StoreError,
};

const ENTRIES_A_PAGE: u32 = 500;
/// Pages that wait for the writer.
const PAGES: usize = 2;

/// One way to write a ledger down.
trait LedgerFile {
    fn entry(&mut self, entry: &LedgerEntry) -> io::Result<()>;

    /// `unknown`: once more the attempts that nobody has answered for.
    fn end(&mut self, totals: &LedgerTotals, unknown: &[LedgerEntry]) -> io::Result<()>;
}

fn begin(format: LedgerFormat, out: Box<dyn Write + Send>) -> io::Result<Box<dyn LedgerFile>> {
    Ok(match format {
        LedgerFormat::Table => Box::new(table::Table::begin(out)?),
        LedgerFormat::Csv => Box::new(csv_file::CsvFile::begin(out)?),
        LedgerFormat::Json => Box::new(json_file::JsonFile::begin(out)?),
    })
}

/// Writes the ledger as it is read, and answers what its attempts come to: the totals are
/// those of exactly the attempts that were written.
pub async fn write_ledger(
    store: &(dyn LedgerStore + '_),
    filter: &LedgerFilter,
    format: LedgerFormat,
    out: Box<dyn Write + Send>,
) -> Result<LedgerTotals, ReportFault> {
    let (sender, pages) = mpsc::channel(PAGES);
    let writing = spawn_blocking(move || write(begin(format, out)?, pages));
    let (written, fed) = tokio::join!(writing, feed(store, filter, sender));
    fed?;
    let broken = |error: &dyn std::fmt::Display| ReportFault::Write(error.to_string());
    written
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))
}

/// Replaces a file as a whole.
pub async fn write_ledger_file(
    store: &(dyn LedgerStore + '_),
    filter: &LedgerFilter,
    format: LedgerFormat,
    path: &Path,
) -> Result<LedgerTotals, ReportFault> {
    let broken = |error: io::Error| ReportFault::Write(format!("{}: {error}", path.display()));
    let file = AtomicFile::create(path).map_err(broken)?;
    let out = file.writer().map_err(broken)?;
    let totals = write_ledger(store, filter, format, Box::new(out)).await?;
    file.commit().map_err(broken)?;
    Ok(totals)
}

fn write(
    mut file: Box<dyn LedgerFile>,
    mut pages: mpsc::Receiver<Vec<LedgerEntry>>,
) -> io::Result<LedgerTotals> {
    let mut totals = LedgerTotals::default();
    let mut unknown = Vec::new();
    while let Some(page) = pages.blocking_recv() {
        for entry in page {
            file.entry(&entry)?;
            totals.add(&entry);
            if entry.outcome == Outcome::Unknown {
                unknown.push(entry);
            }
        }
    }
    file.end(&totals, &unknown)?;
    Ok(totals)
}

/// Reads ahead of the writer. Ends early when the writer has gone.
async fn feed(
    store: &(dyn LedgerStore + '_),
    filter: &LedgerFilter,
    pages: mpsc::Sender<Vec<LedgerEntry>>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.ledger(filter, after.as_ref(), ENTRIES_A_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(LedgerMark::at(last));
        if pages.send(page).await.is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
