use proptest::prelude::*;

use super::*;

fn domains(bytes: &[u8]) -> Vec<String> {
    let list = read_list("companies.csv", bytes).expect("a list");
    list.rows.into_iter().map(|row| row.domain).collect()
}

fn fault(bytes: &[u8]) -> ListError {
    read_list("companies.csv", bytes).expect_err("no list")
}

#[test]
fn one_domain_a_line_is_a_list() {
    assert_eq!(
        domains(b"acme.com\n\n  globex.com \r\ninitech.com"),
        ["acme.com", "globex.com", "initech.com"]
    );
    assert_eq!(domains(b"acme.com"), ["acme.com"]);
    assert_eq!(
        domains(b"acme.com, globex.com,initech.com,\n"),
        ["acme.com", "globex.com", "initech.com"]
    );
    assert_eq!(domains(b"acme.com,Acme Inc\n"), ["acme.com"]);
    assert_eq!(
        domains(b"my companies\nacme.com\nglobex.com"),
        ["acme.com", "globex.com"]
    );
    assert_eq!(
        domains(b"acme.com\nnot a domain\nglobex.com"),
        ["acme.com", "not a domain", "globex.com"]
    );
}

#[test]
fn a_domain_column_is_found_by_each_of_its_names_in_any_place() {
    for header in [
        "Domain",
        "WEBSITE",
        "company_domain",
        "URL",
        "Company Website",
        "Home page",
    ] {
        let text = format!("Name,{header},Note\nAcme,acme.com,x.com\nGlobex,globex.com,y.com");
        assert_eq!(
            domains(text.as_bytes()),
            ["acme.com", "globex.com"],
            "{header}"
        );
    }
}

#[test]
fn a_title_above_the_header_and_blank_rows_do_not_matter() {
    let text =
        b"Our targets,,\n,,\nCompany,Website,Drafts\nAcme,acme.com,2\n,,\nGlobex,globex.com,";
    let list = read_list("x.csv", text).expect("a list");
    assert_eq!(list.rows.len(), 2);
    assert_eq!(list.rows[0].row, 4);
    assert_eq!(list.rows[0].options.drafts.as_deref(), Some("2"));
    assert_eq!(list.rows[1].options.drafts, None);
}

#[test]
fn rows_are_numbered_as_an_editor_numbers_lines() {
    let numbers = |text: &str| -> Vec<u32> {
        let list = read_list("x.csv", text.as_bytes()).expect("a list");
        list.rows.iter().map(|row| row.row).collect()
    };
    let lines = ["Domain", "", "", "acme.com", "", "globex.com", ""];
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(numbers(&lines.join(end)), [4, 6], "{end:?}");
    }
    assert_eq!(numbers("sep=;\r\nDomain\r\n\r\nacme.com\r\n"), [4]);
    assert_eq!(
        numbers("Name,Domain\n\"A\n\nB\",acme.com\nC,globex.com"),
        [2, 5]
    );
}

#[test]
fn a_quote_that_nobody_closed_hides_no_row() {
    assert_eq!(
        domains(b"Name,Domain\n\"Acme,acme.com\nG,globex.com\n\"I\",initech.com\n"),
        ["acme.com", "globex.com", "initech.com"]
    );
    assert_eq!(
        domains(b"Domain\nacme.com\n\"globex.com\ninitech.com"),
        ["acme.com", "globex.com", "initech.com"]
    );
}

#[test]
fn every_separator_and_excels_own_line_is_understood() {
    for text in [
        "Name,Domain\n\"Acme; Inc\",acme.com\n",
        "Name;Domain\n\"Acme, Inc\";acme.com\n",
        "Name\tDomain\nAcme, Inc\tacme.com\n",
        "sep=;\r\nName;Domain\r\nAcme;acme.com\r\n",
        "Name,Domain\n\"Acme\nInc\",acme.com\n",
    ] {
        assert_eq!(domains(text.as_bytes()), ["acme.com"], "{text:?}");
    }
}

#[test]
fn every_encoding_that_excel_saves_is_understood() {
    let text = "Firma;Webseite\nMüller;müller.de\n";
    let utf_16 = |little: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    let windows: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin"))
        .collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [b"\xff\xfe".to_vec(), utf_16(true)].concat(),
        [b"\xfe\xff".to_vec(), utf_16(false)].concat(),
        utf_16(true),
        utf_16(false),
        windows,
    ] {
        assert_eq!(domains(&bytes), ["müller.de"], "{bytes:?}");
    }
}

#[test]
fn a_workbook_is_read_with_whole_numbers_and_its_run_column() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook
        .add_worksheet()
        .write(0, 0, "Notes")
        .expect("a cell");
    let sheet = workbook.add_worksheet();
    for (column, header) in ["Company", "Domain", "Max contacts", "Run"]
        .iter()
        .enumerate()
    {
        sheet.write(2, column as u16, *header).expect("a cell");
    }
    for (row, domain, run) in [(3, "acme.com", true), (4, "globex.com", false)] {
        sheet.write(row, 1, domain).expect("a cell");
        sheet.write(row, 2, 3).expect("a cell");
        sheet.write(row, 3, run).expect("a cell");
    }
    let bytes = workbook.save_to_buffer().expect("a workbook");
    let list = read_list("companies.xlsx", &bytes).expect("a list");
    assert_eq!(list.rows.len(), 2);
    assert_eq!(list.rows[0].row, 4);
    assert_eq!(list.rows[0].options.max_contacts.as_deref(), Some("3"));
    let may_start = list.into_intake_rows();
    assert_eq!(may_start.len(), 1, "only ticked rows start");
    assert_eq!(may_start[0].domain, "acme.com");
}

#[test]
fn a_row_names_the_spreadsheet_that_its_results_go_to() {
    for header in ["Deliver to", "deliver_to", "DELIVER TO:"] {
        let text = format!("Domain,{header}\nacme.com, 1AbC#Companies \nglobex.com,\n");
        let list = read_list("x.csv", text.as_bytes()).expect("a list");
        let rows = list.into_intake_rows();
        let named: Vec<_> = rows.iter().map(|row| row.deliver_to.as_deref()).collect();
        assert_eq!(named, [Some("1AbC#Companies"), None], "{header}");
    }
}

#[test]
fn our_own_reports_are_never_lists() {
    let report = b"\xef\xbb\xbflead_id,run_id,domain,row,name\nL1,r,acme.com,1,A\n";
    assert_eq!(fault(report), ListError::OwnReport);
    assert_eq!(
        read_list("a.csv.results.xlsx", b"acme.com"),
        Err(ListError::OwnReport)
    );
    for name in [
        "a.csv.results.xlsx",
        "a.csv.error.txt",
        "~$a.xlsx",
        ".warmsheet-x.csv",
        "a.txt",
        "a",
    ] {
        assert!(!is_list_name(name), "{name}");
    }
    for name in ["a.csv", "A.XLSX", "results.xlsx"] {
        assert!(is_list_name(name), "{name}");
    }
}

#[test]
fn what_is_no_list_is_refused_with_a_remedy() {
    assert_eq!(fault(b""), ListError::Empty);
    assert_eq!(fault(b" \n,,\n"), ListError::Empty);
    assert_eq!(fault(&[0xd0, 0xcf, 0x11, 0xe0, 0, 0]), ListError::OldExcel);
    assert!(matches!(
        fault(b"PK\x03\x04 nonsense"),
        ListError::Workbook(_)
    ));
    assert_eq!(
        fault(&[0x7f, b'E', b'L', b'F', 0, 1, 2, 0, 0, 3, 4]),
        ListError::Binary
    );
    let error = fault(b"Name,Town\nAcme,Berlin\nGlobex,Springfield");
    assert!(error.to_string().contains("Name, Town"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_list("companies.csv", &bytes);
    }

    #[test]
    fn no_text_panics(text in "([a-z.,;\"\t\n ]|sep=|Domain|acme\\.com){0,60}") {
        let _ = read_list("companies.csv", text.as_bytes());
    }
}
