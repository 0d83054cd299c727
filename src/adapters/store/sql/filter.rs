use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use sqlx::QueryBuilder;

use super::{Db, EACH_CLOSE, EACH_OPEN, list, text};
use crate::flow::ports::{LeadFilter, StoreError};
use crate::lead::LeadId;

/// Every condition that is given, on the lead `l` and its batch `b`.
pub fn push_filter(query: &mut QueryBuilder<Db>, filter: &LeadFilter) -> Result<(), StoreError> {
    if let Some(status) = filter.status {
        query.push(" AND l.status = ").push_bind(status.as_str());
    }
    if let Some(source) = filter.source {
        query.push(" AND l.source = ").push_bind(source.as_str());
    }
    if let Some(name) = &filter.source_name {
        query
            .push(" AND l.source_name = ")
            .push_bind(text(name).into_owned());
    }
    if let Some(batch) = &filter.batch {
        query.push(" AND b.id = ").push_bind(batch.to_string());
    }
    if let Some(from) = filter.from {
        query
            .push(" AND l.created_at >= ")
            .push_bind(midnight(from));
    }
    if let Some(end) = filter.to.and_then(day_after) {
        query.push(" AND l.created_at < ").push_bind(midnight(end));
    }
    if let Some(payer) = &filter.not_of {
        // Without an account nothing was sent yet, and nothing is compared.
        query
            .push(" AND (l.origin <> ")
            .push_bind(payer.origin.clone());
        query
            .push(" OR l.agent <> ")
            .push_bind(payer.agent.clone())
            .push(")");
    }
    if let Some(seqs) = &filter.seqs {
        query.push(" AND l.seq IN ").push(EACH_OPEN);
        query.push_bind(list(seqs)).push(EACH_CLOSE);
    }
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        query
            .push(concat!(" AND (", place_in!(), "(l.search, lower("))
            .push_bind(text(q).into_owned())
            .push(")) > 0");
        if let Ok(id) = LeadId::try_from(q.to_ascii_uppercase()) {
            query.push(" OR l.id = ").push_bind(String::from(id));
        }
        query.push(")");
    }
    Ok(())
}

/// Whether no index finds the leads of this filter: every lead is looked at, for which the columns
/// of the index `lead_filter` do.
pub fn goes_through(filter: &LeadFilter) -> bool {
    let found = filter.batch.is_some() || filter.seqs.is_some() || filter.source_name.is_some();
    let parted = filter.q.is_some() || filter.from.is_some() || filter.to.is_some();
    // One of the two leads to many that the other one sorts out.
    let both = filter.status.is_some() && filter.source.is_some();
    !found && filter.not_of.is_none() && (parted || both)
}

/// The day on which a span that ends with `day` is over; none after the last that there is.
pub fn day_after(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(1))
}

/// Kept to the years that both engines can compare.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN);
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
    day.clamp(first, last).and_time(NaiveTime::MIN).and_utc()
}
