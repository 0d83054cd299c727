//! What is removed for good, and what is known of whom.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::lead_view::{source, source_row};
use super::{DbRow, Store, forget, lead_id, lead_status, mentions, quoting, retention};
use crate::flow::ports::{
    Footprint, KnownLead, Overdue, PrivacyStore, QuotedBy, Scoured, Scrubbed, SentRowsOf,
    SheetPlace, SheetStore as _, StoreError,
};
use crate::lead::{CompanyDomain, Forgotten};

#[async_trait]
impl PrivacyStore for Store {
    async fn forgotten(&self) -> Result<Forgotten, StoreError> {
        forget::forgotten(&mut self.readers.begin().await?).await
    }

    async fn footprint(&self, domain: &CompanyDomain) -> Result<Footprint, StoreError> {
        let forgotten = self.forgotten().await?;
        let rows = sqlx::query(
            "SELECT seq, id, status, source, source_name, source_row, credits,
                 domain IS NOT NULL AS named
             FROM lead WHERE domain = $1 OR forgotten_as = $2 ORDER BY seq",
        )
        .bind(domain.as_str())
        .bind(forgotten.hash_of(domain.as_str()))
        .fetch_all(&self.readers)
        .await?;
        let mut sent = self.sent_rows(domain, &forgotten).await?;
        let leads = rows
            .iter()
            .map(|row| known_lead(row, &mut sent))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Footprint {
            since: forgotten.since(domain.as_str()),
            places: self.places(&leads).await?,
            leads,
            subdomains: sqlx::query_scalar(
                "SELECT DISTINCT domain FROM lead WHERE domain LIKE '%.' || $1 ORDER BY domain
                 LIMIT 100",
            )
            .bind(domain.as_str())
            .fetch_all(&self.readers)
            .await?,
        })
    }

    async fn quoted_by(&self, domain: &CompanyDomain, most: usize) -> Result<QuotedBy, StoreError> {
        quoting::quoted_by(&self.readers, domain, most).await
    }

    async fn stop_company(
        &self,
        domain: &CompanyDomain,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let mut tx = self.write().await?;
        let since = forget::stop(&mut tx, domain, now).await?;
        tx.commit().await?;
        Ok(since)
    }

    async fn scrub(
        &self,
        domain: &CompanyDomain,
        most: u32,
        calls_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Scrubbed, StoreError> {
        let mut tx = self.write().await?;
        let scrubbed = forget::scrub_some(&mut tx, domain, most, calls_since, now).await?;
        tx.commit().await?;
        Ok(scrubbed)
    }

    async fn scrub_mentions(
        &self,
        domain: &CompanyDomain,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        mentions::drop_mentions(self, domain, now).await
    }

    async fn lift_stop(&self, domain: &CompanyDomain) -> Result<bool, StoreError> {
        let hash = self.forgotten().await?.hash_of(domain.as_str());
        let lifted = sqlx::query("DELETE FROM forgotten WHERE hash = $1")
            .bind(hash)
            .execute(&self.writer)
            .await?;
        Ok(lifted.rows_affected() > 0)
    }

    async fn scour(&self) -> Result<Scoured, StoreError> {
        self.rewrite().await
    }

    async fn empty_log(&self) -> Result<bool, StoreError> {
        self.truncate_log().await
    }

    async fn remove_results(
        &self,
        overdue: Overdue,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let any: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM result WHERE stored_at < $1)")
                .bind(overdue.before)
                .fetch_one(&self.readers)
                .await?;
        if !any {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let removed = retention::remove(&mut tx, overdue, most, now).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn remove_traces(&self, overdue: Overdue, most: u32) -> Result<u64, StoreError> {
        let any: bool = sqlx::query_scalar(concat!(
            "SELECT EXISTS (SELECT 1 FROM webhook_event
                 WHERE length(body) > 0 AND received_at < $1)
             OR EXISTS (SELECT 1 FROM lead WHERE ",
            place_in!(),
            "(input, '@') > 0 AND finished_at < $1)"
        ))
        .bind(overdue.before)
        .fetch_one(&self.readers)
        .await?;
        if !any {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let removed = retention::remove_traces(&mut tx, overdue, most).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn kept_back(&self, overdue: Overdue) -> Result<u64, StoreError> {
        retention::kept_back(&self.readers, overdue).await
    }
}

type SentBySeq = HashMap<i64, Vec<SentRowsOf>>;

impl Store {
    /// Which spreadsheets got rows of a company's leads.
    async fn sent_rows(
        &self,
        domain: &CompanyDomain,
        forgotten: &Forgotten,
    ) -> Result<SentBySeq, StoreError> {
        let rows = sqlx::query(
            "SELECT d.lead_seq, substr(d.destination, 7) AS spreadsheet, MAX(d.done_at) AS done_at
             FROM lead l JOIN delivery d ON d.lead_seq = l.seq
             WHERE (l.domain = $1 OR l.forgotten_as = $2) AND d.destination LIKE 'sheet:%'
               AND (d.done_at IS NOT NULL OR d.mark IS NOT NULL)
             GROUP BY d.lead_seq, d.destination ORDER BY d.lead_seq, d.destination",
        )
        .bind(domain.as_str())
        .bind(forgotten.hash_of(domain.as_str()))
        .fetch_all(&self.readers)
        .await?;
        let mut sent = SentBySeq::new();
        for row in &rows {
            sent.entry(row.try_get("lead_seq")?)
                .or_default()
                .push(SentRowsOf {
                    spreadsheet: row.try_get("spreadsheet")?,
                    at: row.try_get("done_at")?,
                });
        }
        Ok(sent)
    }

    async fn places(&self, leads: &[KnownLead]) -> Result<Vec<SheetPlace>, StoreError> {
        use crate::flow::ports::Source;
        let mut names: Vec<&str> = leads
            .iter()
            .filter(|lead| lead.source == Source::Sheet)
            .map(|lead| lead.source_name.as_str())
            .chain(leads.iter().flat_map(|lead| {
                let sent = lead.sent.iter();
                sent.map(|sent| sent.spreadsheet.as_str())
            }))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let state = self.sheet(name).await?;
            places.push(SheetPlace {
                spreadsheet: name.to_owned(),
                inputs: state.tabs.iter().map(|tab| tab.tab).collect(),
                results: state.results_tab,
            });
        }
        Ok(places)
    }
}

fn known_lead(row: &DbRow, sent: &mut SentBySeq) -> Result<KnownLead, StoreError> {
    Ok(KnownLead {
        id: lead_id(row)?,
        status: lead_status(row)?,
        source: source(row)?,
        source_name: row.try_get("source_name")?,
        row: source_row(row)?,
        credits: row.try_get("credits")?,
        named: row.try_get("named")?,
        sent: sent.remove(&row.try_get("seq")?).unwrap_or_default(),
    })
}
