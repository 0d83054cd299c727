//! One table of a workbook, row after row, within the limits of the format.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::lead::Cell;

/// Limits of the format: rows and columns a sheet, UTF-16 units a cell, links a sheet, bytes
/// a link.
const MOST_ROWS: u32 = 1_048_576;
pub const MOST_COLUMNS: usize = 16_384;
const LONGEST_TEXT: usize = 32_767;
const MOST_LINKS: u32 = 65_530;
const LONGEST_LINK: usize = 2_000;
/// From a spreadsheet's day 0 to the first of January 1970.
const DAYS_TO_1970: f64 = 25_569.0;
/// Stands where a text was cut.
const CUT: &str = " … [cut]";
/// Numbers with more digits than this lose some in a spreadsheet.
const EXACT: i64 = 999_999_999_999_999;

/// Writes rows; begins another sheet where one is full.
pub struct Table<'a> {
    workbook: &'a mut Workbook,
    name: &'static str,
    headers: Vec<String>,
    widths: Vec<f64>,
    header_format: &'a Format,
    sheet: usize,
    sheets: u32,
    next_row: u32,
    links: u32,
}

impl<'a> Table<'a> {
    pub fn new(
        workbook: &'a mut Workbook,
        name: &'static str,
        headers: Vec<String>,
        widths: Vec<f64>,
        header_format: &'a Format,
    ) -> Result<Self, XlsxError> {
        let mut table = Self {
            workbook,
            name,
            headers,
            widths,
            header_format,
            sheet: 0,
            sheets: 0,
            next_row: 0,
            links: 0,
        };
        table.begin_sheet()?;
        Ok(table)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        self.sheet = self.workbook.worksheets().len();
        self.links = 0;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        match self.sheets {
            1 => sheet.set_name(self.name)?,
            number => sheet.set_name(format!("{} {number}", self.name))?,
        };
        sheet.set_freeze_panes(1, 0)?;
        for ((header, width), column) in self.headers.iter().zip(&self.widths).zip(0_u16..) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, &*fitting(header), self.header_format)?;
        }
        self.next_row = 1;
        Ok(())
    }

    /// Begins the next row.
    pub fn row(&mut self) -> Result<Row<'_>, XlsxError> {
        if self.next_row == MOST_ROWS {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        let row = self.next_row;
        self.next_row += 1;
        Ok(Row {
            sheet: self.workbook.worksheet_from_index(self.sheet)?,
            row,
            links: &mut self.links,
        })
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.headers.len())
            .unwrap_or(u16::MAX)
            .saturating_sub(1);
        let last_row = self.next_row.saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        sheet.autofilter(0, 0, last_row, last)?;
        Ok(())
    }

    /// Must be called after the last row.
    pub fn end(mut self) -> Result<(), XlsxError> {
        self.end_sheet()
    }
}

/// A row under way.
pub struct Row<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    links: &'a mut u32,
}

impl Row<'_> {
    pub fn cell(&mut self, column: u16, cell: &Cell<'_>) -> Result<(), XlsxError> {
        match cell {
            Cell::Empty => Ok(()),
            Cell::Bool(value) => self.sheet.write_boolean(self.row, column, *value).map(drop),
            Cell::Number(number) => self.number(column, number),
            Cell::Text(text) => self.text(column, text),
        }
    }

    pub fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        if is_link(text) && *self.links < MOST_LINKS {
            *self.links += 1;
            if self.sheet.write_url(self.row, column, text).is_ok() {
                return Ok(());
            }
        }
        self.sheet
            .write_string(self.row, column, &*fitting(text))
            .map(drop)
    }

    pub fn whole(&mut self, column: u16, number: i64) -> Result<(), XlsxError> {
        self.sheet
            .write_number(self.row, column, number as f64)
            .map(drop)
    }

    /// A time as spreadsheets count it: days since the end of 1899, in UTC.
    pub fn time(
        &mut self,
        column: u16,
        time: DateTime<Utc>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let days = time.timestamp() as f64 / 86_400.0 + DAYS_TO_1970;
        self.sheet
            .write_number_with_format(self.row, column, days, format)
            .map(drop)
    }

    fn number(&mut self, column: u16, number: &serde_json::Number) -> Result<(), XlsxError> {
        // A long id stays exact as a text.
        let exact = number
            .as_i64()
            .is_none_or(|whole| (-EXACT..=EXACT).contains(&whole))
            && number
                .as_u64()
                .is_none_or(|whole| whole <= EXACT.unsigned_abs());
        match number.as_f64().filter(|float| exact && float.is_finite()) {
            Some(float) => self.sheet.write_number(self.row, column, float).map(drop),
            None => self.text(column, &number.to_string()),
        }
    }
}

/// A web address and nothing else; any other scheme stays plain text.
fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.len() <= LONGEST_LINK
        && text
            .bytes()
            .all(|b| b > b' ' && b != b'"' && b != b'<' && b != b'>' && b < 0x7f)
}

/// A text within the limits of a cell: without control characters, cut with a visible mark.
pub fn fitting(text: &str) -> Cow<'_, str> {
    let clean = if may_hold_forbidden(text) && text.contains(is_forbidden) {
        Cow::Owned(
            text.chars()
                .filter(|c| !is_forbidden(*c))
                .collect::<String>(),
        )
    } else {
        Cow::Borrowed(text)
    };
    // Bytes are never fewer than UTF-16 units, so most texts need no count.
    if clean.len() <= LONGEST_TEXT || clean.encode_utf16().count() <= LONGEST_TEXT {
        return clean;
    }
    let room = LONGEST_TEXT - CUT.encode_utf16().count();
    let mut units = 0;
    let kept = clean
        .char_indices()
        .find(|(_, c)| {
            units += c.len_utf16();
            units > room
        })
        .map_or(clean.len(), |(at, _)| at);
    Cow::Owned(format!("{}{CUT}", &clean[..kept]))
}

/// Whether a control character or the first byte of U+FFFE and U+FFFF stands anywhere. Looks at
/// every byte without stopping: that way it is done many bytes at a time.
fn may_hold_forbidden(text: &str) -> bool {
    text.bytes()
        .fold(false, |found, byte| found | (byte < 0x20) | (byte == 0xef))
}

fn is_forbidden(c: char) -> bool {
    (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{7f}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}
