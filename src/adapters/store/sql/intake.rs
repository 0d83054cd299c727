use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::custody::{CAME_AFTER, is_restored};
use super::{Store, Tx, json, known, parsed, queue_delivery, text};
use crate::flow::ports::{
    Accepted, AcceptedLead, HoldRule, IntakeStore, NewBatch, NewLead, Parsed, Source, StoreError,
};
use crate::lead::{BatchId, LeadId, RequestOptions, Status};

#[async_trait]
impl IntakeStore for Store {
    async fn accept(&self, batch: NewBatch, now: DateTime<Utc>) -> Result<Accepted, StoreError> {
        let mut tx = self.write().await?;
        let mut accepted = Accepted {
            batch: None,
            leads: Vec::with_capacity(batch.leads.len()),
            held: 0,
            queued: 0,
            rejected: 0,
            known: 0,
        };
        let mut batch_seq = None;
        for lead in &batch.leads {
            if let Some(before) = known_lead(&mut tx, lead).await? {
                accepted.known += 1;
                accepted.leads.push(before);
                continue;
            }
            let seq = match batch_seq {
                Some(seq) => seq,
                None => {
                    let id = BatchId::random();
                    let seq =
                        insert_batch(&mut tx, batch.source, &batch.source_name, &id, now).await?;
                    accepted.batch = Some(id);
                    *batch_seq.insert(seq)
                }
            };
            let stored = insert_lead(&mut tx, seq, &batch, lead, now).await?;
            match stored.status {
                Status::Rejected => accepted.rejected += 1,
                _ => accepted.queued += 1,
            }
            accepted.leads.push(stored);
        }
        if let Some(seq) = batch_seq {
            hold_by(&mut tx, batch.hold, seq, &mut accepted).await?;
        }
        tx.commit().await?;
        Ok(accepted)
    }

    async fn run_generation(&self, file: &str) -> Result<u32, StoreError> {
        let value: Option<String> =
            sqlx::query_scalar("SELECT value FROM setting WHERE name = 'run generation:' || $1")
                .bind(file)
                .fetch_optional(&self.readers)
                .await?;
        value.map_or(Ok(0), |text| parsed(text.parse::<u32>()))
    }

    async fn has_unfinished(&self, scope: &str) -> Result<bool, StoreError> {
        // The separator behind a scope is the smallest character that may follow it.
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM lead
             WHERE source_key >= $1 || $2 AND source_key < $1 || $3
               AND status IN ('held', 'queued', 'starting', 'waiting'))",
        )
        .bind(scope)
        .bind("\u{1f}")
        .bind("\u{20}")
        .fetch_one(&self.readers)
        .await?)
    }

    async fn set_run_generation(&self, file: &str, generation: u32) -> Result<(), StoreError> {
        let name = format!("run generation:{file}");
        self.remember(&name, &generation.to_string()).await
    }
}

/// Makes a new batch wait for a person if the rule says so, or if the database was restored and
/// nobody has resumed since.
pub(super) async fn hold_by(
    tx: &mut Tx<'_>,
    rule: HoldRule,
    batch_seq: i64,
    accepted: &mut Accepted,
) -> Result<(), StoreError> {
    let restored = is_restored(tx).await?;
    let by_rule = match rule {
        HoldRule::Always => true,
        HoldRule::Above(most) => accepted.queued > most,
        HoldRule::Never => false,
    };
    if accepted.queued == 0 || !(by_rule || restored) {
        return Ok(());
    }
    sqlx::query(
        "UPDATE lead SET status = 'held', reason = $2
         WHERE batch_seq = $1 AND status = 'queued'",
    )
    .bind(batch_seq)
    .bind(if restored { CAME_AFTER } else { "" })
    .execute(&mut **tx)
    .await?;
    for lead in &mut accepted.leads {
        if lead.is_new && lead.status == Status::Queued {
            lead.status = Status::Held;
        }
    }
    accepted.held = std::mem::take(&mut accepted.queued);
    Ok(())
}

/// The lead that this row became when it was read before.
async fn known_lead(tx: &mut Tx<'_>, lead: &NewLead) -> Result<Option<AcceptedLead>, StoreError> {
    let Some(key) = &lead.source_key else {
        return Ok(None);
    };
    let row = sqlx::query(
        "SELECT seq, id, status, domain, reason, external_hash FROM lead WHERE source_key = $1",
    )
    .bind(text(key))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let hash: Option<String> = row.try_get("external_hash")?;
    if let Some(external) = &lead.external
        && hash.as_ref() != Some(&external.hash)
    {
        return Err(StoreError::ExternalIdReused(external.id.clone()));
    }
    let status: String = row.try_get("status")?;
    Ok(Some(AcceptedLead {
        seq: row.try_get("seq")?,
        id: parsed(LeadId::try_from(row.try_get::<String, _>("id")?))?,
        status: known(Status::parse(&status), "status", &status)?,
        domain: row.try_get("domain")?,
        reason: row.try_get("reason")?,
        is_new: false,
    }))
}

pub(super) async fn insert_batch(
    tx: &mut Tx<'_>,
    source: Source,
    source_name: &str,
    id: &BatchId,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "INSERT INTO batch (id, source, source_name, created_at)
         VALUES ($1, $2, $3, $4) RETURNING seq",
    )
    .bind(id.as_str())
    .bind(source.as_str())
    .bind(text(source_name))
    .bind(now)
    .fetch_one(&mut **tx)
    .await?)
}

async fn insert_lead(
    tx: &mut Tx<'_>,
    batch_seq: i64,
    batch: &NewBatch,
    lead: &NewLead,
    now: DateTime<Utc>,
) -> Result<AcceptedLead, StoreError> {
    let no_options = RequestOptions::default();
    let (domain, options, status, reason) = match &lead.parsed {
        Parsed::Good(domain, options) => (
            Some(domain.as_str()),
            options,
            Status::Queued,
            String::new(),
        ),
        Parsed::Bad(reason) => (None, &no_options, Status::Rejected, reason.clone()),
    };
    let seq: i64 = sqlx::query_scalar(
        "INSERT INTO lead (id, batch_seq, source, source_name, source_key, source_row,
             external_id, external_hash, deliver_to, input, domain, options, options_key, force,
             status, reason, created_at, updated_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17,
             $18)
         RETURNING seq",
    )
    .bind(lead.id.as_str())
    .bind(batch_seq)
    .bind(batch.source.as_str())
    .bind(text(&batch.source_name))
    .bind(lead.source_key.as_deref().map(text))
    .bind(lead.row.map(i64::from))
    .bind(lead.external.as_ref().map(|external| text(&external.id)))
    .bind(lead.external.as_ref().map(|external| &external.hash))
    .bind(&lead.deliver_to)
    .bind(text(&lead.input))
    .bind(domain)
    .bind(json(options)?)
    .bind(options.key())
    .bind(lead.force)
    .bind(status.as_str())
    .bind(text(&reason))
    .bind(now)
    .bind(status.is_end().then_some(now))
    .fetch_one(&mut **tx)
    .await?;
    if status.is_end() {
        queue_delivery(tx, seq, now).await?;
    }
    Ok(AcceptedLead {
        seq,
        id: lead.id.clone(),
        status,
        domain: domain.map(str::to_owned),
        reason,
        is_new: true,
    })
}
