use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek};
use std::panic::catch_unwind;

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader};
use zip::ZipArchive;

use super::{ListError, MOST_ROWS, Table};

/// Columns read of a sheet; a list has its domains further left.
const MOST_COLUMNS: u32 = 200;
/// Rows that may stand above the list itself: titles and a header.
const ABOVE: usize = 20;
/// A workbook that unpacks to more than this is a mistake or an attack, however small its file.
const LARGEST_UNPACKED: u64 = 256 * 1024 * 1024;

/// An old .xls, or the envelope that Excel puts around a protected .xlsx.
pub fn compound_file(bytes: &[u8]) -> ListError {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.windows(name.len()).any(|part| part == name) {
        ListError::Protected
    } else {
        ListError::OldExcel
    }
}

/// Every sheet of a workbook, in its order.
pub fn tables(bytes: &[u8]) -> Result<Vec<Table>, ListError> {
    check_unpacked(bytes, LARGEST_UNPACKED)?;
    // The library panics at some damage, such as a cell `A99999999999`. Nothing that it has left
    // half done is used again.
    catch_unwind(|| sheets(bytes, LARGEST_UNPACKED))
        .unwrap_or_else(|_| Err(ListError::Workbook("a part of it is damaged".to_owned())))
}

/// `most`: bytes of text in all cells together.
fn sheets(bytes: &[u8], most: u64) -> Result<Vec<Table>, ListError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
    let mut left = most;
    let mut tables = Vec::new();
    for name in workbook.sheet_names() {
        // A sheet of another kind (a chart) is no reason to refuse the others.
        if let Ok(cells) = workbook.worksheet_cells_reader(&name) {
            tables.push(table(cells, &mut left)?);
        }
    }
    Ok(tables)
}

fn refused(error: impl std::fmt::Display) -> ListError {
    ListError::Workbook(error.to_string())
}

/// Unpacks every part into nothing, because the sizes that a file declares need not be true.
fn check_unpacked(bytes: &[u8], most: u64) -> Result<(), ListError> {
    let mut parts = ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    let mut left = most;
    for index in 0..parts.len() {
        let part = parts.by_index(index).map_err(refused)?;
        // One byte more than may be, so that too much shows.
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(refused)?;
        left = left
            .checked_sub(unpacked)
            .ok_or(ListError::UnpacksTooLarge)?;
    }
    Ok(())
}

/// Takes the filled cells one by one: a sheet may hold a stray blank in its last corner, and
/// all that lies between is never made. `left` is what texts may still take: cells share one
/// text by its number, so that a small workbook can show a long one any number of times.
fn table(
    mut cells: XlsxCellReader<'_, impl Read + Seek>,
    left: &mut u64,
) -> Result<Table, ListError> {
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(refused)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if column >= MOST_COLUMNS || text.trim().is_empty() {
            continue;
        }
        *left = left
            .checked_sub(text.len() as u64)
            .ok_or(ListError::UnpacksTooLarge)?;
        let row = rows.entry(row.saturating_add(1)).or_default();
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = text;
        if rows.len() > MOST_ROWS + ABOVE {
            return Err(ListError::TooManyRows);
        }
    }
    Ok(rows.into_iter().collect())
}

/// A cell as a person reads it: the number 3 is "3", not "3.0".
fn text(cell: &DataRef) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // Rust writes 3.0 as "3" by itself.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year}-{month:02}-{day:02}"),
                _ => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::Error(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use rust_xlsxwriter::{Format, Workbook, Worksheet};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn saved(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        fill(workbook.add_worksheet());
        workbook.save_to_buffer().expect("a workbook")
    }

    #[test]
    fn a_stray_cell_in_the_last_corner_costs_no_memory() {
        let bytes = saved(|sheet| {
            sheet.write(0, 0, "Domain").expect("a cell");
            sheet.write(1, 0, "acme.com").expect("a cell");
            sheet.write(1_048_575, 16_383, "stray").expect("a cell");
            sheet.write(1_048_575, 0, " ").expect("a cell");
        });
        let table = tables(&bytes).expect("a workbook").remove(0);
        assert_eq!(
            table,
            [
                (1, vec!["Domain".to_owned()]),
                (2, vec!["acme.com".to_owned()]),
            ]
        );
    }

    #[test]
    fn cells_read_as_a_person_reads_them() {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let bytes = saved(|sheet| {
            sheet.write(0, 0, 3).expect("a cell");
            sheet.write(0, 1, 2.5).expect("a cell");
            sheet.write(0, 2, true).expect("a cell");
            sheet
                .write_with_format(0, 3, 45_943.0, &date)
                .expect("a cell");
        });
        let table = tables(&bytes).expect("a workbook").remove(0);
        assert_eq!(table[0].1, ["3", "2.5", "true", "2025-10-13"]);
    }

    #[test]
    fn a_workbook_that_unpacks_to_too_much_is_refused() {
        let bytes = saved(|sheet| {
            sheet.write(0, 0, "x".repeat(30_000)).expect("a cell");
        });
        assert!(bytes.len() < 20_000);
        assert_eq!(
            check_unpacked(&bytes, 20_000),
            Err(ListError::UnpacksTooLarge)
        );
        assert_eq!(check_unpacked(&bytes, 1_000_000), Ok(()));
    }

    #[test]
    fn a_long_text_that_many_cells_share_is_counted_for_each_of_them() {
        let bytes = saved(|sheet| {
            for row in 0..100 {
                sheet.write(row, 0, "x".repeat(1_000)).expect("a cell");
            }
        });
        assert_eq!(check_unpacked(&bytes, 50_000), Ok(()));
        assert_eq!(sheets(&bytes, 99_999), Err(ListError::UnpacksTooLarge));
        assert_eq!(sheets(&bytes, 100_000).expect("a workbook")[0].len(), 100);
    }

    // Where arithmetic is not checked the cell comes out somewhere instead.
    #[cfg(debug_assertions)]
    #[test]
    fn a_cell_beyond_all_counting_is_damage() {
        let bytes = saved(|sheet| {
            sheet.write(1, 0, 3).expect("a cell");
        });
        let damaged = repacked(&bytes, |_, content| {
            let text = String::from_utf8_lossy(&content);
            text.replace("\"A2\"", "\"ZZZZZZZZZZ2\"").into_bytes()
        });
        assert!(matches!(tables(&damaged), Err(ListError::Workbook(_))));
    }

    #[test]
    fn a_protected_workbook_is_told_from_an_old_one() {
        let name = "EncryptedPackage".encode_utf16();
        let envelope: Vec<u8> = name.flat_map(u16::to_le_bytes).collect();
        assert_eq!(compound_file(&envelope), ListError::Protected);
        assert_eq!(compound_file(b"\xd0\xcf\x11\xe0"), ListError::OldExcel);
    }

    /// The same workbook with one of its parts changed, packed properly again.
    fn repacked(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let mut parts = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..parts.len() {
            let mut part = parts.by_index(index).expect("a part");
            let mut content = Vec::new();
            part.read_to_end(&mut content).expect("its content");
            let name = part.name().expect("a name").into_owned();
            out.start_file(name.as_str(), SimpleFileOptions::default())
                .expect("a part");
            out.write_all(&change(&name, content)).expect("written");
        }
        out.finish().expect("an archive").into_inner()
    }

    proptest! {
        #[test]
        fn no_damage_inside_a_workbook_panics(
            part in 0..12_usize, at in any::<prop::sample::Index>(), new in "\\PC{0,3}", cut in 0..9_usize,
        ) {
            let bytes = saved(|sheet| {
                sheet.write(0, 0, "Domain").expect("a cell");
                sheet.write(1, 0, "acme.com").expect("a cell");
                sheet.write(1, 1, 3.5).expect("a cell");
            });
            let count = std::cell::Cell::new(0);
            let bytes = repacked(&bytes, |_, mut content| {
                count.set(count.get() + 1);
                if count.get() == part + 1 {
                    let at = at.index(content.len());
                    let end = content.len().min(at + cut);
                    content.splice(at..end, new.bytes());
                }
                content
            });
            let _ = tables(&bytes);
        }
    }
}
