//! Lists as text: every encoding, separator and way of quoting, whole and damaged.

use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use warmsheet::adapters::files::{List, read_list_from};

use crate::mutate::mutated;
use crate::run::fuzz;

const SEEDS: &[&[u8]] = &[
    b"Domain,ICP,Buyer roles,Max contacts,Deliver to,Run\nacme.com,vertical-saas,\"CMO, Founder\",3,,yes\nglobex.com,,,,,\n",
    b"sep=;\r\nCompany;Website;Notes\r\nAcme;https://www.acme.com/;\"said \"\"hi\"\"\r\nand left\"\r\nGlobex;globex.com;\r\n",
    b"acme.com\nglobex.com\n\n\ninitech.com",
    b"acme.com,globex.com,initech.com",
    b"Name\tURL\nAcme\tacme.com\nGlobex\t\"globex.com\n",
    b"\xef\xbb\xbfDomain\racme.com\rglobex.com\r",
    b"\xff\xfeD\0o\0m\0a\0i\0n\0\n\0a\0.\0d\0e\0\n\0",
    b"\0D\0o\0m\0a\0i\0n\0\n\0a\0.\0d\0e\0\n",
    b"Domain,Owner\nm\xfcnchen.de,J\xf6rg\n",
    b"Campaign 7\n\nDomain\nacme.com\n",
    b"lead_id,run_id,domain,row\nL1,r1,acme.com,1\n",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"",
];

/// Cells of a column that nobody reads; what is in them must not matter.
const NOTES: [&str; 7] = [
    "",
    "plain",
    "Jörg",
    "a \"quoted\" word",
    "two\nlines",
    "'",
    "=1+1",
];

const DOMAINS: [&str; 6] = [
    "acme.com",
    "https://www.globex.com/",
    "münchen.de",
    "not a domain",
    "acme.com/about",
    "initech.co.uk",
];

pub fn read(bytes: &[u8]) -> Result<List, warmsheet::adapters::files::ListError> {
    read_list_from("companies.csv", bytes)
}

/// What is true of every list, however damaged the file.
pub fn is_sound(list: &List, most_rows: usize) -> TestCaseResult {
    let mut last = 1;
    for row in &list.rows {
        prop_assert!(!row.domain.is_empty() && row.domain.trim() == row.domain);
        prop_assert!(row.row >= last, "row {} after {}", row.row, last);
        last = row.row;
    }
    prop_assert!(list.rows.len() <= most_rows, "{} rows", list.rows.len());
    let unticked = list
        .rows
        .iter()
        .filter(|row| row.run == Some(false))
        .count();
    let taken_in = list.clone().into_intake_rows().len();
    prop_assert_eq!(taken_in + unticked, list.rows.len());
    Ok(())
}

#[test]
fn a_damaged_text_is_read_or_refused_and_makes_no_rows_up() {
    fuzz("lists", 1_500, mutated(SEEDS), |bytes| {
        match read(&bytes) {
            // A cell needs at least one byte, and so does what parts it from the next.
            Ok(list) => {
                is_sound(&list, bytes.len().div_ceil(2))?;
                let lines = bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() + 1;
                prop_assert!(list.rows.iter().all(|row| row.row as usize <= lines));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        Ok(())
    });
}

#[derive(Clone, Copy, Debug)]
enum Saved {
    Utf8,
    Utf8Marked,
    Utf16Marked(bool),
    Utf16(bool),
    Windows,
}

impl Saved {
    fn bytes(self, text: &str) -> Vec<u8> {
        let wide = |big: bool, text: &str| -> Vec<u8> {
            let units = text.encode_utf16();
            units
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        match self {
            Saved::Utf8 => text.as_bytes().to_vec(),
            Saved::Utf8Marked => format!("\u{feff}{text}").into_bytes(),
            Saved::Utf16Marked(big) => wide(big, &format!("\u{feff}{text}")),
            Saved::Utf16(big) => wide(big, text),
            Saved::Windows => WINDOWS_1252.encode(text).0.into_owned(),
        }
    }
}

fn saved() -> impl Strategy<Value = Saved> {
    prop_oneof![
        Just(Saved::Utf8),
        Just(Saved::Utf8Marked),
        any::<bool>().prop_map(Saved::Utf16Marked),
        any::<bool>().prop_map(Saved::Utf16),
        Just(Saved::Windows),
    ]
}

/// How a program writes a table.
#[derive(Clone, Debug)]
struct Style {
    separator: u8,
    always_quoted: bool,
    windows_lines: bool,
    told: bool,
    saved: Saved,
    titled: bool,
}

fn style() -> impl Strategy<Value = Style> {
    (
        prop::sample::select(&b",;\t"[..]),
        any::<[bool; 4]>(),
        saved(),
    )
        .prop_map(
            |(separator, [always_quoted, windows_lines, told, titled], saved)| Style {
                separator,
                always_quoted,
                windows_lines,
                told,
                saved,
                titled,
            },
        )
}

fn write(style: &Style, rows: &[(&str, &str, u8)]) -> Vec<u8> {
    let mut out = Vec::new();
    if style.told {
        out.extend([&b"sep="[..], &[style.separator], b"\n"].concat());
    }
    if style.titled {
        out.extend(b"Campaign 7\n");
    }
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(style.separator)
        .quote_style(if style.always_quoted {
            csv::QuoteStyle::Always
        } else {
            csv::QuoteStyle::Necessary
        })
        .terminator(if style.windows_lines {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        })
        .from_writer(out);
    writer
        .write_record(["Notes", "Domain", "Max contacts"])
        .expect("written");
    for (domain, notes, contacts) in rows {
        writer
            .write_record([*notes, *domain, &contacts.to_string()])
            .expect("written");
    }
    let text = writer.into_inner().expect("written");
    style.saved.bytes(&String::from_utf8(text).expect("UTF-8"))
}

#[test]
fn a_valid_table_gives_one_row_for_each_of_its_rows_however_it_was_saved() {
    let row = (
        prop::sample::select(&DOMAINS[..]),
        prop::sample::select(&NOTES[..]),
        1..4_u8,
    );
    let inputs = (style(), prop::collection::vec(row, 1..30));
    fuzz("tables", 400, inputs, |(style, rows)| {
        let list = read(&write(&style, &rows)).map_err(|e| TestCaseError::fail(e.to_string()))?;
        is_sound(&list, rows.len())?;
        let seen: Vec<_> = list
            .rows
            .iter()
            .map(|row| (row.domain.as_str(), row.options.max_contacts.clone()))
            .collect();
        let meant: Vec<_> = rows
            .iter()
            .map(|(d, _, n)| (*d, Some(n.to_string())))
            .collect();
        prop_assert_eq!(seen, meant);
        Ok(())
    });
}
