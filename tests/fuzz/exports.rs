//! `exportRows` of any shape: nothing gets lost on the way to a file, and nothing in it runs.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use calamine::{Data, Reader, Xlsx};
use chrono::DateTime;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};
use warmsheet::adapters::files::{LeadLine, ReportRow, ReportSource, Summary, write_report};
use warmsheet::flow::ports::ReportFormat;
use warmsheet::lead::rows::{LEADING, result_rows};
use warmsheet::lead::{Cell, FlatRow, Layout, StoredCells};

use crate::run::fuzz;

const KEYS: [&str; 16] = [
    "company",
    "a",
    "a.b",
    "b",
    "b.c",
    "",
    " ",
    "(no name)",
    "(no name) (2)",
    "row",
    "lead_id",
    "result.row",
    "=1+1",
    "a (2)",
    "ключ",
    "Domain",
];

const TEXTS: [&str; 14] = [
    "",
    "Acme",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    " =1+1",
    "\t=1+1",
    "\r\n=1",
    "\0=1",
    "two\nlines",
    "a,\"b\";c",
    "https://acme.com",
    "=HYPERLINK(\"http://evil.example\")",
];

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        3 => prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => text,
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => fields(inner),
        ]
    })
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        4 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec((key, value), 0..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// Rows as promised, and now and then something else.
fn export_rows() -> impl Strategy<Value = Vec<Value>> {
    let row = prop_oneof![5 => fields(value()), 1 => value()];
    prop::collection::vec(row, 0..5)
}

/// The values at the ends of all branches, in their order; an empty list or object is one.
fn leaves<'v>(value: &'v Value, into: &mut Vec<&'v Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.values().for_each(|field| leaves(field, into));
        }
        other => into.push(other),
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items
            .iter()
            .any(|item| item.is_array() || item.is_object() || says_something(item)),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

/// Something that was said is somewhere in its cell.
fn is_told(leaf: &Value, cell: &Cell<'_>) -> bool {
    match (leaf, cell) {
        (Value::Null, Cell::Empty) => true,
        (Value::Bool(said), Cell::Bool(told)) => said == told,
        (Value::Number(said), Cell::Number(told)) => said == told,
        (Value::String(said), Cell::Text(told)) => said == told,
        (Value::Array(items), Cell::Text(told)) => items.iter().all(|item| match item {
            Value::String(said) => told.contains(said.as_str()) || told.contains(&item.to_string()),
            Value::Null => true,
            said => told.contains(&said.to_string()),
        }),
        (Value::Array(items), Cell::Empty) => items.is_empty(),
        (Value::Object(fields), Cell::Empty) => fields.is_empty(),
        _ => false,
    }
}

fn flattened(rows: &[Value], flat: &[FlatRow]) -> TestCaseResult {
    for (given, flat) in rows.iter().zip(flat) {
        let mut said = Vec::new();
        match given {
            // A row without anything is a row without cells.
            Value::Object(fields) if fields.is_empty() => {}
            other => leaves(other, &mut said),
        }
        prop_assert_eq!(said.len(), flat.cells.len());
        for (leaf, (key, cell)) in said.iter().zip(&flat.cells) {
            prop_assert!(is_told(leaf, cell), "{}: {} became {:?}", key, leaf, cell);
            prop_assert!(!key.trim().is_empty() && !LEADING.contains(&key.as_str()));
        }
        let mut keys: Vec<&String> = flat.cells.iter().map(|(key, _)| key).collect();
        keys.sort();
        prop_assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", keys);
    }
    Ok(())
}

#[test]
fn every_row_of_a_result_stays_a_row_and_every_value_stays_in_it() {
    fuzz("export_rows", 2_000, export_rows(), |rows| {
        let result = json!({"exportRows": rows});
        let flat = result_rows("completed", Some(&result), None, None);
        let says = |row: &FlatRow| {
            row.cells.iter().any(|(_, cell)| match cell {
                Cell::Text(text) => !text.trim().is_empty(),
                cell => *cell != Cell::Empty,
            })
        };
        prop_assert!(!flat.is_empty() && flat.iter().any(says));
        for row in &flat {
            let cells: Vec<Cell<'_>> = row.cells.iter().map(|(_, cell)| cell.clone()).collect();
            let stored = StoredCells::new(&cells).expect("JSON");
            prop_assert_eq!(stored.read().expect("cells"), cells);
        }
        // Where no row says anything, rows are made of all else that came.
        if rows.iter().any(says_something) {
            prop_assert_eq!(flat.len(), rows.len());
            flattened(&rows, &flat)?;
        }
        Ok(())
    });
}

#[test]
fn a_result_of_any_shape_has_a_row_to_show() {
    let result = prop_oneof![
        1 => value(),
        3 => (value(), value(), value(), export_rows()).prop_map(|(account, contacts, drafts, rows)| {
            json!({"account": account, "contacts": contacts, "drafts": drafts, "exportRows": rows})
        }),
    ];
    let status = prop::sample::select(vec!["completed", "blocked", "failed"]);
    let reason = prop::option::of(".{0,20}");
    fuzz(
        "results",
        1_000,
        (result, status, reason),
        |(result, status, reason)| {
            let rows = result_rows(status, Some(&result), reason.as_deref(), None);
            prop_assert!(rows.iter().any(|row| !row.cells.is_empty()));
            Ok(())
        },
    );
}

struct Once(Option<Vec<ReportRow>>, Option<Vec<LeadLine>>);

impl ReportSource for Once {
    fn next_rows(&mut self) -> io::Result<Option<Vec<ReportRow>>> {
        Ok(self.0.take())
    }

    fn next_leads(&mut self) -> io::Result<Option<Vec<LeadLine>>> {
        Ok(self.1.take())
    }
}

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
    let mut source = Once(Some(rows.collect()), None);
    write_report(
        format,
        &layout,
        &mut source,
        &summary,
        Box::new(out.clone()),
    )
    .expect("a report");
    std::mem::take(&mut *out.0.lock().expect("the buffer"))
}

fn flat_rows() -> impl Strategy<Value = Vec<FlatRow>> {
    export_rows()
        .prop_map(|rows| result_rows("completed", Some(&json!({"exportRows": rows})), None, None))
}

#[test]
fn no_text_of_a_result_is_a_formula_in_a_csv_file() {
    fuzz("csv_reports", 500, flat_rows(), |flat| {
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
    fuzz("xlsx_reports", 60, flat_rows(), |flat| {
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

#[test]
fn thousands_of_keys_that_collide_take_no_time() {
    let blank =
        |number: u32| (0..17).map(move |bit| if number >> bit & 1 == 0 { ' ' } else { '\t' });
    let fields: Map<String, Value> = (0..100_000)
        .map(|number| (blank(number).collect(), Value::from(number)))
        .collect();
    let result = json!({"exportRows": [fields]});
    let begun = std::time::Instant::now();
    let flat = result_rows("completed", Some(&result), None, None);
    assert_eq!(flat[0].cells.len(), 100_000);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
