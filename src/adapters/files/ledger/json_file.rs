use std::io::{self, BufWriter, Write};

use super::LedgerFile;
use crate::flow::ports::{LedgerEntry, LedgerTotals};

/// `{"attempts": […], "totals": {…}, "unknown": […]}`
pub struct JsonFile {
    out: BufWriter<Box<dyn Write + Send>>,
    first: bool,
}

impl JsonFile {
    pub fn begin(out: Box<dyn Write + Send>) -> io::Result<Self> {
        let mut out = BufWriter::new(out);
        out.write_all(b"{\"attempts\":[")?;
        Ok(Self { out, first: true })
    }
}

impl LedgerFile for JsonFile {
    fn entry(&mut self, entry: &LedgerEntry) -> io::Result<()> {
        let before: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.out.write_all(before)?;
        Ok(serde_json::to_writer(&mut self.out, entry)?)
    }

    fn end(&mut self, totals: &LedgerTotals, unknown: &[LedgerEntry]) -> io::Result<()> {
        self.out.write_all(b"\n],\"totals\":")?;
        serde_json::to_writer(&mut self.out, totals)?;
        self.out.write_all(b",\"unknown\":")?;
        serde_json::to_writer(&mut self.out, unknown)?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}
