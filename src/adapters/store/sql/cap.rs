//! What counts for the spending cap.

use chrono::{DateTime, NaiveDate, Utc};

use super::Tx;
use super::startable::Startable;
use crate::flow::ports::StoreError;
use crate::lead::money::CREDITS_PER_RUN;

/// What counts for the cap of a lead's day once its call is out, credits.
pub(super) async fn spent_with(
    tx: &mut Tx<'_>,
    lead: &Startable,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    match lead.day.filter(|_| lead.open_for.is_some()) {
        // It is counted already. What a person let pass the cap must not keep it from being
        // asked for; a cap that was lowered does.
        Some(day) => spent_within_cap(tx, day).await,
        None => Ok(spent_on(tx, now.date_naive()).await? + CREDITS_PER_RUN),
    }
}

/// Charged or reserved on that day, credits.
async fn spent_on(tx: &mut Tx<'_>, day: NaiveDate) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(COALESCE(charged, reserved)), 0) AS BIGINT)
         FROM attempt WHERE day = $1",
    )
    .bind(day)
    .fetch_one(&mut **tx)
    .await?)
}

/// The same without the leads that a person let pass the cap.
async fn spent_within_cap(tx: &mut Tx<'_>, day: NaiveDate) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(COALESCE(a.charged, a.reserved)), 0) AS BIGINT)
         FROM attempt a JOIN lead l ON l.seq = a.lead_seq
         WHERE a.day = $1 AND NOT l.cap_lifted",
    )
    .bind(day)
    .fetch_one(&mut **tx)
    .await?)
}
