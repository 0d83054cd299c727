//! What would serve leads that nobody has sent yet, for many at once.

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::reuse::push_reports;
use super::{Db, DbRow, Pool, lead_id};
use crate::flow::ports::{ReportKey, ReuseRule, Serves, StoreError};

/// Reports asked for in one statement: neither engine binds more than some ten thousand values.
const AT_ONCE: usize = 2_000;

pub async fn would_serve(
    readers: &Pool,
    wanted: &[ReportKey],
    rule: &ReuseRule,
    now: DateTime<Utc>,
) -> Result<Vec<Option<Serves>>, StoreError> {
    let mut serves = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(AT_ONCE) {
        let from = serves.len();
        serves.resize(from + wanted.len(), None);
        let serves = &mut serves[from..];
        stored(readers, wanted, rule, now, serves).await?;
        under_way(readers, wanted, rule, serves).await?;
    }
    Ok(serves)
}

/// The newest stored report for each.
async fn stored(
    readers: &Pool,
    wanted: &[ReportKey],
    rule: &ReuseRule,
    now: DateTime<Utc>,
    serves: &mut [Option<Serves>],
) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new("");
    push_wanted(&mut query, wanted);
    query.push(", l AS (SELECT n, domain, options_key, FALSE AS force, ");
    query.push_bind(now).push(
        " AS updated_at FROM wanted)
         SELECT l.n, f.id, r.stored_at FROM l CROSS JOIN ",
    );
    push_reports(&mut query, rule);
    query.push(" ORDER BY l.n, r.stored_at DESC, f.seq");
    let rows = query.build().persistent(false).fetch_all(readers).await?;
    for row in &rows {
        let place = place(row, serves)?;
        if place.is_none() {
            *place = Some(Serves::Stored {
                lead: lead_id(row)?,
                reported_at: row.try_get("stored_at")?,
            });
        }
    }
    Ok(())
}

/// The lead that each of the rest would wait for: its report is being bought by this account, or it
/// is in the queue before.
async fn under_way(
    readers: &Pool,
    wanted: &[ReportKey],
    rule: &ReuseRule,
    serves: &mut [Option<Serves>],
) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new("");
    push_wanted(&mut query, wanted);
    query.push(
        " SELECT w.n, t.id FROM wanted w CROSS JOIN lead t
         WHERE t.domain = w.domain AND t.options_key = w.options_key
           AND ((t.status = 'queued' AND t.ready)
             OR (t.status IN ('starting', 'waiting') AND t.origin = ",
    );
    query.push_bind(rule.payer.origin.clone());
    query
        .push(" AND t.agent = ")
        .push_bind(rule.payer.agent.clone());
    query.push(")) ORDER BY w.n, t.seq");
    let rows = query.build().persistent(false).fetch_all(readers).await?;
    for row in &rows {
        let place = place(row, serves)?;
        if place.is_none() {
            *place = Some(Serves::UnderWay {
                lead: lead_id(row)?,
            });
        }
    }
    Ok(())
}

/// `WITH wanted (n, domain, options_key) AS …`: both engines name the columns of such a list so.
fn push_wanted(query: &mut QueryBuilder<Db>, wanted: &[ReportKey]) {
    query.push("WITH wanted (n, domain, options_key) AS (");
    query.push_values((0_i64..).zip(wanted), |mut row, (n, wanted)| {
        row.push_bind(n)
            .push_bind(wanted.domain.clone())
            .push_bind(wanted.options_key.clone());
    });
    query.push(")");
}

fn place<'s>(
    row: &DbRow,
    serves: &'s mut [Option<Serves>],
) -> Result<&'s mut Option<Serves>, StoreError> {
    let n: i64 = row.try_get("n")?;
    let place = usize::try_from(n).ok().and_then(|n| serves.get_mut(n));
    place.ok_or_else(|| StoreError::Corrupt(format!("number {n} of a list")))
}
