//! A company's name and contacts out of the database; what it cost stays.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::retention::{drop_shapes, shapes_of};
use super::{Tx, json, queue_delivery, secrets};
use crate::flow::ports::{OwnSecret, Scrubbed, StoreError};
use crate::lead::forgotten::refusal;
use crate::lead::{CompanyDomain, FORGOTTEN, Forgotten, RequestOptions};

/// Every forgotten company, as this transaction sees it.
pub async fn forgotten(tx: &mut Tx<'_>) -> Result<Forgotten, StoreError> {
    let kept = sqlx::query("SELECT hash, since FROM forgotten")
        .fetch_all(&mut **tx)
        .await?;
    // Leads of companies that may be bought again are known by their hash as well.
    keyed(tx, &kept).await
}

async fn keyed(tx: &mut Tx<'_>, kept: &[super::DbRow]) -> Result<Forgotten, StoreError> {
    let secret: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
        .bind(OwnSecret::Forgotten.setting())
        .fetch_optional(&mut **tx)
        .await?;
    let kept = kept
        .iter()
        .map(|row| Ok((row.try_get("hash")?, row.try_get("since")?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Forgotten::new(secret.as_deref().unwrap_or_default(), kept))
}

/// Stores the stop; the secret is made with the first one.
pub async fn stop(
    tx: &mut Tx<'_>,
    domain: &CompanyDomain,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StoreError> {
    secrets::make(tx, OwnSecret::Forgotten).await?;
    let known = keyed(tx, &[]).await?;
    Ok(sqlx::query_scalar(
        "INSERT INTO forgotten (hash, since) VALUES ($1, $2)
         ON CONFLICT (hash) DO UPDATE SET since = forgotten.since RETURNING since",
    )
    .bind(known.hash_of(domain.as_str()))
    .bind(now)
    .fetch_one(&mut **tx)
    .await?)
}

/// Scrubs the next of a company's leads.
pub async fn scrub_some(
    tx: &mut Tx<'_>,
    domain: &CompanyDomain,
    most: u32,
    calls_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Scrubbed, StoreError> {
    let known = forgotten(tx).await?;
    let Some(since) = known.since(domain.as_str()) else {
        return Ok(Scrubbed::default());
    };
    let seqs: Vec<i64> = sqlx::query_scalar(
        "SELECT seq FROM lead
         WHERE domain = $1 AND NOT (status = 'starting' AND updated_at > $2)
         ORDER BY seq LIMIT $3",
    )
    .bind(domain.as_str())
    .bind(calls_since)
    .bind(i64::from(most))
    .fetch_all(&mut **tx)
    .await?;
    for seq in &seqs {
        scrub(tx, *seq, domain.as_str(), since, &known, now).await?;
    }
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM lead WHERE domain = $1")
        .bind(domain.as_str())
        .fetch_one(&mut **tx)
        .await?;
    let more = seqs.len() >= most as usize;
    Ok(Scrubbed {
        leads: seqs.len() as u64,
        calling: if more { 0 } else { left.unsigned_abs() },
    })
}

/// One lead of a forgotten company: its result and all that names the company go, its attempts,
/// charges and dates stay. What is not bought is not bought any more; of a call whose outcome is
/// not known the reservation stays, as for every such attempt. A run under way is waited for.
pub async fn scrub(
    tx: &mut Tx<'_>,
    seq: i64,
    domain: &str,
    since: DateTime<Utc>,
    known: &Forgotten,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE attempt SET outcome = 'unknown', settled_at = $2
         WHERE lead_seq = $1 AND outcome = 'open'",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    drop_results(tx, seq).await?;
    let hash = |key: Option<String>| key.map(|key| known.hash_of_key(&key));
    let row = sqlx::query("SELECT source_key, external_hash FROM lead WHERE seq = $1")
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    let key = free_key(tx, hash(row.try_get("source_key")?)).await?;
    let options = RequestOptions::default();
    sqlx::query(
        "UPDATE lead SET input = $2, domain = NULL, options = $3, options_key = $4,
             source_key = $5, external_id = NULL, external_hash = $6, reason = $7,
             forgotten_at = $8, forgotten_as = $9, force = FALSE, to_buy = FALSE,
             cap_lifted = FALSE, buy_if_missing = FALSE, removed_at = NULL, removed_after = NULL,
             due_at = CASE WHEN status = 'waiting' THEN due_at END,
             finished_at = CASE WHEN status IN ('held', 'queued', 'starting', 'parked')
                 THEN COALESCE(finished_at, $10) ELSE finished_at END,
             status = CASE WHEN status IN ('held', 'queued', 'starting', 'parked')
                 THEN 'rejected' ELSE status END,
             updated_at = $10
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(FORGOTTEN)
    .bind(json(&options)?)
    .bind(options.key())
    .bind(key)
    .bind(hash(row.try_get("external_hash")?))
    .bind(refusal(since))
    .bind(since)
    .bind(known.hash_of(domain))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    drop_words(tx, seq).await?;
    // A list's results file is written again, without it.
    queue_delivery(tx, seq, now).await
}

/// A key that no lead has: a row that came back after the stop was lifted has an older namesake.
async fn free_key(tx: &mut Tx<'_>, key: Option<String>) -> Result<Option<String>, StoreError> {
    let taken: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM lead WHERE source_key = $1)")
            .bind(&key)
            .fetch_one(&mut **tx)
            .await?;
    Ok(key.filter(|_| !taken))
}

/// Results and rows of a lead, and what of them is still to be sent.
async fn drop_results(tx: &mut Tx<'_>, seq: i64) -> Result<(), StoreError> {
    let shapes = shapes_of(tx, seq, None).await?;
    for statement in [
        "DELETE FROM result_row WHERE lead_seq = $1",
        "DELETE FROM result WHERE lead_seq = $1",
        "DELETE FROM delivery WHERE lead_seq = $1 AND destination LIKE 'sheet:%'
             AND state <> 'done' AND mark IS NULL",
    ] {
        sqlx::query(statement).bind(seq).execute(&mut **tx).await?;
    }
    drop_shapes(tx, &shapes).await
}

/// The company was forgotten while its run was under way: the end is known and paid for, and
/// nothing of what it brought is kept. `false`: it was not.
pub async fn forget_end(tx: &mut Tx<'_>, lead: i64) -> Result<bool, StoreError> {
    let since: Option<DateTime<Utc>> =
        sqlx::query_scalar("SELECT forgotten_at FROM lead WHERE seq = $1")
            .bind(lead)
            .fetch_one(&mut **tx)
            .await?;
    let Some(since) = since else {
        return Ok(false);
    };
    sqlx::query("UPDATE lead SET reason = $2, result_attempt = NULL WHERE seq = $1")
        .bind(lead)
        .bind(refusal(since))
        .execute(&mut **tx)
        .await?;
    drop_words(tx, lead).await?;
    Ok(true)
}

/// What else tells of a lead in words: its timeline, notes, webhooks, and exports asked of Citedy.
async fn drop_words(tx: &mut Tx<'_>, seq: i64) -> Result<(), StoreError> {
    for statement in [
        "UPDATE lead_event SET reason = '' WHERE lead_seq = $1 AND reason <> ''",
        "UPDATE sheet_row SET note = '', note_state = '', revive_to = NULL, put_aside = NULL
             WHERE lead_seq = $1",
        "DELETE FROM errand WHERE name LIKE 'export %' AND substr(name, 8) IN (
             SELECT f.ending || ' ' || a.run_id FROM attempt a
             CROSS JOIN (SELECT 'json' AS ending UNION SELECT 'csv' UNION SELECT 'xlsx') f
             WHERE a.lead_seq = $1 AND a.run_id IS NOT NULL)",
    ] {
        sqlx::query(statement).bind(seq).execute(&mut **tx).await?;
    }
    sqlx::query(
        "UPDATE webhook_event SET body = $2 WHERE length(body) > 0
             AND run_id IN (SELECT run_id FROM attempt WHERE lead_seq = $1)",
    )
    .bind(seq)
    .bind(Vec::<u8>::new())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
