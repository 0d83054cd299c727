//! Notices and their targets as they are read.

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::{Db, DbRow, known, parsed, text};
use crate::flow::ports::{
    DueNotice, Notice, NoticeBatch, NoticeLead, SendFilter, SendState, SendView, StoreError,
    TargetView,
};
use crate::lead::notice::{NoticeKind, TargetKind};

/// Notices older than `cursor` with what became of them at each target, the newest first; `most`
/// counts notices.
pub fn select_sends(filter: &SendFilter, cursor: Option<i64>, most: u32) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT n.seq, n.id, n.kind, n.at, s.target, s.state, s.attempts, s.due_at, s.tried_at,
             s.error, l.id AS lead_id, b.id AS batch_id
         FROM notice_send s JOIN notice n ON n.seq = s.notice_seq
         LEFT JOIN lead l ON l.seq = n.lead_seq
         LEFT JOIN batch b ON b.seq = n.batch_seq
         WHERE ",
    );
    push_filter(&mut query, filter);
    // Whole notices: a page does not end between the targets of one.
    query.push(" AND s.notice_seq IN (SELECT DISTINCT s.notice_seq FROM notice_send s WHERE ");
    push_filter(&mut query, filter);
    query
        .push(" AND s.notice_seq < ")
        .push_bind(cursor.unwrap_or(i64::MAX));
    query
        .push(" ORDER BY s.notice_seq DESC LIMIT ")
        .push_bind(i64::from(most));
    query.push(") ORDER BY n.seq DESC, s.target");
    query
}

fn push_filter(query: &mut QueryBuilder<Db>, filter: &SendFilter) {
    query.push("TRUE");
    if let Some(state) = filter.state {
        query.push(" AND s.state = ").push_bind(state.as_str());
    }
    if let Some(target) = &filter.target {
        query
            .push(" AND s.target = ")
            .push_bind(text(target).into_owned());
    }
}

fn kind(row: &DbRow) -> Result<NoticeKind, StoreError> {
    let text: String = row.try_get("kind")?;
    known(NoticeKind::parse(&text), "notice", &text)
}

fn count(row: &DbRow, column: &str) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

fn attempts(row: &DbRow) -> Result<u32, StoreError> {
    parsed(u32::try_from(row.try_get::<i64, _>("attempts")?))
}

pub fn target_view(row: &DbRow) -> Result<TargetView, StoreError> {
    let kind: String = row.try_get("kind")?;
    let events: String = row.try_get("events")?;
    Ok(TargetView {
        name: row.try_get("name")?,
        kind: known(TargetKind::parse(&kind), "target", &kind)?,
        host: row.try_get("host")?,
        events: events.split(',').filter_map(NoticeKind::parse).collect(),
        waiting: count(row, "waiting")?,
        dead: count(row, "dead")?,
        last_sent_at: row.try_get("last_sent_at")?,
        last_failed_at: row.try_get("last_failed_at")?,
        last_error: row.try_get("last_error")?,
    })
}

pub fn due_notice(row: &DbRow) -> Result<DueNotice, StoreError> {
    let lead_id: Option<String> = row.try_get("lead_id")?;
    let lead = match lead_id {
        None => None,
        Some(id) => Some(NoticeLead {
            id,
            domain: row.try_get("domain")?,
            reason: row.try_get("reason")?,
            rows: count(row, "row_count")?,
        }),
    };
    let batch_id: Option<String> = row.try_get("batch_id")?;
    let batch = match batch_id {
        None => None,
        Some(id) => Some(NoticeBatch {
            id,
            source: row.try_get("source")?,
        }),
    };
    let detail: String = row.try_get("detail")?;
    Ok(DueNotice {
        notice: Notice {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            kind: kind(row)?,
            at: row.try_get("at")?,
            status: row.try_get("status")?,
            attempt: row.try_get("attempt")?,
            detail: parsed(serde_json::from_str(&detail))?,
            lead,
            batch,
        },
        attempts: attempts(row)?,
    })
}

pub fn send_view(row: &DbRow) -> Result<SendView, StoreError> {
    let state: String = row.try_get("state")?;
    let state = known(SendState::parse(&state), "state of a notice", &state)?;
    let due_at: DateTime<Utc> = row.try_get("due_at")?;
    Ok(SendView {
        seq: row.try_get("seq")?,
        id: row.try_get("id")?,
        kind: kind(row)?,
        at: row.try_get("at")?,
        target: row.try_get("target")?,
        state,
        attempts: attempts(row)?,
        due_at: (state == SendState::Waiting).then_some(due_at),
        tried_at: row.try_get("tried_at")?,
        error: row.try_get("error")?,
        lead_id: row.try_get("lead_id")?,
        batch_id: row.try_get("batch_id")?,
    })
}
