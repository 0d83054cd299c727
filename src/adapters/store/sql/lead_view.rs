//! A lead as its readers see it: the columns to ask for, and what a row of them says.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{DbRow, known, lead_id, lead_status, number, parsed};
use crate::flow::ports::{LeadView, Payer, Removed, ReusedFrom, SameReport, Source, StoreError};
use crate::lead::{BatchId, LeadId};

/// A column of the oldest lead that the same report as for a queued lead `l` is being bought for.
macro_rules! of_same_report {
    ($column:literal) => {
        concat!(
            "CASE WHEN l.status = 'queued' AND NOT l.force THEN (
                 SELECT t.",
            $column,
            " FROM lead t
                 WHERE t.domain = l.domain AND t.options_key = l.options_key
                   AND t.status IN ('starting', 'waiting') ORDER BY t.seq LIMIT 1) END"
        )
    };
}
pub(super) use of_same_report;

/// What [`lead_view`] reads, of a lead `l` and its batch `b`.
macro_rules! lead_columns {
    () => {
        concat!(
            "l.seq, l.id, b.id AS batch, l.cap_lifted, l.source, l.source_name, l.source_row, l.external_id,
         l.deliver_to, l.input, l.domain, l.options, l.status, l.run_status, l.reason, l.attempt, l.run_id, l.origin,
         l.agent, l.credits,
         l.result_attempt IS NOT NULL AND l.removed_at IS NULL AND l.forgotten_at IS NULL
             AS has_result, l.removed_at, l.removed_after, l.forgotten_at,
         (SELECT COUNT(*) FROM delivery d WHERE d.lead_seq = l.seq AND d.state <> 'done')
             AS undelivered,
         l.created_at, l.updated_at, l.finished_at,
         (SELECT f.id FROM lead f WHERE f.seq = l.reused_from) AS reused_from,
         CASE WHEN l.reused_from IS NOT NULL THEN (
             SELECT r.stored_at FROM result r
             WHERE r.lead_seq = l.seq AND r.attempt = l.result_attempt) END AS reported_at, ",
            of_same_report!("id"),
            " AS same_as, ",
            of_same_report!("origin"),
            " AS same_origin, ",
            of_same_report!("agent"),
            " AS same_agent"
        )
    };
}
pub(super) use lead_columns;

pub(super) fn source(row: &DbRow) -> Result<Source, StoreError> {
    let text: String = row.try_get("source")?;
    known(Source::parse(&text), "source", &text)
}

/// The row of a list or sheet in which a lead stands.
pub(super) fn source_row(row: &DbRow) -> Result<Option<u32>, StoreError> {
    let row: Option<i64> = row.try_get("source_row")?;
    row.map(number).transpose()
}

fn payer(row: &DbRow, origin: &str, agent: &str) -> Result<Option<Payer>, StoreError> {
    let origin: Option<String> = row.try_get(origin)?;
    let agent: Option<String> = row.try_get(agent)?;
    Ok(origin
        .zip(agent)
        .map(|(origin, agent)| Payer { origin, agent }))
}

fn named_lead(row: &DbRow, column: &str) -> Result<Option<LeadId>, StoreError> {
    let id: Option<String> = row.try_get(column)?;
    id.map(|id| parsed(LeadId::try_from(id))).transpose()
}

fn reused_from(row: &DbRow) -> Result<Option<ReusedFrom>, StoreError> {
    let reported_at: Option<DateTime<Utc>> = row.try_get("reported_at")?;
    let lead = named_lead(row, "reused_from")?;
    Ok(lead
        .zip(reported_at)
        .map(|(lead, reported_at)| ReusedFrom { lead, reported_at }))
}

fn removed(row: &DbRow) -> Result<Option<Removed>, StoreError> {
    let at: Option<DateTime<Utc>> = row.try_get("removed_at")?;
    let after_days: Option<i64> = row.try_get("removed_after")?;
    Ok(at.map(|at| Removed {
        at,
        after_days: after_days.unwrap_or_default(),
    }))
}

fn same_report(row: &DbRow) -> Result<Option<SameReport>, StoreError> {
    let payer = payer(row, "same_origin", "same_agent")?;
    let lead = named_lead(row, "same_as")?;
    Ok(lead
        .zip(payer)
        .map(|(lead, payer)| SameReport { lead, payer }))
}

pub(super) fn lead_view(row: &DbRow) -> Result<LeadView, StoreError> {
    Ok(LeadView {
        seq: row.try_get("seq")?,
        id: lead_id(row)?,
        batch: parsed(BatchId::try_from(row.try_get::<String, _>("batch")?))?,
        source: source(row)?,
        source_name: row.try_get("source_name")?,
        row: source_row(row)?,
        external_id: row.try_get("external_id")?,
        deliver_to: row.try_get("deliver_to")?,
        input: row.try_get("input")?,
        domain: row.try_get("domain")?,
        options: parsed(serde_json::from_str(row.try_get("options")?))?,
        status: lead_status(row)?,
        run_status: row.try_get("run_status")?,
        reason: row.try_get("reason")?,
        attempt: row.try_get("attempt")?,
        run_id: row.try_get("run_id")?,
        payer: payer(row, "origin", "agent")?,
        credits: row.try_get("credits")?,
        has_result: row.try_get("has_result")?,
        removed: removed(row)?,
        forgotten_at: row.try_get("forgotten_at")?,
        reused_from: reused_from(row)?,
        same_report: same_report(row)?,
        cap_lifted: row.try_get("cap_lifted")?,
        undelivered: row.try_get("undelivered")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}
