use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;

use super::*;
use crate::flow::ports::{Payer, Source};
use crate::lead::LeadId;

/// A ledger in memory, in pages as a database gives them.
struct Book(Vec<LedgerEntry>);

#[async_trait]
impl LedgerStore for Book {
    async fn ledger(
        &self,
        _: &LedgerFilter,
        after: Option<&LedgerMark>,
        most: u32,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let rest = self.0.iter().filter(|entry| {
            after.is_none_or(|mark| {
                (entry.first_sent_at, &entry.key) > (mark.first_sent_at, &mark.key)
            })
        });
        Ok(rest.take(most as usize).cloned().collect())
    }

    async fn ledger_totals(&self, _: &LedgerFilter) -> Result<LedgerTotals, StoreError> {
        let mut totals = LedgerTotals::default();
        self.0.iter().for_each(|entry| totals.add(entry));
        Ok(totals)
    }
}

#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the sheet").extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn entry(n: i64, outcome: Outcome, charged: Option<i64>) -> LedgerEntry {
    let id = LeadId::random();
    LedgerEntry {
        key: format!("ws-{id}-1"),
        lead_id: id,
        attempt: 1,
        domain: Some(format!("company-{n}.com")),
        source: Source::Folder,
        source_name: "=cmd|' /C calc'!A0.csv".to_owned(),
        first_sent_at: chrono::DateTime::from_timestamp(1_800_000_000 + n, 0).expect("a time"),
        sent: 1,
        refusals: 0,
        settled_at: None,
        outcome,
        run_id: charged.map(|_| format!("run-{n}\u{1b}[2J")),
        reserved: if charged.is_none() { 40 } else { 0 },
        charged,
        payer: Payer {
            origin: "https://www.citedy.com".to_owned(),
            agent: "@agent".to_owned(),
        },
    }
}

/// More than two pages, one attempt of unknown outcome among them.
fn book() -> Book {
    let mut entries: Vec<LedgerEntry> = (0..1200)
        .map(|n| entry(n, Outcome::Started, Some(40)))
        .collect();
    entries[700] = entry(700, Outcome::Unknown, None);
    Book(entries)
}

async fn written(book: &Book, format: LedgerFormat) -> (String, LedgerTotals) {
    let sheet = Sheet::default();
    let totals = write_ledger(
        book,
        &LedgerFilter::default(),
        format,
        Box::new(sheet.clone()),
    )
    .await
    .expect("written");
    let bytes = sheet.0.lock().expect("the sheet").clone();
    (String::from_utf8(bytes).expect("UTF-8"), totals)
}

#[tokio::test]
async fn every_format_holds_every_attempt_once_and_the_same_totals() {
    let book = book();
    let expected = book
        .ledger_totals(&LedgerFilter::default())
        .await
        .expect("totals");
    assert_eq!((expected.charged, expected.reserved), (1199 * 40, 40));

    let (csv, totals) = written(&book, LedgerFormat::Csv).await;
    assert_eq!(totals, expected);
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let column = |name: &str, reader: &mut csv::Reader<&[u8]>| {
        let headers = reader.headers().expect("headers");
        headers
            .iter()
            .position(|header| header == name)
            .expect("a column")
    };
    let charged = column("charged", &mut reader);
    let records: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a record")).collect();
    assert_eq!(records.len(), 1200);
    let sum: i64 = records
        .iter()
        .filter_map(|r| r[charged].parse::<i64>().ok())
        .sum();
    assert_eq!(sum, expected.charged);

    let (json, totals) = written(&book, LedgerFormat::Json).await;
    assert_eq!(totals, expected);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["attempts"].as_array().expect("attempts").len(), 1200);
    assert_eq!(json["totals"]["charged"], expected.charged);
    assert_eq!(json["unknown"][0]["domain"], "company-700.com");

    let (table, _) = written(&book, LedgerFormat::Table).await;
    assert!(
        table.contains("1,200 attempts: 47,960 credits (479.60 USD) charged, 40 credits"),
        "{table}"
    );
}

#[tokio::test]
async fn no_cell_runs_as_a_formula_and_no_line_moves_the_cursor() {
    let book = Book(vec![entry(1, Outcome::Started, Some(40))]);
    let (csv, _) = written(&book, LedgerFormat::Csv).await;
    assert!(csv.contains(",'=cmd|' /C calc'!A0.csv,"), "{csv}");
    assert!(csv.contains(",'@agent"), "{csv}");
    let (table, _) = written(&book, LedgerFormat::Table).await;
    assert!(!table.contains('\u{1b}'), "{table}");
}
