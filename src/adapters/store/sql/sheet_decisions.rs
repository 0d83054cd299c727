//! Decisions that were taken in a sheet, within one transaction.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::decisions::{decide_all, decide_one};
use super::{Tx, text};
use crate::flow::ports::{Decided, RetryNote, SheetDecision, StoreError};
use crate::lead::Decision;
use crate::lead::forgotten::nothing_left;

/// Counts a decision once: until a read has shown the cell cleared, no other counts.
pub async fn decide(
    tx: &mut Tx<'_>,
    seq: i64,
    typed: &str,
    decision: SheetDecision,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let counts =
        sqlx::query("UPDATE sheet_row SET counted = $2 WHERE lead_seq = $1 AND counted IS NULL")
            .bind(seq)
            .bind(text(typed))
            .execute(&mut **tx)
            .await?;
    if counts.rows_affected() == 0 {
        return Ok(());
    }
    let (note, warned) = match decision {
        SheetDecision::One(decision) => one(tx, seq, decision, now).await?,
        SheetDecision::Batch { decision, lift_cap } => {
            let batch: i64 = sqlx::query_scalar("SELECT batch_seq FROM lead WHERE seq = $1")
                .bind(seq)
                .fetch_one(&mut **tx)
                .await?;
            let changed = decide_all(tx, batch, decision, lift_cap, now).await?;
            let (lead, run) = names(tx, seq).await?;
            tracing::info!(
                lead,
                run,
                decision = decision.as_str(),
                leads = changed,
                lift_cap,
                "decided in the sheet for a whole batch"
            );
            let note = match changed {
                0 => "No row of this batch was waiting",
                _ => "",
            };
            (note.to_owned(), false)
        }
    };
    sqlx::query(
        "UPDATE sheet_row SET note = $2, warned = $3,
             note_state = (SELECT status || attempt FROM lead WHERE seq = $1)
         WHERE lead_seq = $1",
    )
    .bind(seq)
    .bind(note)
    .bind(warned)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What a lead and its run are known by.
async fn names(tx: &mut Tx<'_>, seq: i64) -> Result<(String, Option<String>), StoreError> {
    let row = sqlx::query("SELECT id, run_id FROM lead WHERE seq = $1")
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    Ok((row.try_get("id")?, row.try_get("run_id")?))
}

/// What a person is told of a decision, and whether a charge was warned of.
async fn one(
    tx: &mut Tx<'_>,
    seq: i64,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<(String, bool), StoreError> {
    let row = sqlx::query("SELECT warned FROM sheet_row WHERE lead_seq = $1")
        .bind(seq)
        .fetch_one(&mut **tx)
        .await?;
    let warned: bool = row.try_get("warned")?;
    let decided = decide_one(tx, seq, decision, warned, now).await?;
    let (lead, run) = names(tx, seq).await?;
    tracing::info!(
        lead,
        run,
        decision = decision.as_str(),
        ?decided,
        "decided in the sheet"
    );
    Ok(match decided {
        Decided::Done {
            note: RetryNote::LooksFirst,
            ..
        } => (
            "The known run is looked at first; only if it is gone another is bought".to_owned(),
            false,
        ),
        Decided::Done { .. } => (String::new(), false),
        Decided::NotNow { .. } => (
            format!("\u{201c}{}\u{201d} is not possible now", decision.title()),
            false,
        ),
        Decided::Forgotten { since } => (nothing_left(since), false),
        Decided::ChargeMayExist => (
            "An earlier attempt may have been charged without our hearing of it. Choose Retry \
             once more to buy another all the same"
                .to_owned(),
            true,
        ),
    })
}
