use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};

use super::filter::{day_after, midnight};
use super::lead_view::source;
use super::{Db, DbRow, Store, known, lead_id};
use crate::flow::ports::{
    LedgerEntry, LedgerFilter, LedgerMark, LedgerStore, LedgerTotals, Outcome, Payer, StoreError,
};

#[async_trait]
impl LedgerStore for Store {
    async fn ledger(
        &self,
        filter: &LedgerFilter,
        after: Option<&LedgerMark>,
        most: u32,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let mut query = QueryBuilder::new(ENTRY);
        push_filter(&mut query, filter);
        if let Some(mark) = after {
            // The first condition alone is what an index can be entered with.
            let at = mark.first_sent_at;
            query.push(" AND a.first_sent_at >= ").push_bind(at);
            query.push(" AND (a.first_sent_at > ").push_bind(at);
            query.push(" OR a.key > ").push_bind(mark.key.clone());
            query.push(")");
        }
        query
            .push(" ORDER BY a.first_sent_at, a.key LIMIT ")
            .push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(entry).collect()
    }

    async fn ledger_totals(&self, filter: &LedgerFilter) -> Result<LedgerTotals, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT COUNT(*) AS attempts,
                 CAST(COALESCE(SUM(a.charged), 0) AS BIGINT) AS charged,
                 CAST(COALESCE(SUM(CASE WHEN a.charged IS NULL THEN a.reserved END), 0) AS BIGINT)
                     AS reserved,
                 COUNT(CASE WHEN a.outcome = 'open' THEN 1 END) AS open,
                 COUNT(CASE WHEN a.outcome = 'unknown' THEN 1 END) AS unknown
             FROM attempt a WHERE TRUE",
        );
        push_filter(&mut query, filter);
        let row = query.build().fetch_one(&self.readers).await?;
        Ok(LedgerTotals {
            attempts: row.try_get("attempts")?,
            charged: row.try_get("charged")?,
            reserved: row.try_get("reserved")?,
            open: row.try_get("open")?,
            unknown: row.try_get("unknown")?,
        })
    }
}

/// What [`entry`] reads, of an attempt `a` and its lead `l`.
pub(super) const ENTRY: &str = "SELECT l.id, l.domain, l.source, l.source_name, a.number, a.key,
         a.first_sent_at, a.sends, a.refusals, a.settled_at, a.outcome, a.run_id, a.charged, a.origin,
         a.agent, CASE WHEN a.charged IS NULL THEN a.reserved ELSE 0 END AS reserved
     FROM attempt a JOIN lead l ON l.seq = a.lead_seq WHERE TRUE";

fn push_filter(query: &mut QueryBuilder<Db>, filter: &LedgerFilter) {
    if let Some(from) = filter.from {
        query
            .push(" AND a.first_sent_at >= ")
            .push_bind(midnight(from));
    }
    if let Some(end) = filter.to.and_then(day_after) {
        query
            .push(" AND a.first_sent_at < ")
            .push_bind(midnight(end));
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND a.outcome = ").push_bind(outcome.as_str());
    }
}

pub(super) fn entry(row: &DbRow) -> Result<LedgerEntry, StoreError> {
    let outcome: String = row.try_get("outcome")?;
    let refusals: i64 = row.try_get("refusals")?;
    let sends: i64 = row.try_get("sends")?;
    Ok(LedgerEntry {
        lead_id: lead_id(row)?,
        attempt: row.try_get("number")?,
        key: row.try_get("key")?,
        domain: row.try_get("domain")?,
        source: source(row)?,
        source_name: row.try_get("source_name")?,
        first_sent_at: row.try_get("first_sent_at")?,
        sent: refusals + sends,
        refusals,
        settled_at: row.try_get("settled_at")?,
        outcome: known(Outcome::parse(&outcome), "outcome", &outcome)?,
        run_id: row.try_get("run_id")?,
        reserved: row.try_get("reserved")?,
        charged: row.try_get("charged")?,
        payer: Payer {
            origin: row.try_get("origin")?,
            agent: row.try_get("agent")?,
        },
    })
}
