use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, XlsxError};

use super::column::Column;
use super::sheet::{self, Ended, MOST_COLUMNS, MOST_LINKS, MOST_ROWS, Table};
use super::{Contents, LeadLine, Pages, ReportRow, Summary};
use crate::lead::money::usd;
use crate::lead::rows::{LEADING, Layout};

const RESULTS: &str = "Warm leads";
const SUMMARY: &str = "Summary";
const LEADS: &str = "Leads";

/// Results, summary, and a line for each lead.
pub fn write(
    layout: &Layout,
    contents: Contents,
    summary: &Summary,
    out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let writing = || write_sheets(layout, contents, summary, out, MOST_ROWS);
    // The library keeps rows in temporary files and panics when one cannot be written. Nothing
    // that the panic may have left half done is used again.
    catch_unwind(AssertUnwindSafe(writing)).unwrap_or_else(|_| {
        let folder = std::env::temp_dir();
        Err(io::Error::other(format!(
            "the workbook could not be made; is the disk of {} full?",
            folder.display()
        )))
    })
}

/// `rows_a_sheet` is [`MOST_ROWS`] outside tests. The lines of leads are written beside the
/// results, in a thread of their own.
pub(super) fn write_sheets(
    layout: &Layout,
    contents: Contents,
    summary: &Summary,
    mut out: Box<dyn Write + Send>,
    rows_a_sheet: u32,
) -> io::Result<()> {
    let workbook = Mutex::new(sheet::workbook());
    let (results, leads) = thread::scope(|scope| {
        let leads = scope.spawn(|| leads(&workbook, contents.leads, rows_a_sheet));
        let results = results(&workbook, layout, contents.rows, rows_a_sheet);
        (
            results,
            leads.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let ((rows, results), leads) = (results?, leads?);
    let notes = notes(layout, &results);
    let mut workbook = workbook
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    // More sheets of results come last, so that the summary stays the second.
    let mut results = results.sheets.into_iter();
    if let Some(first) = results.next() {
        workbook.push_worksheet(first);
    }
    summary_sheet(&mut workbook, summary, rows, &notes).map_err(other)?;
    for sheet in leads.sheets.into_iter().chain(results) {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_writer(&mut out).map_err(other)?;
    // What a buffer still holds when it is dropped may fail unseen.
    out.flush()
}

fn other(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => io::Error::other(error),
    }
}

fn results(
    workbook: &Mutex<Workbook>,
    layout: &Layout,
    mut pages: Pages<ReportRow>,
    rows_a_sheet: u32,
) -> io::Result<(u64, Ended)> {
    let columns = LEADING
        .into_iter()
        .chain(layout.columns().iter().map(String::as_str))
        .take(MOST_COLUMNS)
        .map(Column::of_result)
        .collect();
    let mut table = Table::new(workbook, RESULTS, columns, rows_a_sheet).map_err(other)?;
    let mut count = 0;
    while let Some(rows) = pages()? {
        for row in rows {
            // A shape that came up after the columns were chosen is part of the next report.
            let Some(places) = layout.place(row.shape) else {
                continue;
            };
            let mut cells = table.row().map_err(other)?;
            cells.text(0, &row.lead_id).map_err(other)?;
            cells.text(1, &row.run_id).map_err(other)?;
            cells.text(2, &row.domain).map_err(other)?;
            cells.whole(3, row.row.into()).map_err(other)?;
            for (place, cell) in places.iter().zip(&row.values.read()?) {
                let column = LEADING.len() + place;
                if let Some(column) = u16::try_from(column).ok().filter(|_| column < MOST_COLUMNS) {
                    cells.cell(column, cell).map_err(other)?;
                }
            }
            count += 1;
        }
    }
    Ok((count, table.end().map_err(other)?))
}

/// What a reader of the workbook should know about its limits.
fn notes(layout: &Layout, results: &Ended) -> Vec<String> {
    let mut notes = Vec::new();
    let left_out = (layout.columns().len() + LEADING.len()).saturating_sub(MOST_COLUMNS);
    if left_out > 0 {
        notes.push(format!(
            "{left_out} columns do not fit into a sheet; the JSON export has them"
        ));
    }
    if results.sheets.len() > 1 {
        notes.push(format!(
            "The rows fill {} sheets; the others stand at the end",
            results.sheets.len()
        ));
    }
    if results.links == MOST_LINKS {
        notes.push(format!(
            "Addresses after the first {MOST_LINKS} links are plain text"
        ));
    }
    notes
}

fn summary_sheet(
    workbook: &mut Workbook,
    summary: &Summary,
    rows: u64,
    notes: &[String],
) -> Result<(), XlsxError> {
    let title = Format::new().set_bold().set_font_size(14);
    let bold = Format::new().set_bold();
    let warning = Format::new()
        .set_bold()
        .set_font_color(Color::RGB(0xB4_53_09));
    let date = Format::new()
        .set_num_format("yyyy-mm-dd hh:mm")
        .set_align(FormatAlign::Left);
    let sheet = workbook.add_worksheet();
    sheet.set_name(SUMMARY)?;
    sheet.set_column_width(0, 26)?;
    sheet.set_column_width(1, 24)?;
    sheet.write_string_with_format(0, 0, "warmsheet report", &title)?;
    let mut at = 1;
    if let Some(note) = &summary.note {
        sheet.write_string_with_format(at, 0, note, &warning)?;
        at += 1;
    }
    at += 1;
    sheet.write_string(at, 0, "Made (UTC)")?;
    sheet.write_datetime_with_format(at, 1, summary.made_at.naive_utc(), &date)?;
    sheet.write_string(at + 1, 0, "Result rows")?;
    sheet.write_number(at + 1, 1, rows as f64)?;
    sheet.write_string(at + 2, 0, "Credits")?;
    sheet.write_number(at + 2, 1, summary.credits as f64)?;
    sheet.write_string(at + 3, 0, "Cost")?;
    sheet.write_string(at + 3, 1, usd(summary.credits))?;
    at += 5;
    sheet.write_string_with_format(at, 0, "Leads", &bold)?;
    for (status, count) in &summary.by_status {
        at += 1;
        sheet.write_string(at, 0, status.as_str())?;
        sheet.write_number(at, 1, *count as f64)?;
    }
    let all: u64 = summary.by_status.iter().map(|(_, count)| count).sum();
    sheet.write_string_with_format(at + 1, 0, "all", &bold)?;
    sheet.write_number_with_format(at + 1, 1, all as f64, &bold)?;
    at += 2;
    for note in notes {
        at += 1;
        sheet.write_string_with_format(at, 0, note, &warning)?;
    }
    Ok(())
}

fn leads(
    workbook: &Mutex<Workbook>,
    mut pages: Pages<LeadLine>,
    rows_a_sheet: u32,
) -> io::Result<Ended> {
    let columns = vec![
        Column::new("lead_id", 16.0),
        Column::new("domain", 30.0),
        Column::new("status", 30.0),
        Column::new("message", 60.0),
        Column::new("run_id", 20.0),
        Column::new("credits", 10.0),
        Column::new("source", 20.0),
        Column::new("updated (UTC)", 20.0),
    ];
    let mut table = Table::new(workbook, LEADS, columns, rows_a_sheet).map_err(other)?;
    while let Some(page) = pages()? {
        for lead in page {
            let mut cells = table.row().map_err(other)?;
            for (column, text) in [
                (0, &lead.lead_id),
                (1, &lead.domain),
                (2, &lead.status),
                (3, &lead.message),
                (4, &lead.run_id),
                (6, &lead.source),
            ] {
                cells.text(column, text).map_err(other)?;
            }
            cells.whole(5, lead.credits).map_err(other)?;
            cells.time(7, lead.updated).map_err(other)?;
        }
    }
    table.end().map_err(other)
}
