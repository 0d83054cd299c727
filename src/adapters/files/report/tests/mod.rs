use std::sync::{Arc, Mutex};

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use super::*;
use crate::lead::rows::LEADING;

mod limits;

/// One page.
fn once<T: Send + 'static>(page: Vec<T>) -> Pages<T> {
    let mut page = Some(page);
    Box::new(move || Ok(page.take()))
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

/// A report of one row with these cells.
fn report(format: ReportFormat, cells: &[(&str, Value)]) -> Vec<u8> {
    let keys = cells.iter().map(|(key, _)| (*key).to_owned()).collect();
    let layout = Layout::new([(1, keys)]);
    let values: Vec<&Value> = cells.iter().map(|(_, value)| value).collect();
    let values = StoredCells::from_stored(serde_json::to_string(&values).expect("JSON"));
    let row = ReportRow {
        lead_id: "L1".into(),
        run_id: "r1".into(),
        domain: "acme.com".into(),
        row: 1,
        shape: 1,
        values,
    };
    let unknown = ReportRow {
        shape: 2,
        ..row.clone()
    };
    let lead = LeadLine {
        lead_id: "L1".into(),
        domain: "=acme.com".into(),
        status: "Done".into(),
        message: String::new(),
        run_id: "r1".into(),
        credits: 40,
        source: "form".into(),
        updated: DateTime::UNIX_EPOCH,
    };
    let summary = Summary {
        made_at: DateTime::UNIX_EPOCH,
        by_status: vec![(Status::Completed, 1)],
        credits: 40,
        note: Some("invented".into()),
    };
    let out = Shared::default();
    let contents = Contents {
        rows: once(vec![row, unknown]),
        leads: once(vec![lead]),
    };
    write_report(format, &layout, contents, &summary, Box::new(out.clone())).expect("a report");
    std::mem::take(&mut *out.0.lock().expect("the buffer"))
}

fn workbook(cells: &[(&str, Value)]) -> Xlsx<io::Cursor<Vec<u8>>> {
    Xlsx::new(io::Cursor::new(report(ReportFormat::Xlsx, cells))).expect("a workbook")
}

fn row(cells: &[(&str, Value)]) -> Vec<Data> {
    let sheet = workbook(cells)
        .worksheet_range("Warm leads")
        .expect("the sheet");
    assert_eq!(
        sheet.height(),
        2,
        "a header and the one row of a known shape"
    );
    sheet.rows().nth(1).expect("the row").to_vec()
}

#[test]
fn a_workbook_has_results_summary_and_leads_in_this_order() {
    let mut workbook = workbook(&[("name", json!("Acme"))]);
    assert_eq!(workbook.sheet_names(), ["Warm leads", "Summary", "Leads"]);
    let results = workbook.worksheet_range("Warm leads").expect("the sheet");
    let header: Vec<String> = results
        .rows()
        .next()
        .expect("a header")
        .iter()
        .map(Data::to_string)
        .collect();
    assert_eq!(header[..4], LEADING.map(str::to_owned));
    let leads = workbook.worksheet_range("Leads").expect("the sheet");
    assert_eq!(
        leads.get_value((1, 1)),
        Some(&Data::String("=acme.com".into()))
    );
}

#[test]
fn numbers_stay_numbers_texts_stay_texts_and_nothing_runs() {
    let cells = row(&[
        ("formula", json!("=1+1")),
        ("plus", json!("+1 555")),
        ("number", json!(1.5)),
        ("yes", json!(true)),
        ("none", json!(null)),
        ("long id", json!(12_345_678_901_234_567_u64)),
        ("script", json!("javascript:alert(1)")),
    ]);
    assert_eq!(cells[4], Data::String("=1+1".into()));
    assert_eq!(cells[5], Data::String("+1 555".into()));
    assert_eq!(cells[6], Data::Float(1.5));
    assert_eq!(cells[7], Data::Bool(true));
    assert_eq!(cells[8], Data::Empty);
    assert_eq!(cells[9], Data::String("12345678901234567".into()));
    assert_eq!(cells[10], Data::String("javascript:alert(1)".into()));
}

#[test]
fn a_text_too_long_for_excel_is_cut_with_a_mark_counted_as_excel_counts() {
    for text in ["x".repeat(40_000), "😀".repeat(20_000)] {
        let cells = row(&[("long", json!(text))]);
        let Data::String(cut) = &cells[4] else {
            panic!("no text: {:?}", cells[4]);
        };
        assert!(cut.ends_with("[cut]"));
        assert!(cut.encode_utf16().count() <= 32_767);
    }
}

#[test]
fn control_characters_are_left_out_and_line_ends_kept() {
    let cells = row(&[("odd", json!("a\u{0}b\u{1b}c\nd\u{ffff}e\r\nf\rg"))]);
    assert_eq!(cells[4], Data::String("abc\nde\nf\ng".into()));
}

#[test]
fn no_cell_wraps_because_its_second_line_would_lie_over_the_next_row() {
    let mut workbook = workbook(&[
        ("roles", json!("CMO\nFounder")),
        ("draft_body", json!("x".repeat(500))),
        ("site", json!("https://acme.com")),
    ]);
    let styles = workbook.worksheet_style("Warm leads").expect("the sheet");
    for column in 0..7 {
        let wraps = styles
            .get((1, column))
            .and_then(|style| style.alignment.as_ref())
            .is_some_and(|alignment| alignment.wrap_text);
        assert!(!wraps, "column {column}");
    }
}

#[test]
fn only_plain_web_addresses_become_links() {
    let mut workbook = workbook(&[
        ("site", json!("https://acme.com/a?b=c#d")),
        ("posing", json!("https://acme.com@evil.example/")),
        ("nowhere", json!("https://")),
        ("inside", json!("see https://acme.com")),
        ("script", json!("javascript:alert(1)")),
    ]);
    let links = workbook
        .hyperlinks_by_sheet_name("Warm leads")
        .expect("the sheet");
    assert_eq!(links.len(), 1, "{links:?}");
    assert!(links[0].contains(1, 4), "{links:?}");
}

#[test]
fn csv_is_safe_to_open_in_excel() {
    let bytes = report(
        ReportFormat::Csv,
        &[
            ("=key", json!("=cmd|' /C calc'!A0")),
            ("at", json!("@SUM(1)")),
            ("number", json!(-5)),
            ("quote", json!("a \"b\", c\nd")),
            ("blank", json!(" =1")),
        ],
    );
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.starts_with('\u{feff}'));
    let mut csv = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(csv.headers().expect("a header")[4], *"'=key");
    let row = csv.records().next().expect("a row").expect("well formed");
    assert_eq!(&row[4], "'=cmd|' /C calc'!A0");
    assert_eq!(&row[5], "'@SUM(1)");
    assert_eq!(&row[6], "-5");
    assert_eq!(&row[7], "a \"b\", c\nd");
    assert_eq!(&row[8], "' =1");
}

#[test]
fn json_holds_rows_leads_and_summary() {
    let bytes = report(
        ReportFormat::Json,
        &[("name", json!("Acme")), ("n", json!(2))],
    );
    let report: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        report["rows"],
        json!([{"lead_id": "L1", "run_id": "r1", "domain": "acme.com", "row": 1, "name": "Acme", "n": 2}])
    );
    assert_eq!(report["leads"][0]["credits"], 40);
    assert_eq!(report["summary"]["leads"]["completed"], 1);
    assert_eq!(report["summary"]["note"], "invented");
}
