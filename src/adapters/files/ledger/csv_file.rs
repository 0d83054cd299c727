use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::LedgerFile;
use crate::adapters::files::BYTE_ORDER_MARK;
use crate::adapters::files::harmless::harmless;
use crate::flow::ports::{LedgerEntry, LedgerTotals};

const COLUMNS: [&str; 16] = [
    "first_sent_at",
    "key",
    "lead_id",
    "attempt",
    "domain",
    "source",
    "source_name",
    "outcome",
    "charged",
    "reserved",
    "sent",
    "refusals",
    "settled_at",
    "run_id",
    "origin",
    "agent",
];

/// Attempts and nothing else: the sum of the column `charged` is the ledger's.
pub struct CsvFile {
    csv: csv::Writer<Box<dyn Write + Send>>,
}

impl CsvFile {
    pub fn begin(mut out: Box<dyn Write + Send>) -> io::Result<Self> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS)?;
        Ok(Self { csv })
    }
}

impl LedgerFile for CsvFile {
    fn entry(&mut self, entry: &LedgerEntry) -> io::Result<()> {
        let number = |number: i64| number.to_string();
        let record: [String; COLUMNS.len()] = [
            time(entry.first_sent_at),
            entry.key.clone(),
            entry.lead_id.to_string(),
            number(entry.attempt),
            text(entry.domain.as_deref()),
            entry.source.as_str().to_owned(),
            text(Some(&entry.source_name)),
            entry.outcome.as_str().to_owned(),
            entry.charged.map(number).unwrap_or_default(),
            number(entry.reserved),
            number(entry.sent),
            number(entry.refusals),
            entry.settled_at.map(time).unwrap_or_default(),
            text(entry.run_id.as_deref()),
            text(Some(&entry.payer.origin)),
            text(Some(&entry.payer.agent)),
        ];
        Ok(self.csv.write_record(&record)?)
    }

    fn end(&mut self, _: &LedgerTotals, _: &[LedgerEntry]) -> io::Result<()> {
        self.csv.flush()
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn text(text: Option<&str>) -> String {
    harmless(text.unwrap_or_default()).into_owned()
}
