use std::io::{self, BufWriter, Write};

use super::LedgerFile;
use crate::flow::ports::{LedgerEntry, LedgerTotals, Source};
use crate::lead::money::{grouped, usd};
use crate::lead::printable::printable;

/// Lines for a terminal, totals below.
pub struct Table {
    out: BufWriter<Box<dyn Write + Send>>,
}

impl Table {
    pub fn begin(out: Box<dyn Write + Send>) -> io::Result<Self> {
        let mut out = BufWriter::new(out);
        writeln!(
            out,
            "{:<19}  {:<19}  {:<8}  {:>4}  {:>7}  {:>8}  {:<28}  {:<20}  RUN",
            "FIRST SENT (UTC)",
            "KEY",
            "OUTCOME",
            "SENT",
            "CHARGED",
            "RESERVED",
            "COMPANY",
            "SOURCE"
        )?;
        Ok(Self { out })
    }
}

impl LedgerFile for Table {
    fn entry(&mut self, entry: &LedgerEntry) -> io::Result<()> {
        let charged = entry.charged.map(|credits| credits.to_string());
        writeln!(
            self.out,
            "{}  {:<19}  {:<8}  {:>4}  {:>7}  {:>8}  {:<28}  {:<20}  {}",
            entry.first_sent_at.format("%Y-%m-%d %H:%M:%S"),
            entry.key,
            entry.outcome.as_str(),
            entry.sent,
            charged.as_deref().unwrap_or("?"),
            entry.reserved,
            printable(entry.domain.as_deref().unwrap_or_default()),
            printable(&source(entry.source, &entry.source_name)),
            printable(entry.run_id.as_deref().unwrap_or_default()),
        )
    }

    fn end(&mut self, totals: &LedgerTotals, unknown: &[LedgerEntry]) -> io::Result<()> {
        let noun = if totals.attempts == 1 {
            "attempt"
        } else {
            "attempts"
        };
        writeln!(
            self.out,
            "\n{} {noun}: {} charged, {} reserved for charges not known yet",
            grouped(totals.attempts.unsigned_abs()),
            credits(totals.charged),
            credits(totals.reserved),
        )?;
        if !unknown.is_empty() {
            writeln!(
                self.out,
                "\nOf unknown outcome; look in your Citedy account whether they were charged:"
            )?;
        }
        for entry in unknown {
            writeln!(
                self.out,
                "  {}  {}  sent {}",
                entry.key,
                printable(entry.domain.as_deref().unwrap_or_default()),
                entry.first_sent_at.format("%Y-%m-%d %H:%M:%S UTC"),
            )?;
        }
        self.out.flush()
    }
}

fn credits(credits: i64) -> String {
    let sign = if credits < 0 { "-" } else { "" };
    format!(
        "{sign}{} credits ({})",
        grouped(credits.unsigned_abs()),
        usd(credits)
    )
}

fn source(source: Source, name: &str) -> String {
    match source.shown_name(name) {
        "" => source.as_str().to_owned(),
        name => format!("{}: {name}", source.as_str()),
    }
}
