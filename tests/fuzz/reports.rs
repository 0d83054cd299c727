//! Results of any shape as files: nothing in them runs.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use calamine::{Data, Reader, Xlsx};
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::json;
use warmsheet::adapters::files::{Contents, ReportRow, Summary, write_report};
use warmsheet::flow::ports::ReportFormat;
use warmsheet::lead::rows::result_rows;
use warmsheet::lead::{Cell, FlatRow, Layout, StoredCells};

use crate::exports::export_rows;
use crate::run::fuzz;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the buffer").extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn report(format: ReportFormat, flat: &[FlatRow]) -> Vec<u8> {
    let keys = |row: &FlatRow| row.cells.iter().map(|(key, _)| key.clone()).collect();
    let layout = Layout::new((1..).zip(flat).map(|(shape, row)| (shape, keys(row))));
    let rows = (1..).zip(flat).map(|(number, row)| {
        let cells: Vec<Cell<'_>> = row.cells.iter().map(|(_, cell)| cell.clone()).collect();
        ReportRow {
            lead_id: "L7K3QF9XM2TDA".into(),
            run_id: "=1+1".into(),
            domain: "acme.com".into(),
            row: number,
            shape: number.into(),
            values: StoredCells::new(&cells).expect("JSON"),
        }
    });
    let summary = Summary {
        made_at: DateTime::UNIX_EPOCH,
        by_status: Vec::new(),
        credits: 40,
        note: None,
    };
    let out = Shared::default();
    let mut rows = Some(rows.collect());
    let contents = Contents {
        rows: Box::new(move || Ok(rows.take())),
        leads: Box::new(|| Ok(None)),
    };
    write_report(format, &layout, contents, &summary, Box::new(out.clone())).expect("a report");
    std::mem::take(&mut *out.0.lock().expect("the buffer"))
}

fn flat_rows() -> impl Strategy<Value = Vec<FlatRow>> {
    export_rows()
        .prop_map(|rows| result_rows("completed", Some(&json!({"exportRows": rows})), None, None))
}

#[test]
fn no_text_of_a_result_is_a_formula_in_a_csv_file() {
    fuzz("csv_reports", 200, flat_rows(), |flat| {
        let bytes = report(ReportFormat::Csv, &flat);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&bytes[3..]);
        let records = reader.records().collect::<Result<Vec<_>, _>>();
        let records = records.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(records.len(), flat.len() + 1);
        for field in records.iter().flatten() {
            let text = field.trim_start_matches(' ');
            let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            prop_assert!(!runs || field.parse::<f64>().is_ok(), "{:?}", field);
        }
        Ok(())
    });
}

#[test]
fn no_text_of_a_result_is_a_formula_in_a_workbook() {
    fuzz("xlsx_reports", 40, flat_rows(), |flat| {
        let bytes = report(ReportFormat::Xlsx, &flat);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let formulas = book.worksheet_formula("Warm leads").expect("the sheet");
        prop_assert!(formulas.is_empty());
        let sheet = book.worksheet_range("Warm leads").expect("the sheet");
        prop_assert_eq!(sheet.height(), flat.len() + 1);
        let shown: Vec<String> = sheet.rows().flatten().map(Data::to_string).collect();
        for cell in flat.iter().flat_map(|row| &row.cells) {
            if let (_, Cell::Text(text)) = cell
                && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
            {
                prop_assert!(
                    shown.iter().any(|own| own == &**text) || text.is_empty(),
                    "{}",
                    text
                );
            }
        }
        Ok(())
    });
}
