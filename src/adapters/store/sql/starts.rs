use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::cap::spent_with;
use super::reuse::{is_reported, is_under_way};
use super::startable::{scrub_if_forgotten, startable};
use super::{DbRow, Store, Tx, attempt_ref, is_current, list, one, parsed};
use crate::flow::ports::{
    AttemptRef, Begin, Payer, QueuedLead, StartOrder, StartStore, StartTerms, StoreError,
};
use crate::lead::LeadId;
use crate::lead::money::CREDITS_PER_RUN;
use crate::lead::run::IdempotencyKey;

/// A lead `l` that may be bought by the account $4, $5: not one of $1, one of $3 if those are
/// given. Of several for the same company all but one wait for its report, those that a person
/// forces excepted.
macro_rules! to_buy {
    () => {
        concat!(
            "l.status = 'queued' AND l.ready AND l.to_buy AND l.seq NOT IN ",
            each!("$1"),
            " AND ($3 IS NULL OR l.seq IN ",
            each!("$3"),
            ") AND (l.force OR NOT EXISTS (
                 SELECT 1 FROM lead t
                 WHERE t.domain = l.domain AND t.options_key = l.options_key
                   AND t.status IN ('starting', 'waiting') AND t.origin = $4 AND t.agent = $5)
               AND NOT EXISTS (
                 SELECT 1 FROM lead t WHERE t.seq IN ",
            each!("$1"),
            " AND t.domain = l.domain AND t.options_key = l.options_key))
             ORDER BY l.seq LIMIT $2"
        )
    };
}

/// Leads that need no room under the cap come first: the others may wait for it.
const UNCAPPED: &str = concat!(
    "SELECT l.seq, l.attempt, l.updated_at AS due_at FROM lead l",
    by_index!("lead_uncapped"),
    " WHERE l.cap_lifted AND ",
    to_buy!()
);
const OLDEST: &str = concat!(
    "SELECT l.seq, l.attempt, l.updated_at AS due_at FROM lead l WHERE ",
    to_buy!()
);

#[async_trait]
impl StartStore for Store {
    async fn queued(
        &self,
        payer: &Payer,
        only: Option<&[i64]>,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<QueuedLead>, StoreError> {
        let mut rows = Vec::new();
        for statement in [UNCAPPED, OLDEST] {
            if rows.is_empty() {
                rows = sqlx::query(statement)
                    .bind(list(busy))
                    .bind(i64::from(most))
                    .bind(only.map(list))
                    .bind(&payer.origin)
                    .bind(&payer.agent)
                    .fetch_all(&self.readers)
                    .await?;
            }
        }
        rows.iter().map(queued_lead).collect()
    }

    async fn unresolved(
        &self,
        payer: &Payer,
        busy: &[i64],
        most: u32,
    ) -> Result<Vec<QueuedLead>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT seq, attempt, due_at FROM lead
             WHERE status = 'starting' AND origin = $1 AND agent = $2 AND due_at IS NOT NULL
               AND seq NOT IN ",
            each!("$3"),
            "
             ORDER BY due_at LIMIT $4"
        ))
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(list(busy))
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(queued_lead).collect()
    }

    async fn unresolved_since(&self, before: DateTime<Utc>) -> Result<Vec<AttemptRef>, StoreError> {
        let rows = sqlx::query(
            "SELECT l.seq, l.attempt FROM lead l
             JOIN attempt a ON a.lead_seq = l.seq AND a.number = l.attempt
             WHERE l.status = 'starting' AND a.first_sent_at < $1",
        )
        .bind(before)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(attempt_ref).collect()
    }

    async fn begin_start(
        &self,
        attempt: AttemptRef,
        terms: &StartTerms,
        now: DateTime<Utc>,
    ) -> Result<Begin, StoreError> {
        let payer = &terms.payer;
        let mut tx = self.write().await?;
        if !is_current(&mut tx, &terms.lease).await? {
            return Ok(Begin::LeaseLost);
        }
        let Some(lead) = startable(&mut tx, attempt).await? else {
            return Ok(Begin::Gone);
        };
        if scrub_if_forgotten(&mut tx, attempt, &lead, now).await? {
            tx.commit().await?;
            return Ok(Begin::Gone);
        }
        if is_paused(&mut tx).await? {
            return Ok(Begin::Paused);
        }
        if let Some(refusal) = lead.refusal(terms) {
            return Ok(refusal);
        }
        let resend = lead.open_for.is_some();
        if !resend && is_under_way(&mut tx, attempt, payer).await? {
            return Ok(Begin::SameUnderWay);
        }
        if !resend && is_reported(&mut tx, attempt, &terms.reuse_rule()).await? {
            tx.commit().await?;
            return Ok(Begin::Reported);
        }
        let spent = spent_with(&mut tx, &lead, now).await?;
        if !terms.daily_credits.allows(spent) && !lead.cap_lifted {
            if resend {
                postpone(&mut tx, attempt, now).await?;
                tx.commit().await?;
            }
            return Ok(Begin::CapReached);
        }
        let key = idempotency_key(&lead.id, attempt.number)?;
        let (sends, number) = reserve(&mut tx, attempt, &key, payer, resend, now).await?;
        set_starting(&mut tx, attempt, terms, now).await?;
        tx.commit().await?;
        Ok(Begin::Send(Box::new(StartOrder {
            attempt,
            lead_id: lead.id,
            domain: lead.domain,
            options: lead.options,
            key,
            sends,
            number,
        })))
    }
}

fn idempotency_key(lead: &LeadId, attempt: i64) -> Result<IdempotencyKey, StoreError> {
    parsed(IdempotencyKey::try_from(format!("ws-{lead}-{attempt}")))
}

fn queued_lead(row: &DbRow) -> Result<QueuedLead, StoreError> {
    Ok(QueuedLead {
        attempt: attempt_ref(row)?,
        due_at: row.try_get("due_at")?,
    })
}

async fn is_paused(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pause)")
        .fetch_one(&mut **tx)
        .await?)
}

/// A send that the cap of its own day does not allow must not stand in the way of today's.
async fn postpone(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET due_at = $3 WHERE seq = $1 AND attempt = $2 AND status = 'starting'",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(now + TimeDelta::minutes(10))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores the key and what it may cost. A send after a refusal counts as a first send again,
/// because a refusal is known to have charged nothing. Answers both counts: sends since the last
/// refusal, and all.
async fn reserve(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    key: &IdempotencyKey,
    payer: &Payer,
    resend: bool,
    now: DateTime<Utc>,
) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query(
        "INSERT INTO attempt (key, lead_seq, number, origin, agent, day, reserved, charged,
             sends, first_sent_at, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 1, $8, 'open')
         ON CONFLICT (key) DO UPDATE SET
             origin = excluded.origin, agent = excluded.agent,
             day = CASE WHEN $9 THEN attempt.day ELSE excluded.day END,
             reserved = excluded.reserved, charged = NULL,
             sends = CASE WHEN $9 THEN attempt.sends + 1 ELSE 1 END,
             refusals = CASE WHEN $9 THEN attempt.refusals
                             ELSE attempt.refusals + attempt.sends END,
             first_sent_at = CASE WHEN $9 THEN attempt.first_sent_at ELSE excluded.first_sent_at END,
             outcome = 'open', settled_at = NULL
         RETURNING sends, sends + refusals AS number",
    )
    .bind(key.as_str())
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(&payer.origin)
    .bind(&payer.agent)
    .bind(now.date_naive())
    .bind(CREDITS_PER_RUN)
    .bind(now)
    .bind(resend)
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.try_get("sends")?, row.try_get("number")?))
}

/// The lead's own side of [`reserve`].
async fn set_starting(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    terms: &StartTerms,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    one(&sqlx::query(
        "UPDATE lead SET status = 'starting', origin = $3, agent = $4, due_at = $6,
             updated_at = $5, finished_at = NULL
         WHERE seq = $1 AND attempt = $2 AND status IN ('queued', 'starting')",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .bind(&terms.payer.origin)
    .bind(&terms.payer.agent)
    .bind(now)
    .bind(terms.answered_by)
    .execute(&mut **tx)
    .await?)
}
