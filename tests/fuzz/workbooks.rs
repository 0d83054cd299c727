//! Lists as workbooks: valid ones, ones with damaged bytes, and ones that are packed properly
//! around damaged parts.

use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;
use rust_xlsxwriter::{Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::lists::{is_sound, read};
use crate::mutate::{Edit, apply, edits, edits_with};
use crate::run::fuzz;

/// More rows than any damage to a list of a few rows can make.
const MANY: usize = 10_000;

/// What a workbook's parts are made of.
const XML: &[&[u8]] = &[
    b"<c r=\"A2\" t=\"s\"><v>0</v></c>",
    b"<c r=\"XFD1048576\"><v>1</v></c>",
    b"<c r=\"A99999999999\" t=\"inlineStr\"><is><t>acme.com</t></is></c>",
    b"<c r=\"ZZZZZZZZ1\"/>",
    b"<c r=\"\"/>",
    b"<c r=\"1A\"/>",
    b"<c r=\"A0\"><v>1</v></c>",
    b"<row r=\"4294967295\">",
    b"<row r=\"0\">",
    b"</row>",
    b"<row>",
    b" t=\"s\"",
    b" t=\"e\"",
    b" t=\"d\"",
    b" t=\"str\"",
    b" s=\"999999\"",
    b" s=\"-1\"",
    b"<v>99999999999</v>",
    b"<v>-1</v>",
    b"<v>1e400</v>",
    b"<v>NaN</v>",
    b"<v/>",
    b"<f>1+1</f>",
    b"<f t=\"shared\" si=\"0\" ref=\"A1:XFD1048576\">A1</f>",
    b"<si><r><t>a</t></r><rPh/></si>",
    b"<dimension ref=\"A1:XFD1048576\"/>",
    b"<dimension ref=\"XFD9:A1\"/>",
    b"<dimension ref=\"\"/>",
    b"<mergeCell ref=\"B9:A1\"/>",
    b"<!DOCTYPE a [<!ENTITY b \"bb\">]>&b;",
    b"&#x0;",
    b"&#xFFFFFFFF;",
    b"&amp",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
    b"date1904=\"1\"",
    b"_x0000_",
    b"_xD800_",
    b"numFmtId=\"14\"",
    b"r:id=\"rId99\"",
    b"Target=\"../../../etc/passwd\"",
    b"Target=\"\"",
];

fn saved(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .write(0, 0, "Read me")
        .expect("a cell");
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().expect("a workbook")
}

fn seed() -> &'static [u8] {
    static SEED: OnceLock<Vec<u8>> = OnceLock::new();
    SEED.get_or_init(|| {
        saved(|sheet| {
            for (row, domain) in ["Domain", "acme.com", "globex.com", "initech.com"]
                .into_iter()
                .enumerate()
            {
                let row = u32::try_from(row).expect("a row");
                sheet.write(row, 0, domain).expect("a cell");
                sheet.write(row, 1, f64::from(row) + 0.5).expect("a cell");
                sheet.write(row, 2, row == 1).expect("a cell");
                sheet.write_formula(row, 3, "=1+1").expect("a cell");
            }
            sheet
                .merge_range(5, 0, 5, 2, "merged.com", &Default::default())
                .expect("cells");
        })
    })
}

type Parts = Vec<(String, Vec<u8>)>;

fn parts() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| {
        let mut archive = ZipArchive::new(Cursor::new(seed())).expect("an archive");
        (0..archive.len())
            .map(|index| {
                let mut part = archive.by_index(index).expect("a part");
                let mut content = Vec::new();
                part.read_to_end(&mut content).expect("its content");
                (part.name().expect("a name").into_owned(), content)
            })
            .collect()
    })
}

fn packed(parts: &Parts) -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        out.start_file(name.as_str(), stored).expect("a part");
        out.write_all(content).expect("written");
    }
    out.finish().expect("an archive").into_inner()
}

#[test]
fn a_workbook_with_damaged_bytes_is_read_or_refused() {
    fuzz("workbook_bytes", 500, edits(), |edits| {
        let bytes = apply(seed().to_vec(), &edits, &[seed()]);
        if let Ok(list) = read(&bytes) {
            is_sound(&list, MANY)?;
        }
        Ok(())
    });
}

/// Damage to the sheet itself, where cells are, more often than to what surrounds it.
fn damage() -> impl Strategy<Value = Vec<(Index, bool, Vec<Edit>)>> {
    prop::collection::vec((any::<Index>(), any::<bool>(), edits_with(XML)), 1..3)
}

#[test]
fn a_workbook_with_damaged_parts_is_read_or_refused() {
    fuzz("workbook_parts", 400, damage(), |damage| {
        let mut parts = parts().clone();
        for (place, in_sheet, edits) in &damage {
            let telling = ["xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"];
            let at = if *in_sheet {
                let name = telling[place.index(telling.len())];
                parts
                    .iter()
                    .position(|(own, _)| own == name)
                    .expect("the part")
            } else {
                place.index(parts.len())
            };
            let content = std::mem::take(&mut parts[at].1);
            parts[at].1 = apply(content, edits, XML);
        }
        if let Ok(list) = read(&packed(&parts)) {
            is_sound(&list, MANY)?;
        }
        Ok(())
    });
}

#[derive(Clone, Debug)]
enum Typed {
    Blank,
    Text(String),
    Number(f64),
    Bool(bool),
}

impl Typed {
    fn shown(&self) -> String {
        match self {
            Typed::Blank => String::new(),
            Typed::Text(text) => text.trim().to_owned(),
            Typed::Number(number) => number.to_string(),
            Typed::Bool(yes) => yes.to_string(),
        }
    }
}

fn typed() -> impl Strategy<Value = Typed> {
    let texts = vec![
        "acme.com",
        " globex.com ",
        "not a domain",
        "=1+1",
        "münchen.de",
        "a&b<c>.de",
    ];
    prop_oneof![
        1 => Just(Typed::Blank),
        5 => prop::sample::select(texts).prop_map(|text| Typed::Text(text.to_owned())),
        1 => "\\PC{1,30}".prop_map(Typed::Text),
        1 => (-1_000_000_i32..1_000_000).prop_map(|n| Typed::Number(f64::from(n) / 8.0)),
        1 => any::<bool>().prop_map(Typed::Bool),
    ]
}

#[test]
fn a_valid_workbook_gives_one_row_for_each_filled_cell_below_its_header() {
    let rows = prop::collection::vec(typed(), 1..40);
    fuzz(
        "valid_workbooks",
        50,
        (rows, 0..5_u32, 0..200_u16),
        |(rows, header, column)| {
            let bytes = saved(|sheet| {
                sheet
                    .write(header, column, "Company domain")
                    .expect("a cell");
                for (row, cell) in (header + 1..).zip(&rows) {
                    match cell {
                        Typed::Blank => Ok(&mut *sheet),
                        Typed::Text(text) => sheet.write(row, column, text),
                        Typed::Number(number) => sheet.write(row, column, *number),
                        Typed::Bool(yes) => sheet.write(row, column, *yes),
                    }
                    .expect("a cell");
                }
            });
            let filled: Vec<(u32, String)> = (header + 2..)
                .zip(rows.iter().map(Typed::shown))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            let list = read(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let seen: Vec<_> = list
                .rows
                .iter()
                .map(|row| (row.row, row.domain.clone()))
                .collect();
            prop_assert_eq!(seen, filled);
            Ok(())
        },
    );
}
