//! What happened to leads, day by day and one by one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{QueryBuilder, Row};

use super::{DbRow, OVERLAP, Store, known, lead_id, ledger, parsed};
use crate::flow::ports::{
    ChangedLead, ChangedLeads, DayFigures, HistoryStore, LeadEvent, LeadEventKind, StoreError,
    Timeline, WebhookNews,
};
use crate::lead::Status;

/// More leads than this are not named one by one.
const MOST_CHANGED: i64 = 200;
/// What happened so lately is read once more, [`OVERLAP`] numbers back: a look that brings the same
/// again has no new number, and where transactions overlap they may commit in another order than
/// they were given theirs in.
const LATELY: TimeDelta = TimeDelta::seconds(10);

#[async_trait]
impl HistoryStore for Store {
    async fn timeline(&self, lead_seq: i64) -> Result<Timeline, StoreError> {
        let events = sqlx::query(
            "SELECT attempt, kind, word, reason, at, times, last_at FROM lead_event
             WHERE lead_seq = $1 ORDER BY seq",
        )
        .bind(lead_seq)
        .fetch_all(&self.readers)
        .await?;
        let mut query = QueryBuilder::new(ledger::ENTRY);
        query.push(" AND a.lead_seq = ").push_bind(lead_seq);
        query.push(" ORDER BY a.number");
        let attempts = query.build().fetch_all(&self.readers).await?;
        let webhooks = sqlx::query(
            "SELECT event_type, run_id, received_at FROM webhook_event
             WHERE run_id IN (SELECT run_id FROM attempt WHERE lead_seq = $1)
                OR run_id = (SELECT run_id FROM lead WHERE seq = $1 AND reused_from IS NULL)
             ORDER BY seq",
        )
        .bind(lead_seq)
        .fetch_all(&self.readers)
        .await?;
        Ok(Timeline {
            events: events.iter().map(event).collect::<Result<_, _>>()?,
            attempts: attempts
                .iter()
                .map(ledger::entry)
                .collect::<Result<_, _>>()?,
            webhooks: webhooks.iter().map(webhook).collect::<Result<_, _>>()?,
        })
    }

    async fn changed_leads(
        &self,
        after: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<ChangedLeads, StoreError> {
        let Some(after) = after else {
            let mark = sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM lead_event")
                .fetch_one(&self.readers)
                .await?;
            return Ok(ChangedLeads {
                mark,
                leads: Some(Vec::new()),
            });
        };
        let rows = sqlx::query(
            "SELECT MAX(e.seq) AS mark, MAX(e.last_at) AS last_at, l.id
             FROM lead_event e JOIN lead l ON l.seq = e.lead_seq
             WHERE e.seq > $1 AND (e.seq > $2 OR e.last_at > $3)
             GROUP BY l.id ORDER BY mark DESC LIMIT $4",
        )
        .bind(after - OVERLAP)
        .bind(after)
        .bind(now - LATELY)
        .bind(MOST_CHANGED + 1)
        .fetch_all(&self.readers)
        .await?;
        let newest = rows.first().map(|row| row.try_get("mark")).transpose()?;
        let all = i64::try_from(rows.len()).unwrap_or(i64::MAX) <= MOST_CHANGED;
        let leads = rows
            .iter()
            .map(|row| {
                Ok(ChangedLead {
                    id: lead_id(row)?,
                    last: (row.try_get("mark")?, row.try_get("last_at")?),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(ChangedLeads {
            mark: newest.unwrap_or(after).max(after),
            leads: all.then_some(leads),
        })
    }

    async fn days(&self, from: NaiveDate) -> Result<Vec<DayFigures>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, CAST(SUM(amount) AS BIGINT) AS amount FROM tally
             WHERE (name >= 'finished ' || $1 AND name < 'finished a')
                OR (name >= 'spent ' || $1 AND name < 'spent a')
             GROUP BY name HAVING SUM(amount) <> 0",
        )
        .bind(from.to_string())
        .fetch_all(&self.readers)
        .await?;
        let mut days: BTreeMap<NaiveDate, DayFigures> = BTreeMap::new();
        for row in &rows {
            let name: &str = row.try_get("name")?;
            let (what, day) = known(name.split_once(' '), "tally", name)?;
            let day = parsed(day.parse())?;
            let figures = days.entry(day).or_insert(DayFigures {
                day,
                finished: 0,
                spent: 0,
            });
            let amount = row.try_get("amount")?;
            match what {
                "finished" => figures.finished = amount,
                _ => figures.spent = amount,
            }
        }
        Ok(days.into_values().collect())
    }

    async fn latest_webhooks(&self, most: u32) -> Result<Vec<WebhookNews>, StoreError> {
        let rows = sqlx::query(
            "SELECT event_type, run_id, received_at FROM webhook_event ORDER BY seq DESC LIMIT $1",
        )
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(webhook).collect()
    }
}

fn event(row: &DbRow) -> Result<LeadEvent, StoreError> {
    let kind: &str = row.try_get("kind")?;
    let word: String = row.try_get("word")?;
    let kind = match kind {
        "state" => LeadEventKind::State(known(Status::parse(&word), "status", &word)?),
        "look" => LeadEventKind::Look { run_status: word },
        "delivered" => LeadEventKind::Delivered { destination: word },
        other => return known(None, "kind of event", other),
    };
    Ok(LeadEvent {
        attempt: row.try_get("attempt")?,
        kind,
        reason: row.try_get("reason")?,
        at: row.try_get("at")?,
        times: row.try_get("times")?,
        last_at: row.try_get("last_at")?,
    })
}

fn webhook(row: &DbRow) -> Result<WebhookNews, StoreError> {
    Ok(WebhookNews {
        event_type: row.try_get("event_type")?,
        run_id: row.try_get("run_id")?,
        received_at: row.try_get("received_at")?,
    })
}
