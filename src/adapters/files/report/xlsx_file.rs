use std::io::{self, Write};

use rust_xlsxwriter::{
    Color, DocProperties, Format, FormatAlign, FormatBorder, Workbook, XlsxError,
};

use super::sheet::{MOST_COLUMNS, Table};
use super::{ReportSource, Summary};
use crate::lead::money::usd;
use crate::lead::rows::{LEADING, Layout};

const RESULTS: &str = "Warm leads";
const SUMMARY: &str = "Summary";
const LEADS: &str = "Leads";

/// Results, summary, and a line for each lead.
pub fn write(
    layout: &Layout,
    source: &mut dyn ReportSource,
    summary: &Summary,
    out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_author("warmsheet"));
    let header = header_format();
    let rows = results(&mut workbook, layout, source, &header)?;
    summary_sheet(&mut workbook, summary, rows, layout).map_err(other)?;
    leads(&mut workbook, source, &header)?;
    workbook.save_to_writer(out).map_err(other)
}

fn other(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => io::Error::other(error),
    }
}

fn header_format() -> Format {
    Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(0x1F_4E_4A))
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::VerticalCenter)
}

fn date_format() -> Format {
    Format::new()
        .set_num_format("yyyy-mm-dd hh:mm")
        .set_align(FormatAlign::Left)
}

fn results(
    workbook: &mut Workbook,
    layout: &Layout,
    source: &mut dyn ReportSource,
    header: &Format,
) -> io::Result<u64> {
    let keys = layout.columns().iter().take(MOST_COLUMNS - LEADING.len());
    let headers: Vec<String> = LEADING
        .iter()
        .map(|name| (*name).to_owned())
        .chain(keys.cloned())
        .collect();
    let widths = headers.iter().map(|name| width(name)).collect();
    let mut table = Table::new(workbook, RESULTS, headers, widths, header).map_err(other)?;
    let mut count = 0;
    while let Some(rows) = source.next_rows()? {
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
    table.end().map_err(other)?;
    Ok(count)
}

/// Characters that a column shows, by what its name says of its contents.
fn width(name: &str) -> f64 {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if name == "row" {
        6.0
    } else if name == "run_id" {
        20.0
    } else if has(&[
        "message",
        "draft",
        "rationale",
        "summary",
        "why",
        "evidence",
        "reason",
        "description",
        "text",
        "note",
    ]) {
        48.0
    } else if has(&[
        "url", "link", "email", "source", "subject", "title", "signal",
    ]) {
        32.0
    } else if has(&["score", "confidence", "count", "days", "credits"]) {
        12.0
    } else {
        (name.chars().count() as f64 + 4.0).clamp(16.0, 30.0)
    }
}

fn summary_sheet(
    workbook: &mut Workbook,
    summary: &Summary,
    rows: u64,
    layout: &Layout,
) -> Result<(), XlsxError> {
    let title = Format::new().set_bold().set_font_size(14);
    let bold = Format::new().set_bold();
    let warning = Format::new()
        .set_bold()
        .set_font_color(Color::RGB(0xB4_53_09));
    let date = date_format();
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
    let left_out = (layout.columns().len() + LEADING.len()).saturating_sub(MOST_COLUMNS);
    if left_out > 0 {
        let text = format!("{left_out} columns do not fit into a sheet; the JSON export has them");
        sheet.write_string_with_format(at + 3, 0, text, &warning)?;
    }
    Ok(())
}

fn leads(
    workbook: &mut Workbook,
    source: &mut dyn ReportSource,
    header: &Format,
) -> io::Result<()> {
    let columns = [
        ("lead_id", 16.0),
        ("domain", 30.0),
        ("status", 30.0),
        ("message", 60.0),
        ("run_id", 20.0),
        ("credits", 10.0),
        ("source", 20.0),
        ("updated (UTC)", 20.0),
    ];
    let date = date_format();
    let headers = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let widths = columns.iter().map(|(_, width)| *width).collect();
    let mut table = Table::new(workbook, LEADS, headers, widths, header).map_err(other)?;
    while let Some(page) = source.next_leads()? {
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
            cells.time(7, lead.updated, &date).map_err(other)?;
        }
    }
    table.end().map_err(other)
}
