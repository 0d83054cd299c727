//! Reports that serve several leads. The attempt that started a report tells who paid for it; a
//! copy has no such attempt, so that nothing is ever copied from a copy.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::filter::push_filter;
use super::would_serve::would_serve;
use super::{Db, Store, Tx, attempt_ref, list, one, parsed, queue_delivery, queue_sheet_rows};
use crate::flow::ports::{
    AttemptRef, LeadFilter, LookedUp, Payer, ReportKey, ReuseRule, ReuseStore, Serves, StoreError,
};
use crate::lead::{BatchId, RequestOptions};

#[async_trait]
impl ReuseStore for Store {
    async fn look_up(
        &self,
        rule: &ReuseRule,
        only: Option<&[i64]>,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<LookedUp>, StoreError> {
        let any: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM lead WHERE status = 'queued' AND ready AND NOT to_buy)",
        )
        .fetch_one(&self.readers)
        .await?;
        if !any {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let rows = sqlx::query(concat!(
            "SELECT seq, attempt, id FROM lead
             WHERE status = 'queued' AND ready AND NOT to_buy
               AND ($1 IS NULL OR seq IN ",
            each!("$1"),
            ")
             ORDER BY seq LIMIT $2"
        ))
        .bind(only.map(list))
        .bind(i64::from(most))
        .fetch_all(&mut *tx)
        .await?;
        let mut looked_up = Vec::with_capacity(rows.len());
        for row in &rows {
            let attempt = attempt_ref(row)?;
            let report = report_for(&mut tx, attempt, rule).await?;
            match &report {
                Some(report) => serve(&mut tx, attempt, report, &rule.payer, now).await?,
                None => may_be_bought(&mut tx, attempt, true).await?,
            }
            looked_up.push(LookedUp {
                lead: row.try_get("id")?,
                served_from: report.map(|report| report.lead_id),
            });
        }
        tx.commit().await?;
        Ok(looked_up)
    }

    async fn look_up_again(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE lead SET to_buy = FALSE WHERE status = 'queued' AND ready AND to_buy")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn wait_for_others(
        &self,
        filter: &LeadFilter,
        payer: &Payer,
    ) -> Result<bool, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT EXISTS (SELECT 1 FROM lead l JOIN batch b ON b.seq = l.batch_seq
             JOIN lead t ON t.domain = l.domain AND t.options_key = l.options_key
                 AND t.status IN ('starting', 'waiting')
             WHERE l.status = 'queued' AND NOT l.force AND t.origin = ",
        );
        query.push_bind(payer.origin.clone());
        query.push(" AND t.agent = ").push_bind(payer.agent.clone());
        push_filter(&mut query, filter)?;
        query.push(")");
        Ok(query.build_query_scalar().fetch_one(&self.readers).await?)
    }

    async fn reusable(&self, filter: &LeadFilter, rule: &ReuseRule) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT COUNT(*) FROM lead l JOIN batch b ON b.seq = l.batch_seq
             WHERE l.status IN ('held', 'queued')",
        );
        push_filter(&mut query, filter)?;
        query.push(" AND EXISTS (SELECT 1 FROM ");
        push_reports(&mut query, rule);
        query.push(")");
        let count: i64 = query.build_query_scalar().fetch_one(&self.readers).await?;
        Ok(count.unsigned_abs())
    }

    async fn reusable_held(&self, rule: &ReuseRule) -> Result<Vec<(BatchId, u64)>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT b.id, n.leads FROM batch b JOIN (
                 SELECT l.batch_seq, COUNT(*) AS leads FROM lead l
                 WHERE l.status = 'held' AND EXISTS (SELECT 1 FROM ",
        );
        push_reports(&mut query, rule);
        query.push(") GROUP BY l.batch_seq) n ON n.batch_seq = b.seq");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let id = parsed(BatchId::try_from(row.try_get::<String, _>("id")?))?;
                Ok((id, row.try_get::<i64, _>("leads")?.unsigned_abs()))
            })
            .collect()
    }

    async fn would_serve(
        &self,
        wanted: &[ReportKey],
        rule: &ReuseRule,
        now: DateTime<Utc>,
    ) -> Result<Vec<Option<Serves>>, StoreError> {
        would_serve(&self.readers, wanted, rule, now).await
    }
}

impl Store {
    /// Leads that were stored before options had a key get theirs.
    pub(in crate::adapters::store) async fn fill_in_options_keys(&self) -> Result<(), StoreError> {
        let all: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT options FROM lead WHERE options_key = ''")
                .fetch_all(&self.writer)
                .await?;
        for text in all {
            let Ok(options) = serde_json::from_str::<RequestOptions>(&text) else {
                tracing::warn!("stored options cannot be read; their leads are never reused");
                continue;
            };
            sqlx::query("UPDATE lead SET options_key = $1 WHERE options_key = '' AND options = $2")
                .bind(options.key())
                .bind(&text)
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }
}

/// A stored report, by the lead and attempt that it was bought for.
struct Report {
    bought_for: AttemptRef,
    lead_id: String,
}

/// What is selected from to find the reports that serve lead `l`, a report `r` of lead `f`.
pub(super) fn push_reports(query: &mut QueryBuilder<Db>, rule: &ReuseRule) {
    query.push(
        "lead f JOIN result r ON r.lead_seq = f.seq AND r.status = 'completed'
         JOIN attempt a ON a.lead_seq = r.lead_seq AND a.number = r.attempt
             AND a.outcome = 'started'
         WHERE f.domain = l.domain AND f.options_key = l.options_key AND NOT l.force
             AND a.origin = ",
    );
    query.push_bind(rule.payer.origin.clone());
    query
        .push(" AND a.agent = ")
        .push_bind(rule.payer.agent.clone());
    // A lead changes when it comes into the queue and not while it waits there.
    query.push(" AND (r.stored_at >= l.updated_at");
    if let Some(since) = rule.since {
        query.push(" OR r.stored_at >= ").push_bind(since);
    }
    query.push(")");
}

/// The newest report that serves this queued lead.
async fn report_for(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    rule: &ReuseRule,
) -> Result<Option<Report>, StoreError> {
    let mut query = QueryBuilder::new("SELECT f.seq, f.id, r.attempt FROM lead l, ");
    push_reports(&mut query, rule);
    query.push(" AND l.seq = ").push_bind(attempt.lead);
    query.push(" ORDER BY r.stored_at DESC, f.seq LIMIT 1");
    let row = query.build().fetch_optional(&mut **tx).await?;
    row.map(|row| {
        Ok(Report {
            bought_for: attempt_ref(&row)?,
            lead_id: row.try_get("id")?,
        })
    })
    .transpose()
}

/// The lead gets the report as if it had been bought for it, under its own attempt.
async fn serve(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    report: &Report,
    payer: &Payer,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for copy in [
        "INSERT INTO result (lead_seq, attempt, run_id, stored_at, run, status)
         SELECT $1, $2, run_id, stored_at, run, status FROM result
         WHERE lead_seq = $3 AND attempt = $4",
        "INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells)
         SELECT $1, $2, row, shape_id, cells FROM result_row
         WHERE lead_seq = $3 AND attempt = $4",
    ] {
        sqlx::query(copy)
            .bind(attempt.lead)
            .bind(attempt.number)
            .bind(report.bought_for.lead)
            .bind(report.bought_for.number)
            .execute(&mut **tx)
            .await?;
    }
    one(&sqlx::query(
        "UPDATE lead SET status = 'reused', reason = '', reused_from = $3, origin = $4,
             agent = $5, run_status = 'completed', result_attempt = $2,
             run_id = (SELECT run_id FROM result WHERE lead_seq = $1 AND attempt = $2),
             result_run_id = (SELECT run_id FROM result WHERE lead_seq = $1 AND attempt = $2),
             removed_at = NULL, removed_after = NULL,
             due_at = NULL, updated_at = $6, finished_at = $6
         WHERE seq = $1 AND attempt = $2 AND status = 'queued' AND ready AND NOT to_buy",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(report.bought_for.lead)
    .bind(&payer.origin)
    .bind(&payer.agent)
    .bind(now)
    .execute(&mut **tx)
    .await?)?;
    queue_delivery(tx, attempt.lead, now).await?;
    queue_sheet_rows(tx, attempt, now).await
}

async fn may_be_bought(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    to_buy: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET to_buy = $3 WHERE seq = $1 AND attempt = $2 AND status = 'queued'",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(to_buy)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The last look before a paid call: a report that came after the lead was looked up sends it
/// back to be looked up again. Answers whether there is one.
pub(super) async fn is_reported(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    rule: &ReuseRule,
) -> Result<bool, StoreError> {
    let reported = report_for(tx, attempt, rule).await?.is_some();
    if reported {
        may_be_bought(tx, attempt, false).await?;
    }
    Ok(reported)
}

/// Whether this account is buying a report on the lead's company with the lead's options for
/// another lead. One that a person forces does not care.
pub(super) async fn is_under_way(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    payer: &Payer,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM lead l
         JOIN lead t ON t.domain = l.domain AND t.options_key = l.options_key
         WHERE l.seq = $1 AND NOT l.force AND t.seq <> l.seq
           AND t.status IN ('starting', 'waiting') AND t.origin = $2 AND t.agent = $3)",
    )
    .bind(attempt.lead)
    .bind(&payer.origin)
    .bind(&payer.agent)
    .fetch_one(&mut **tx)
    .await?)
}

/// A report on this lead's company has come: what waits for one is looked up again.
pub(super) async fn report_came(tx: &mut Tx<'_>, lead_seq: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET to_buy = FALSE
         WHERE domain = (SELECT domain FROM lead f WHERE f.seq = $1)
           AND options_key = (SELECT options_key FROM lead f WHERE f.seq = $1)
           AND status = 'queued' AND to_buy AND NOT force",
    )
    .bind(lead_seq)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
