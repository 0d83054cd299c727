//! One table of a workbook, row after row, within the limits of the format.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{
    Color, DocProperties, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use url::Url;

use super::column::Column;
use super::fitting::fitting;
use crate::lead::Cell;

/// Limits of the format: rows and columns a sheet, bytes a link.
pub const MOST_ROWS: u32 = 1_048_576;
pub const MOST_COLUMNS: usize = 16_384;
const LONGEST_LINK: usize = 2_000;
/// Links in a workbook. The format allows 65,530 a sheet, but the library holds every link until
/// the workbook is saved: that many took more than 100 MiB. Later ones are plain text.
pub const MOST_LINKS: u32 = 8_000;
/// Of 1 (fast) to 9 (small), 6 being the library's own choice: whoever waits for a download would rather
/// have it sooner than smaller.
const COMPRESSION: u8 = 3;
/// From a spreadsheet's day 0 to the first of January 1970.
const DAYS_TO_1970: f64 = 25_569.0;
/// Numbers with more digits than this lose some in a spreadsheet.
const EXACT: i64 = 999_999_999_999_999;

/// An empty workbook.
///
/// Nothing in it wraps: rows are written before their texts could be measured, so they carry no
/// height, and programs that do not measure them on opening (LibreOffice is one) draw the second
/// line of a cell over the next row.
pub fn workbook() -> Workbook {
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_author("warmsheet"));
    workbook.set_zip_compression_level(COMPRESSION);
    workbook
}

/// The looks of a sheet.
struct Formats {
    header: Format,
    link: Format,
    time: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            header: Format::new()
                .set_bold()
                .set_font_color(Color::White)
                .set_background_color(Color::RGB(0x1F_4E_4A))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter),
            link: Format::new().set_hyperlink(),
            time: Format::new()
                .set_num_format("yyyy-mm-dd hh:mm")
                .set_align(FormatAlign::Left),
        }
    }
}

/// Writes rows; begins another sheet where one is full. The sheets are not in the workbook yet:
/// several tables of one workbook can be written at the same time.
pub struct Table<'a> {
    workbook: &'a Mutex<Workbook>,
    name: &'static str,
    columns: Vec<Column>,
    formats: Formats,
    most_rows: u32,
    sheet: Worksheet,
    full: Vec<Worksheet>,
    next_row: u32,
    links: u32,
}

/// What a table came to.
pub struct Ended {
    /// In order, at least one; to be put into the workbook.
    pub sheets: Vec<Worksheet>,
    pub links: u32,
}

impl<'a> Table<'a> {
    /// `most_rows` a sheet, the header counted; [`MOST_ROWS`] outside tests.
    pub fn new(
        workbook: &'a Mutex<Workbook>,
        name: &'static str,
        columns: Vec<Column>,
        most_rows: u32,
    ) -> Result<Self, XlsxError> {
        let mut table = Self {
            sheet: new_sheet(workbook)?,
            workbook,
            name,
            columns,
            formats: Formats::new(),
            most_rows,
            full: Vec::new(),
            next_row: 0,
            links: 0,
        };
        table.begin_sheet()?;
        Ok(table)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = &mut self.sheet;
        match self.full.len() {
            0 => sheet.set_name(self.name)?,
            before => sheet.set_name(format!("{} {}", self.name, before + 1))?,
        };
        sheet.set_freeze_panes(1, 0)?;
        for (column, at) in self.columns.iter().zip(0_u16..) {
            sheet.set_column_width(at, column.width)?;
            let header = fitting(&column.header);
            sheet.write_string_with_format(0, at, &*header, &self.formats.header)?;
        }
        self.next_row = 1;
        Ok(())
    }

    /// Begins the next row.
    pub fn row(&mut self) -> Result<Row<'_>, XlsxError> {
        if self.next_row == self.most_rows {
            self.end_sheet()?;
            let next = new_sheet(self.workbook)?;
            self.full.push(std::mem::replace(&mut self.sheet, next));
            self.begin_sheet()?;
        }
        let row = self.next_row;
        self.next_row += 1;
        Ok(Row {
            sheet: &mut self.sheet,
            formats: &self.formats,
            row,
            links: &mut self.links,
        })
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.columns.len())
            .unwrap_or(u16::MAX)
            .saturating_sub(1);
        let last_row = self.next_row.saturating_sub(1);
        self.sheet.autofilter(0, 0, last_row, last)?;
        Ok(())
    }

    /// Must be called after the last row.
    pub fn end(mut self) -> Result<Ended, XlsxError> {
        self.end_sheet()?;
        self.full.push(self.sheet);
        Ok(Ended {
            sheets: self.full,
            links: self.links,
        })
    }
}

fn new_sheet(workbook: &Mutex<Workbook>) -> Result<Worksheet, XlsxError> {
    let mut workbook = workbook.lock().unwrap_or_else(PoisonError::into_inner);
    workbook.new_worksheet_with_constant_memory()
}

/// A row under way.
pub struct Row<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
    links: &'a mut u32,
}

impl Row<'_> {
    /// A value of a result; a web address becomes a link.
    pub fn cell(&mut self, column: u16, cell: &Cell<'_>) -> Result<(), XlsxError> {
        match cell {
            Cell::Empty => Ok(()),
            Cell::Bool(value) => self.sheet.write_boolean(self.row, column, *value).map(drop),
            Cell::Number(number) => self.number(column, number),
            Cell::Text(text) if *self.links < MOST_LINKS && is_link(text) => {
                self.link(column, text)
            }
            Cell::Text(text) => self.text(column, text),
        }
    }

    pub fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        self.sheet
            .write_string(self.row, column, &*fitting(text))
            .map(drop)
    }

    fn link(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        let format = &self.formats.link;
        match self
            .sheet
            .write_url_with_format(self.row, column, text, format)
        {
            Ok(_) => {
                *self.links += 1;
                Ok(())
            }
            // Whatever the library does not take for a link is still a text.
            Err(_) => self.text(column, text),
        }
    }

    pub fn whole(&mut self, column: u16, number: i64) -> Result<(), XlsxError> {
        self.sheet
            .write_number(self.row, column, number as f64)
            .map(drop)
    }

    /// A time as spreadsheets count it: days since the end of 1899, in UTC.
    pub fn time(&mut self, column: u16, time: DateTime<Utc>) -> Result<(), XlsxError> {
        let days = time.timestamp() as f64 / 86_400.0 + DAYS_TO_1970;
        let format = &self.formats.time;
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

/// A web address and nothing else; any other scheme stays plain text, and so does an address
/// with a user name, which is there to look like another site.
fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.len() <= LONGEST_LINK
        && text
            .bytes()
            .all(|b| b > b' ' && b != b'"' && b != b'<' && b != b'>' && b < 0x7f)
        && Url::parse(text).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
}
