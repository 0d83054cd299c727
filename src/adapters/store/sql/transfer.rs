//! All contents out to a portable file, and in again.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::{QueryBuilder, Row};

use super::custody::mark_backup;
use super::{BYTEWISE, Db, DbRow, SNAPSHOT, Store, Tx, text};
use crate::adapters::store::portable::{
    BackupKind, Column, Header, Kind, Line, Portable, PortableError, PortableReader,
    PortableWriter, Purpose, TABLES, Table, Value,
};

/// Rows that are stored with one statement: enough to make few of them, and within what an engine
/// can bind.
const ROWS_AT_ONCE: usize = 200;
/// Results can be long: no more than this is kept in memory for one statement.
const BYTES_AT_ONCE: usize = 4 << 20;

#[async_trait]
impl Portable for Store {
    async fn export(
        &self,
        path: &Path,
        purpose: Purpose,
        made_at: DateTime<Utc>,
    ) -> Result<u64, PortableError> {
        let mut tx = self.readers.begin_with(SNAPSHOT).await?;
        Self::take_time(&mut tx).await?;
        let mut rows = BTreeMap::new();
        for table in TABLES {
            rows.insert(table.name.to_owned(), count(&mut tx, table).await?);
        }
        let schema = schema(&mut tx).await?;
        let header = Header::new(schema, purpose, made_at, rows);
        let mut writer = PortableWriter::create(path, &header)?;
        for table in TABLES {
            writer.table(table)?;
            let mut select = select(table);
            let mut found = select.build().fetch(&mut *tx);
            while let Some(row) = found.try_next().await? {
                writer.row(&values(&row, table)?)?;
            }
        }
        writer.end()
    }

    async fn import(&self, path: &Path) -> Result<(Header, u64), PortableError> {
        let (mut reader, header) = PortableReader::open(path)?;
        let mut tx = self.write().await?;
        Self::take_time(&mut tx).await?;
        let ours = schema(&mut tx).await?;
        if header.schema != ours {
            return Err(PortableError::OtherSchema {
                file: header.schema,
                ours,
            });
        }
        expect_empty(&mut tx).await?;
        let mut load = Load::new(&mut tx);
        loop {
            match reader.next_line()? {
                Line::Table(table) => load.begin(table).await?,
                Line::Row(values) => load.row(values).await?,
                Line::End => break,
            }
        }
        let rows = load.end().await?;
        verify(&mut tx, &header).await?;
        Self::number_on(&mut tx).await?;
        if header.purpose == Purpose::BackUp {
            mark_backup(&mut tx, header.made_at).await?;
        }
        tx.commit().await?;
        Ok((header, rows))
    }

    async fn backup(
        &self,
        path: &Path,
        made_at: DateTime<Utc>,
    ) -> Result<BackupKind, PortableError> {
        self.copy_to(path, made_at).await
    }
}

/// The number of the last migration.
async fn schema(tx: &mut Tx<'_>) -> Result<i64, PortableError> {
    Ok(
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&mut **tx)
            .await?,
    )
}

/// Rows that are contents.
async fn count(tx: &mut Tx<'_>, table: &Table) -> Result<u64, PortableError> {
    let mut query = QueryBuilder::<Db>::new("SELECT COUNT(*) FROM ");
    query.push(table.name).push(" WHERE ").push(table.only);
    let rows: i64 = query.build_query_scalar().fetch_one(&mut **tx).await?;
    Ok(rows.unsigned_abs())
}

/// Every row, in an order that is the same on both engines.
fn select(table: &Table) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    let mut columns = query.separated(", ");
    for Column { name, kind } in table.columns {
        match kind {
            // PostgreSQL has narrower ones as well.
            Kind::Integer => columns.push(format!("CAST({name} AS BIGINT) AS {name}")),
            _ => columns.push(name),
        };
    }
    query.push(" FROM ").push(table.name);
    query.push(" WHERE ").push(table.only).push(" ORDER BY ");
    let mut key = query.separated(", ");
    for column in &table.columns[..table.key] {
        key.push(column.name);
        if column.kind == Kind::Text {
            key.push_unseparated(BYTEWISE);
        }
    }
    query
}

fn values(row: &DbRow, table: &Table) -> Result<Vec<Value>, sqlx::Error> {
    let value = |column: &Column| {
        let name = column.name;
        Ok(match column.kind {
            Kind::Integer => Value::Integer(row.try_get(name)?),
            Kind::Text => Value::Text(row.try_get(name)?),
            Kind::Boolean => Value::Boolean(row.try_get(name)?),
            Kind::Time => Value::Time(row.try_get(name)?),
            Kind::Day => Value::Day(row.try_get(name)?),
            Kind::Bytes => Value::Bytes(row.try_get(name)?),
        })
    };
    table.columns.iter().map(value).collect()
}

/// Only what a first opening leaves behind may be there; the import takes its place.
async fn expect_empty(tx: &mut Tx<'_>) -> Result<(), PortableError> {
    let mut found = Vec::new();
    for table in TABLES.iter().filter(|table| table.name != "setting") {
        match count(tx, table).await? {
            0 => {}
            rows => found.push(format!("{} in \u{201c}{}\u{201d}", rows, table.name)),
        }
    }
    if !found.is_empty() {
        return Err(PortableError::NotEmpty(found.join(", ")));
    }
    for leftover in [
        "DELETE FROM setting",
        "DELETE FROM pause",
        "DELETE FROM lease",
        "DELETE FROM notify_target",
    ] {
        sqlx::query(leftover).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn verify(tx: &mut Tx<'_>, header: &Header) -> Result<(), PortableError> {
    for table in TABLES {
        let stored = count(tx, table).await?;
        let told = header.rows.get(table.name).copied().unwrap_or_default();
        if stored != told {
            return Err(PortableError::Miscounted {
                table: table.name,
                stored,
                told,
            });
        }
    }
    Ok(())
}

/// Stores rows, some with each statement.
struct Load<'a, 't> {
    tx: &'a mut Tx<'t>,
    table: Option<&'static Table>,
    waiting: Vec<Vec<Value>>,
    bytes: usize,
    /// Rows and the rows of the same table that they refer to, which may come later.
    references: Vec<(i64, i64)>,
    rows: u64,
}

impl<'a, 't> Load<'a, 't> {
    fn new(tx: &'a mut Tx<'t>) -> Self {
        Self {
            tx,
            table: None,
            waiting: Vec::new(),
            bytes: 0,
            references: Vec::new(),
            rows: 0,
        }
    }

    async fn begin(&mut self, table: &'static Table) -> Result<(), PortableError> {
        self.finish_table().await?;
        if table.written_by_triggers {
            let mut query = QueryBuilder::<Db>::new("DELETE FROM ");
            query
                .push(table.name)
                .build()
                .execute(&mut **self.tx)
                .await?;
        }
        self.table = Some(table);
        Ok(())
    }

    async fn row(&mut self, mut values: Vec<Value>) -> Result<(), PortableError> {
        if let Some(place) = self.table.and_then(reference) {
            let empty = Value::none(Kind::Integer);
            let referred = std::mem::replace(&mut values[place], empty);
            if let (Value::Integer(Some(row)), Value::Integer(Some(to))) = (&values[0], referred) {
                self.references.push((*row, to));
            }
        }
        self.bytes += values.iter().map(Value::size).sum::<usize>();
        self.waiting.push(values);
        self.rows += 1;
        if self.waiting.len() >= ROWS_AT_ONCE || self.bytes >= BYTES_AT_ONCE {
            self.store().await?;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<u64, PortableError> {
        self.finish_table().await?;
        Ok(self.rows)
    }

    async fn finish_table(&mut self) -> Result<(), PortableError> {
        self.store().await?;
        let Some((table, place)) = self.table.and_then(|t| Some((t, reference(t)?))) else {
            return Ok(());
        };
        for (row, to) in self.references.drain(..) {
            let mut query = QueryBuilder::<Db>::new("UPDATE ");
            query.push(table.name).push(" SET ");
            query
                .push(table.columns[place].name)
                .push(" = ")
                .push_bind(to);
            query.push(" WHERE ").push(table.columns[0].name);
            query.push(" = ").push_bind(row);
            query.build().execute(&mut **self.tx).await?;
        }
        Ok(())
    }

    async fn store(&mut self) -> Result<(), PortableError> {
        let Some(table) = self.table.filter(|_| !self.waiting.is_empty()) else {
            return Ok(());
        };
        let mut query = QueryBuilder::<Db>::new("INSERT INTO ");
        query.push(table.name).push(" (");
        let mut names = query.separated(", ");
        for column in table.columns {
            names.push(column.name);
        }
        query.push(") ");
        query.push_values(self.waiting.drain(..), |mut row, values| {
            for value in values {
                match value {
                    Value::Integer(number) => row.push_bind(number),
                    Value::Text(words) => {
                        row.push_bind(words.map(|words| text(&words).into_owned()))
                    }
                    Value::Boolean(truth) => row.push_bind(truth),
                    Value::Time(time) => row.push_bind(time),
                    Value::Day(day) => row.push_bind(day),
                    Value::Bytes(bytes) => row.push_bind(bytes),
                };
            }
        });
        self.bytes = 0;
        query.build().execute(&mut **self.tx).await?;
        Ok(())
    }
}

/// The place of the column that refers to the same table.
fn reference(table: &'static Table) -> Option<usize> {
    let name = table.refers_to_itself?;
    table.columns.iter().position(|column| column.name == name)
}
