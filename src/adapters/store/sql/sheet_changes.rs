//! What one read of a spreadsheet changes, within one transaction.

use chrono::{DateTime, Utc};

use super::forget::forgotten;
use super::intake::{hold_by, insert_batch};
use super::nameless::{nameless_row, note_forgotten};
use super::sheet_decisions::decide;
use super::{Tx, json, list, queue_delivery, text};
use crate::flow::ports::{
    Accepted, HoldRule, MISSES, NewRow, Parsed, SheetChanges, Source, StoreError,
};
use crate::lead::{BatchId, Forgotten, RequestOptions, Status};

pub async fn apply(
    tx: &mut Tx<'_>,
    spreadsheet: &str,
    changes: &SheetChanges,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (tab, theirs) in &changes.first_read {
        let theirs: Vec<&str> = theirs.iter().map(|own| own.header()).collect();
        sqlx::query(
            "UPDATE sheet_tab SET first_read = $3, theirs = $4
             WHERE spreadsheet = $1 AND tab = $2 AND first_read IS NULL",
        )
        .bind(spreadsheet)
        .bind(tab)
        .bind(now)
        .bind(theirs.join(","))
        .execute(&mut **tx)
        .await?;
    }
    for tab in &changes.with_run {
        sqlx::query("UPDATE sheet_tab SET with_run = TRUE WHERE spreadsheet = $1 AND tab = $2")
            .bind(spreadsheet)
            .bind(tab)
            .execute(&mut **tx)
            .await?;
    }
    if !changes.held_back.is_empty() {
        sqlx::query(concat!(
            "UPDATE lead SET status = 'held', updated_at = $2
             WHERE status = 'queued' AND seq IN ",
            each!("$1")
        ))
        .bind(list(&changes.held_back))
        .bind(now)
        .execute(&mut **tx)
        .await?;
    }
    for seq in &changes.back {
        come_back(tx, *seq, now).await?;
    }
    let known = forgotten(tx).await?;
    let here = (spreadsheet, &known);
    accept(tx, here, &changes.old, &[], HoldRule::Always, now).await?;
    let (new, moved) = (&changes.new, &changes.moved);
    accept(tx, here, new, moved, changes.hold, now).await?;
    for seq in &changes.missed {
        miss(tx, *seq, now).await?;
    }
    for seq in &changes.cleared {
        sqlx::query("UPDATE sheet_row SET counted = NULL WHERE lead_seq = $1")
            .bind(seq)
            .execute(&mut **tx)
            .await?;
    }
    for (seq, text, decision) in &changes.decisions {
        decide(tx, *seq, text, *decision, now).await?;
    }
    set_ready(tx, &changes.ready, true).await?;
    set_ready(tx, &changes.unready, false).await
}

/// New leads and unpaid ones that say something else now, as one batch.
async fn accept(
    tx: &mut Tx<'_>,
    (spreadsheet, forgotten): (&str, &Forgotten),
    new: &[NewRow],
    moved: &[(i64, NewRow)],
    rule: HoldRule,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if new.is_empty() && moved.is_empty() {
        return Ok(());
    }
    let batch = BatchId::random();
    let batch_seq = insert_batch(tx, Source::Sheet, spreadsheet, &batch, now).await?;
    let mut accepted = Accepted::of(batch.clone());
    for row in new {
        let (row, company) = &nameless_row(row, forgotten);
        let seq = insert(tx, spreadsheet, batch_seq, row, now).await?;
        note_forgotten(tx, seq, company.as_ref()).await?;
        sqlx::query("INSERT INTO sheet_row (lead_seq, spreadsheet) VALUES ($1, $2)")
            .bind(seq)
            .bind(spreadsheet)
            .execute(&mut **tx)
            .await?;
        accepted.queued += u64::from(is_good(&row.parsed));
    }
    for (seq, row) in moved {
        let (row, company) = &nameless_row(row, forgotten);
        if company.is_none()
            && let Parsed::Good(domain, _) = &row.parsed
        {
            ask_again(tx, *seq, &forgotten.hash_of(domain.as_str())).await?;
        }
        let status = move_to(tx, *seq, batch_seq, row, now).await?;
        if status.is_some() {
            note_forgotten(tx, *seq, company.as_ref()).await?;
        }
        accepted.queued += u64::from(status.as_deref() == Some(Status::Queued.as_str()));
    }
    hold_by(tx, rule, batch_seq, &mut accepted).await?;
    tracing::info!(
        %batch, source = Source::Sheet.as_str(), queued = accepted.queued,
        held = accepted.held, "accepted"
    );
    Ok(())
}

/// The row still names the company that was forgotten, and that may be bought again: nobody has
/// sent it once more, so a person approves it first.
async fn ask_again(tx: &mut Tx<'_>, seq: i64, company: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sheet_row SET put_aside = 'held' WHERE lead_seq = $1
           AND lead_seq IN (SELECT seq FROM lead WHERE forgotten_as = $2)",
    )
    .bind(seq)
    .bind(company)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn is_good(parsed: &Parsed) -> bool {
    matches!(parsed, Parsed::Good(..))
}

/// Domain, options, status and reason of a row.
fn columns(parsed: &Parsed) -> (Option<&str>, RequestOptions, Status, &str) {
    match parsed {
        Parsed::Good(domain, options) => {
            (Some(domain.as_str()), options.clone(), Status::Queued, "")
        }
        Parsed::Bad(reason) => (
            None,
            RequestOptions::default(),
            Status::Rejected,
            reason.as_str(),
        ),
    }
}

async fn insert(
    tx: &mut Tx<'_>,
    spreadsheet: &str,
    batch_seq: i64,
    row: &NewRow,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let (domain, options, status, reason) = columns(&row.parsed);
    Ok(sqlx::query_scalar(
        "INSERT INTO lead (id, batch_seq, source, source_name, source_row, input, domain, options,
             options_key, status, reason, ready, created_at, updated_at, finished_at)
         VALUES ($1, $2, 'sheet', $3, $4, $5, $6, $7, $8, $9, $10, FALSE, $11, $11, $12)
         RETURNING seq",
    )
    .bind(row.id.as_str())
    .bind(batch_seq)
    .bind(spreadsheet)
    .bind(i64::from(row.row))
    .bind(text(&row.input))
    .bind(domain)
    .bind(json(&options)?)
    .bind(options.key())
    .bind(status.as_str())
    .bind(text(reason))
    .bind(now)
    .bind(status.is_end().then_some(now))
    .fetch_one(&mut **tx)
    .await?)
}

/// A lead without a report, or a call that may have bought one, takes what its row says now. One that was sent and refused gets a new key:
/// the same key with another domain would be a conflict. A person's cancellation stays, and so
/// does a wait for approval. Answers the status, if the lead could take it.
async fn move_to(
    tx: &mut Tx<'_>,
    seq: i64,
    batch_seq: i64,
    row: &NewRow,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let (domain, options, status, reason) = columns(&row.parsed);
    if status == Status::Rejected {
        // Mended later it waits as it did before: an unusable text in between approves nothing.
        sqlx::query(
            "UPDATE sheet_row SET put_aside =
                 (SELECT status FROM lead WHERE seq = $1 AND status IN ('held', 'cancelled'))
             WHERE lead_seq = $1 AND put_aside IS NULL",
        )
        .bind(seq)
        .execute(&mut **tx)
        .await?;
    }
    let moved = sqlx::query_scalar(
        "UPDATE lead SET input = $2, domain = $3, options = $4, options_key = $9, ready = FALSE,
             to_buy = FALSE,
             batch_seq = CASE WHEN status = 'held' THEN batch_seq ELSE $8 END,
             attempt = attempt + (SELECT COUNT(*) FROM attempt a
                                  WHERE a.lead_seq = lead.seq AND a.number = lead.attempt),
             status = CASE
                 WHEN $5 = 'queued' AND status IN ('held', 'cancelled') THEN status
                 WHEN $5 = 'queued' THEN COALESCE(
                     (SELECT put_aside FROM sheet_row s WHERE s.lead_seq = lead.seq), $5)
                 ELSE $5 END,
             reason = $6, updated_at = $7, finished_at = CASE WHEN $5 = 'queued' THEN NULL
                                                              ELSE $7 END
         WHERE seq = $1 AND status IN ('held', 'queued', 'rejected', 'cancelled')
           AND result_attempt IS NULL
           AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.lead_seq = lead.seq
                           AND a.outcome IN ('open', 'started', 'unknown'))
         RETURNING status",
    )
    .bind(seq)
    .bind(text(&row.input))
    .bind(domain)
    .bind(json(&options)?)
    .bind(status.as_str())
    .bind(text(reason))
    .bind(now)
    .bind(batch_seq)
    .bind(options.key())
    .fetch_optional(&mut **tx)
    .await?;
    if status == Status::Queued {
        sqlx::query("UPDATE sheet_row SET put_aside = NULL WHERE lead_seq = $1")
            .bind(seq)
            .execute(&mut **tx)
            .await?;
    }
    Ok(moved)
}

/// The row is there again: what was cancelled for its absence goes on where it stood.
async fn come_back(tx: &mut Tx<'_>, seq: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE lead SET status = (SELECT revive_to FROM sheet_row WHERE lead_seq = $1),
             ready = FALSE, to_buy = FALSE, updated_at = $2, finished_at = NULL
         WHERE seq = $1 AND status = 'cancelled'
           AND (SELECT revive_to FROM sheet_row WHERE lead_seq = $1) IS NOT NULL",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE sheet_row SET misses = 0, revive_to = NULL WHERE lead_seq = $1")
        .bind(seq)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The read did not show the row. What is not paid for and stays away is cancelled.
async fn miss(tx: &mut Tx<'_>, seq: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let misses: i64 = sqlx::query_scalar(
        "UPDATE sheet_row SET misses = misses + 1 WHERE lead_seq = $1 RETURNING misses",
    )
    .bind(seq)
    .fetch_one(&mut **tx)
    .await?;
    if misses < MISSES {
        return Ok(());
    }
    let status: String = sqlx::query_scalar("SELECT status FROM lead WHERE seq = $1")
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    if !matches!(Status::parse(&status), Some(Status::Held | Status::Queued)) {
        return Ok(());
    }
    sqlx::query(
        "UPDATE lead SET status = 'cancelled', reason = 'its row is gone from the sheet',
             updated_at = $2, finished_at = $2 WHERE seq = $1",
    )
    .bind(seq)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE sheet_row SET revive_to = $2 WHERE lead_seq = $1")
        .bind(seq)
        .bind(status)
        .execute(&mut **tx)
        .await?;
    queue_delivery(tx, seq, now).await
}

async fn set_ready(tx: &mut Tx<'_>, seqs: &[i64], ready: bool) -> Result<(), StoreError> {
    if seqs.is_empty() {
        return Ok(());
    }
    sqlx::query(concat!(
        "UPDATE lead SET ready = $2 WHERE seq IN ",
        each!("$1")
    ))
    .bind(list(seqs))
    .bind(ready)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
