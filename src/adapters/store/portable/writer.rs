use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{End, Header, PortableError, Table, Value};
use crate::adapters::files::AtomicFile;

/// Writes a file line by line; it appears as a whole, under a name that was free.
pub struct PortableWriter {
    file: AtomicFile,
    out: BufWriter<File>,
    hash: Sha256,
    rows: u64,
}

impl PortableWriter {
    pub fn create(path: &Path, header: &Header) -> Result<Self, PortableError> {
        let file = AtomicFile::create_private(path)?;
        let mut writer = Self {
            out: file.writer()?,
            file,
            hash: Sha256::new(),
            rows: 0,
        };
        writer.line(&json!({ "warmsheet": header }))?;
        Ok(writer)
    }

    /// The rows that follow are this table's.
    pub fn table(&mut self, table: &Table) -> Result<(), PortableError> {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        self.line(&json!({ "table": table.name, "columns": columns }))
    }

    pub fn row(&mut self, values: &[Value]) -> Result<(), PortableError> {
        self.rows += 1;
        self.line(&Json::Array(values.iter().map(Value::to_json).collect()))
    }

    /// Puts the finished file into its place; answers how many rows it holds.
    pub fn end(mut self) -> Result<u64, PortableError> {
        let end = End {
            rows: self.rows,
            sha256: hex::encode(self.hash.clone().finalize()),
        };
        self.line(&json!({ "end": end }))?;
        self.out.flush()?;
        drop(self.out);
        self.file.commit_new()?;
        Ok(self.rows)
    }

    fn line(&mut self, json: &Json) -> Result<(), PortableError> {
        let mut text = json.to_string();
        text.push('\n');
        self.hash.update(text.as_bytes());
        self.out.write_all(text.as_bytes())?;
        Ok(())
    }
}
