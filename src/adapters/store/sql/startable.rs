//! A lead of which a paid call may begin, and what speaks against it.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;

use super::forget::{forgotten, scrub};
use super::{Tx, lead_id, parsed};
use crate::flow::ports::{AttemptRef, Begin, Payer, StartTerms, StoreError};
use crate::lead::{CompanyDomain, LeadId, RequestOptions};

/// A lead whose paid call may go out as far as its own state tells.
pub(super) struct Startable {
    pub id: LeadId,
    pub domain: CompanyDomain,
    pub options: RequestOptions,
    pub cap_lifted: bool,
    /// Its key was sent for this account and the outcome is not known.
    pub open_for: Option<Payer>,
    /// The day on which that first send counts.
    pub day: Option<NaiveDate>,
    pub first_sent_at: Option<DateTime<Utc>>,
}

impl Startable {
    /// Why its call may not go out for that account, by what was sent before.
    pub fn refusal(&self, terms: &StartTerms) -> Option<Begin> {
        let open_for = self.open_for.as_ref();
        if open_for.is_some_and(|before| *before != terms.payer) {
            return Some(Begin::OtherPayer);
        }
        let outdated = self
            .first_sent_at
            .is_some_and(|first| first < terms.trusted_since);
        outdated.then_some(Begin::Outdated)
    }
}

/// `None`: it has moved on, or is not ready to be bought.
pub(super) async fn startable(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
) -> Result<Option<Startable>, StoreError> {
    let row = sqlx::query(
        "SELECT l.id, l.domain, l.options, l.cap_lifted, a.origin, a.agent, a.day,
             a.first_sent_at
         FROM lead l
         LEFT JOIN attempt a
           ON a.lead_seq = l.seq AND a.number = l.attempt AND a.outcome = 'open'
         WHERE l.seq = $1 AND l.attempt = $2
           AND (l.status = 'starting' OR l.status = 'queued' AND l.ready AND l.to_buy)",
    )
    .bind(attempt.lead)
    .bind(attempt.number)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let origin: Option<String> = row.try_get("origin")?;
    let agent: Option<String> = row.try_get("agent")?;
    let domain: Option<String> = row.try_get("domain")?;
    let options: String = row.try_get("options")?;
    Ok(Some(Startable {
        id: lead_id(&row)?,
        domain: parsed(CompanyDomain::from_stored(domain.unwrap_or_default()))?,
        options: parsed(serde_json::from_str(&options))?,
        cap_lifted: row.try_get("cap_lifted")?,
        open_for: origin
            .zip(agent)
            .map(|(origin, agent)| Payer { origin, agent }),
        day: row.try_get("day")?,
        first_sent_at: row.try_get("first_sent_at")?,
    }))
}

/// Scrubs a lead that was forgotten after it was taken in: no call of it is under way now. Answers
/// whether it was.
pub(super) async fn scrub_if_forgotten(
    tx: &mut Tx<'_>,
    attempt: AttemptRef,
    lead: &Startable,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let known = forgotten(tx).await?;
    let domain = lead.domain.as_str();
    let Some(since) = known.since(domain) else {
        return Ok(false);
    };
    scrub(tx, attempt.lead, domain, since, &known, now).await?;
    Ok(true)
}
