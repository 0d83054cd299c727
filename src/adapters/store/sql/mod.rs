//! Every statement of the store ports, in words that both engines understand.
//!
//! This module is compiled twice, once inside each engine's own module, which brings what differs:
//! the types `Db`, `DbRow`, `DbDone` and `Store`, how a transaction that writes begins, and a few
//! words as macros: `each!` for a list of numbers, `place_in!`, `shape_key!`. Numbers are bound as
//! `i64`, because PostgreSQL has no unsigned ones.

mod account;
mod batches;
mod cap;
pub mod custody;
mod decisions;
mod deliveries;
mod errands;
mod figures;
mod filter;
mod folder;
mod forget;
mod history;
mod instances;
mod intake;
mod lead_view;
pub mod leases;
mod ledger;
mod mentions;
mod nameless;
mod notice_balance;
mod notice_resend;
mod notice_view;
mod notices;
mod outcomes;
mod privacy;
mod queries;
mod quoting;
mod retention;
mod reuse;
mod run_end;
mod runs;
mod secrets;
mod sessions;
mod sheet_appends;
mod sheet_changes;
mod sheet_decisions;
mod sheets;
mod startable;
mod starts;
mod take_in;
mod transfer;
mod would_serve;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{
    BYTEWISE, Db, DbDone, DbRow, EACH_CLOSE, EACH_OPEN, GONE_THROUGH, OVERLAP, SNAPSHOT, Store,
    list,
};
use crate::flow::ports::{AttemptRef, LeaseTerm, StoreError};
use crate::lead::{LeadId, Status};

type Tx<'t> = sqlx::Transaction<'t, Db>;
type Pool = sqlx::Pool<Db>;

impl Store {
    /// Sets one setting.
    pub(super) async fn remember(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// A text from outside as it is bound: PostgreSQL's texts cannot hold the NUL character, and both
/// engines should show the same in its place. JSON needs none of this, it escapes control characters.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// A text of the database as a value that has rules.
fn parsed<T, E: std::fmt::Display>(value: Result<T, E>) -> Result<T, StoreError> {
    value.map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A name of the database as one of ours.
fn known<T>(value: Option<T>, what: &str, text: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Corrupt(format!("{what} \u{201c}{text}\u{201d}")))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The attempt that a row's `seq` and `attempt` name.
fn attempt_ref(row: &DbRow) -> Result<AttemptRef, StoreError> {
    Ok(AttemptRef {
        lead: row.try_get("seq")?,
        number: row.try_get("attempt")?,
    })
}

/// The id of the lead that a row is about.
fn lead_id(row: &DbRow) -> Result<LeadId, StoreError> {
    parsed(LeadId::try_from(row.try_get::<String, _>("id")?))
}

/// Where that lead is.
fn lead_status(row: &DbRow) -> Result<Status, StoreError> {
    let text: String = row.try_get("status")?;
    known(Status::parse(&text), "status", &text)
}

/// Exactly one row changed, or somebody else was first.
fn one(result: &DbDone) -> Result<(), StoreError> {
    if result.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Notes that a lead's source should hear of it, in the transaction that made the news.
/// Sources without a place to write to are delivered by being downloadable.
async fn queue_delivery(
    tx: &mut Tx<'_>,
    lead_seq: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery (lead_seq, attempt, destination, state, since)
         SELECT seq, attempt, 'folder:' || source_name, 'pending', $2
         FROM lead WHERE seq = $1 AND source = 'folder'
         ON CONFLICT (lead_seq, attempt, destination)
         DO UPDATE SET state = 'pending', since = $2, done_at = NULL",
    )
    .bind(lead_seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a result's rows go to a results tab: the one of the lead's own sheet, or the one
/// that it names. A spreadsheet gets the rows of an attempt once.
async fn queue_sheet_rows(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery (lead_seq, attempt, destination, state, since)
         SELECT seq, $2, 'sheet:' || CASE WHEN source = 'sheet' THEN source_name ELSE deliver_to END,
             'pending', $3
         FROM lead WHERE seq = $1 AND (source = 'sheet' OR deliver_to IS NOT NULL)
         ON CONFLICT (lead_seq, attempt, destination) DO NOTHING",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether nobody else has taken this lease since.
async fn is_current(tx: &mut Tx<'_>, lease: &LeaseTerm) -> Result<bool, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM lease WHERE name = $1 AND token = $2)")
            .bind(&lease.name)
            .bind(lease.token)
            .fetch_one(&mut **tx)
            .await?,
    )
}

/// A number of the database that counts rows of a file.
fn number(value: i64) -> Result<u32, StoreError> {
    parsed(u32::try_from(value))
}
