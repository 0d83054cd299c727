//! Reports as files. Rows come in pages and leave as they come: memory does not grow with
//! their number.

mod column;
mod csv_file;
mod fitting;
mod json_file;
mod sheet;
mod xlsx_file;

use std::io::{self, Write};

use chrono::{DateTime, Utc};

use crate::flow::ports::ReportFormat;
use crate::lead::rows::Layout;
use crate::lead::{Status, StoredCells};

/// One row of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    pub lead_id: String,
    pub run_id: String,
    pub domain: String,
    /// Position in `exportRows`, from 1.
    pub row: u32,
    /// Where the values go is told by the layout's place for this shape.
    pub shape: i64,
    pub values: StoredCells,
}

/// What became of one lead, also of one without rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadLine {
    pub lead_id: String,
    /// As typed.
    pub domain: String,
    pub status: String,
    pub message: String,
    pub run_id: String,
    pub credits: i64,
    pub source: String,
    pub updated: DateTime<Utc>,
}

/// The report in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub made_at: DateTime<Utc>,
    pub by_status: Vec<(Status, u64)>,
    pub credits: i64,
    /// "Invented by the sandbox", say.
    pub note: Option<String>,
}

/// One part of a report, page by page, until there is `None`.
pub type Pages<T> = Box<dyn FnMut() -> io::Result<Option<Vec<T>>> + Send>;

/// Where a report's contents come from. A format asks for what it holds of them: one part after
/// the other, or both at the same time.
pub struct Contents {
    pub rows: Pages<ReportRow>,
    pub leads: Pages<LeadLine>,
}

/// Writes a whole report. CSV holds the result rows alone; XLSX and JSON also the summary and
/// a line for each lead.
pub fn write_report(
    format: ReportFormat,
    layout: &Layout,
    contents: Contents,
    summary: &Summary,
    out: Box<dyn Write + Send>,
) -> io::Result<()> {
    match format {
        ReportFormat::Xlsx => xlsx_file::write(layout, contents, summary, out),
        ReportFormat::Csv => csv_file::write(layout, contents.rows, out),
        ReportFormat::Json => json_file::write(layout, contents, summary, out),
    }
}

#[cfg(test)]
mod tests;
