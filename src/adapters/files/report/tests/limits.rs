//! What does not fit, and what fails on the way.

use super::*;

/// Pages of one row each with the same cells, and no leads.
fn rows(mut left: u32, cells: &'static str) -> Contents {
    let rows = move || {
        if left == 0 {
            return Ok(None);
        }
        left -= 1;
        Ok(Some(vec![ReportRow {
            lead_id: "L1".into(),
            run_id: "r1".into(),
            domain: "acme.com".into(),
            row: left,
            shape: 1,
            values: StoredCells::from_stored(cells.to_owned()),
        }]))
    };
    Contents {
        rows: Box::new(rows),
        leads: once(Vec::new()),
    }
}

fn nothing_else() -> (Layout, Summary) {
    let summary = Summary {
        made_at: DateTime::UNIX_EPOCH,
        by_status: Vec::new(),
        credits: 0,
        note: None,
    };
    (Layout::new([(1, vec!["url".to_owned()])]), summary)
}

#[test]
fn rows_beyond_a_sheet_go_on_in_another_and_the_summary_stays_second() {
    let (layout, summary) = nothing_else();
    let contents = rows(5, r#"["https://acme.com"]"#);
    let out = Shared::default();
    xlsx_file::write_sheets(&layout, contents, &summary, Box::new(out.clone()), 3)
        .expect("a report");
    let bytes = std::mem::take(&mut *out.0.lock().expect("the buffer"));
    let mut workbook = Xlsx::new(io::Cursor::new(bytes)).expect("a workbook");
    assert_eq!(
        workbook.sheet_names(),
        [
            "Warm leads",
            "Summary",
            "Leads",
            "Warm leads 2",
            "Warm leads 3"
        ]
    );
    let mut rows = Vec::new();
    for name in ["Warm leads", "Warm leads 2", "Warm leads 3"] {
        let sheet = workbook.worksheet_range(name).expect("the sheet");
        assert_eq!(
            sheet.get_value((0, 0)),
            Some(&Data::String("lead_id".into()))
        );
        rows.extend(sheet.rows().skip(1).map(|row| row[3].clone()));
    }
    assert_eq!(rows, [4.0, 3.0, 2.0, 1.0, 0.0].map(Data::Float));
}

#[test]
fn links_end_where_they_would_fill_the_memory_and_the_addresses_stay() {
    let (layout, summary) = nothing_else();
    let contents = rows(sheet::MOST_LINKS + 10, r#"["https://acme.com"]"#);
    let out = Shared::default();
    write_report(
        ReportFormat::Xlsx,
        &layout,
        contents,
        &summary,
        Box::new(out.clone()),
    )
    .expect("a report");
    let bytes = std::mem::take(&mut *out.0.lock().expect("the buffer"));
    let mut workbook = Xlsx::new(io::Cursor::new(bytes)).expect("a workbook");
    let links = workbook
        .hyperlinks_by_sheet_name("Warm leads")
        .expect("the sheet");
    assert_eq!(links.len(), sheet::MOST_LINKS as usize);
    let sheet = workbook.worksheet_range("Warm leads").expect("the sheet");
    assert_eq!(
        sheet.rows().next_back().expect("a row")[4],
        Data::String("https://acme.com".into())
    );
    let summary = workbook.worksheet_range("Summary").expect("the sheet");
    let told = |cell: &Data| cell.to_string().contains("plain text");
    assert!(summary.rows().flatten().any(told));
}

/// Takes everything and loses it at the end, as a buffer on a full disk does.
struct Full;

impl Write for Full {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_disk_that_is_full_at_the_very_end_is_no_success_in_any_format() {
    let (layout, summary) = nothing_else();
    for format in [ReportFormat::Xlsx, ReportFormat::Csv, ReportFormat::Json] {
        let contents = rows(1, "[1]");
        let written = write_report(format, &layout, contents, &summary, Box::new(Full));
        assert!(written.is_err(), "{format:?}");
    }
}

#[test]
fn a_workbook_library_that_panics_is_an_error_with_a_remedy() {
    fn panics<T>() -> Pages<T> {
        Box::new(|| panic!("couldn't write to the temporary file"))
    }
    let (layout, summary) = nothing_else();
    let in_rows = Contents {
        rows: panics(),
        ..rows(0, "[]")
    };
    let in_leads = Contents {
        leads: panics(),
        ..rows(5, "[1]")
    };
    for contents in [in_rows, in_leads] {
        let out = Box::new(io::sink());
        let error = write_report(ReportFormat::Xlsx, &layout, contents, &summary, out)
            .expect_err("no report");
        assert!(error.to_string().contains("full"), "{error}");
    }
}
