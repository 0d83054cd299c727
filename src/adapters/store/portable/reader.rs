use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{End, FORMAT, Header, PortableError, TABLES, Table, Value};

/// What a line of a file says.
#[derive(Debug)]
pub enum Line {
    Table(&'static Table),
    /// A row of the table named last.
    Row(Vec<Value>),
    /// The file is whole, and this was all of it.
    End,
}

/// Reads a file line by line. Only [`Line::End`] says that what was read can be believed.
pub struct PortableReader {
    lines: BufReader<File>,
    hash: Sha256,
    /// The number of the line read last, from 1.
    line: u64,
    rows: u64,
    table: Option<&'static Table>,
    text: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Row(Vec<Json>),
    Table { table: String, columns: Vec<String> },
    End { end: End },
}

impl PortableReader {
    pub fn open(path: &Path) -> Result<(Self, Header), PortableError> {
        let mut reader = Self {
            lines: BufReader::new(File::open(path)?),
            hash: Sha256::new(),
            line: 0,
            rows: 0,
            table: None,
            text: String::new(),
        };
        let header = reader.header()?;
        Ok((reader, header))
    }

    fn header(&mut self) -> Result<Header, PortableError> {
        #[derive(Deserialize)]
        struct First {
            warmsheet: Json,
        }
        let no_export = |why: String| PortableError::NoExport(why);
        self.read_line()?;
        let first: First = serde_json::from_str(&self.text)
            .map_err(|_| no_export("its first line is not an export\u{2019}s".to_owned()))?;
        match first.warmsheet.get("format").and_then(Json::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => {
                return Err(PortableError::OtherFormat {
                    file: format,
                    ours: FORMAT,
                });
            }
            None => return Err(no_export("its first line names no format".to_owned())),
        }
        self.hash.update(self.text.as_bytes());
        serde_json::from_value(first.warmsheet).map_err(|error| no_export(error.to_string()))
    }

    /// The next line.
    pub fn next_line(&mut self) -> Result<Line, PortableError> {
        self.read_line()?;
        let words = serde_json::from_str(&self.text)
            .map_err(|_| self.problem("is none that an export has"))?;
        if let Words::End { end } = words {
            return self.end(&end);
        }
        self.hash.update(self.text.as_bytes());
        match words {
            Words::Table { table, columns } => self.begin(&table, &columns),
            Words::Row(cells) => self.row(cells),
            Words::End { .. } => Ok(Line::End),
        }
    }

    fn begin(&mut self, name: &str, columns: &[String]) -> Result<Line, PortableError> {
        let table = TABLES
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| self.problem(&format!("there is no table \u{201c}{name}\u{201d}")))?;
        if !table.columns.iter().map(|column| column.name).eq(columns) {
            return Err(self.problem(&format!("table {name} has other columns")));
        }
        self.table = Some(table);
        Ok(Line::Table(table))
    }

    fn row(&mut self, cells: Vec<Json>) -> Result<Line, PortableError> {
        let table = self
            .table
            .ok_or_else(|| self.problem("is a row of no table"))?;
        if cells.len() != table.columns.len() {
            return Err(self.problem("has too few or too many cells"));
        }
        let values: Option<Vec<Value>> = cells
            .into_iter()
            .zip(table.columns)
            .map(|(cell, column)| Value::from_json(cell, column.kind))
            .collect();
        self.rows += 1;
        let values = values.ok_or_else(|| self.problem("has a cell of another kind"))?;
        Ok(Line::Row(values))
    }

    fn end(&mut self, end: &End) -> Result<Line, PortableError> {
        let sum = hex::encode(self.hash.clone().finalize());
        let mut more = String::new();
        let behind = self.lines.read_line(&mut more)?;
        if sum != end.sha256 || self.rows != end.rows || behind > 0 {
            return Err(PortableError::Changed);
        }
        Ok(Line::End)
    }

    fn read_line(&mut self) -> Result<(), PortableError> {
        self.text.clear();
        self.lines.read_line(&mut self.text)?;
        self.line += 1;
        if !self.text.ends_with('\n') {
            return Err(PortableError::Cut(self.line));
        }
        Ok(())
    }

    fn problem(&self, problem: &str) -> PortableError {
        PortableError::Line {
            line: self.line,
            problem: problem.to_owned(),
        }
    }
}
