//! What both engines do alike with leases. When one ends, each engine tells in its own way.

use chrono::TimeDelta;
use sqlx::Row;

use super::{DbRow, Pool};
use crate::flow::ports::{LeaseTerm, LeaseView, StoreError};

/// A lease by its row, which ends so soon.
pub(in crate::adapters::store) fn lease_view(
    row: &DbRow,
    ends_in: TimeDelta,
) -> Result<LeaseView, StoreError> {
    Ok(LeaseView {
        name: row.try_get("name")?,
        holder: row.try_get("holder")?,
        ends_in,
        stop_seen: row.try_get("stop_seen")?,
    })
}

/// Stores that the holder has stopped, as long as it is the holder.
pub(in crate::adapters::store) async fn confirm_stop(
    pool: &Pool,
    term: &LeaseTerm,
    stop: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE lease SET stop_seen = $3 WHERE name = $1 AND token = $2")
        .bind(&term.name)
        .bind(term.token)
        .bind(stop)
        .execute(pool)
        .await?;
    Ok(())
}
