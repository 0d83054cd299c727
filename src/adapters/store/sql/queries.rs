use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use sqlx::{QueryBuilder, Row};

use super::filter::{goes_through, push_filter};
use super::lead_view::{lead_columns, lead_view, of_same_report};
use super::{Db, GONE_THROUGH, Store, lead_status, number, parsed};
use crate::flow::ports::{
    BatchQueue, BatchView, ColumnShape, Counts, LeadFilter, LeadView, Page, QueryStore, ResultView,
    Spending, StoreError, StoredRow,
};
use crate::lead::{BatchId, LeadId, StoredCells};

/// A longer run, bytes, is parsed where no other request waits for it.
const LARGE: usize = 256 * 1024;

async fn read_run(text: String) -> Result<serde_json::Value, StoreError> {
    let large = text.len() > LARGE;
    let read = move || parsed(serde_json::from_str(&text));
    if !large {
        return read();
    }
    parsed(tokio::task::spawn_blocking(read).await)?
}

const LEAD: &str = concat!(
    "SELECT ",
    lead_columns!(),
    " FROM lead l JOIN batch b ON b.seq = l.batch_seq WHERE TRUE"
);

#[async_trait]
impl QueryStore for Store {
    async fn newest_leads(
        &self,
        filter: &LeadFilter,
        before: Option<i64>,
        most: u32,
    ) -> Result<Page, StoreError> {
        let mut query = QueryBuilder::new(LEAD);
        let through = goes_through(filter);
        if through {
            query.push(" AND l.seq IN (SELECT l.seq FROM lead l");
            query.push(GONE_THROUGH).push(" WHERE TRUE");
        }
        push_filter(&mut query, filter)?;
        if let Some(before) = before {
            query.push(" AND l.seq < ").push_bind(before);
        }
        query
            .push(" ORDER BY l.seq DESC LIMIT ")
            .push_bind(i64::from(most) + 1);
        if through {
            query.push(") ORDER BY l.seq DESC");
        }
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut leads: Vec<LeadView> = rows.iter().map(lead_view).collect::<Result<_, _>>()?;
        let more = leads.len() > most as usize;
        leads.truncate(most as usize);
        let next = leads.last().map(|lead| lead.seq).filter(|_| more);
        Ok(Page { leads, next })
    }

    async fn oldest_leads(
        &self,
        filter: &LeadFilter,
        after: i64,
        most: u32,
    ) -> Result<Vec<LeadView>, StoreError> {
        let mut query = QueryBuilder::new(LEAD);
        push_filter(&mut query, filter)?;
        query.push(" AND l.seq > ").push_bind(after);
        query
            .push(" ORDER BY l.seq LIMIT ")
            .push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(lead_view).collect()
    }

    async fn lead(&self, id: &LeadId) -> Result<Option<LeadView>, StoreError> {
        let mut query = QueryBuilder::new(LEAD);
        query.push(" AND l.id = ").push_bind(id.as_str());
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(lead_view).transpose()
    }

    async fn result(&self, lead_seq: i64) -> Result<Option<ResultView>, StoreError> {
        let row = sqlx::query(
            "SELECT r.run_id, r.stored_at, r.run FROM result r
             JOIN lead l ON l.seq = r.lead_seq AND l.result_attempt = r.attempt
             WHERE r.lead_seq = $1",
        )
        .bind(lead_seq)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ResultView {
            run_id: row.try_get("run_id")?,
            stored_at: row.try_get("stored_at")?,
            run: read_run(row.try_get("run")?).await?,
        }))
    }

    async fn counts(&self, filter: &LeadFilter) -> Result<Counts, StoreError> {
        let mut query = if *filter == LeadFilter::default() {
            QueryBuilder::new(ALL_COUNTS)
        } else {
            filtered_counts(filter)?
        };
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut counts = rows
            .iter()
            .map(|row| {
                let status = lead_status(row)?;
                Ok((status, row.try_get::<i64, _>("leads")?.unsigned_abs()))
            })
            .collect::<Result<Counts, StoreError>>()?;
        counts.sort_unstable();
        Ok(counts)
    }

    async fn credits(&self, filter: &LeadFilter) -> Result<i64, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT CAST(COALESCE(SUM(l.credits), 0) AS BIGINT) FROM lead l
             JOIN batch b ON b.seq = l.batch_seq WHERE TRUE",
        );
        push_filter(&mut query, filter)?;
        Ok(query.build_query_scalar().fetch_one(&self.readers).await?)
    }

    async fn spending(&self, day: NaiveDate) -> Result<Spending, StoreError> {
        let row = sqlx::query(
            "SELECT
                 CAST(COALESCE(SUM(COALESCE(charged, reserved)), 0) AS BIGINT) AS today,
                 CAST(COALESCE(SUM(CASE WHEN charged IS NULL THEN reserved END), 0) AS BIGINT)
                     AS reserved,
                 (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tally WHERE name = 'charged')
                     AS charged,
                 (SELECT COUNT(*) FROM attempt WHERE outcome = 'unknown') AS unknown
             FROM attempt WHERE day = $1",
        )
        .bind(day)
        .fetch_one(&self.readers)
        .await?;
        let balance: Option<String> =
            sqlx::query_scalar("SELECT value FROM setting WHERE name = 'balance'")
                .fetch_optional(&self.readers)
                .await?;
        Ok(Spending {
            today: row.try_get("today")?,
            reserved: row.try_get("reserved")?,
            charged: row.try_get("charged")?,
            unknown: row.try_get("unknown")?,
            balance: balance.and_then(|text| text.parse().ok()),
        })
    }

    async fn held_batches(&self) -> Result<Vec<BatchView>, StoreError> {
        self.held().await
    }

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        self.one_batch(id).await
    }

    async fn batch_queue(&self, id: &BatchId) -> Result<BatchQueue, StoreError> {
        self.queue_of(id).await
    }

    async fn run_times(&self, most: u32) -> Result<Vec<TimeDelta>, StoreError> {
        self.latest_run_times(most).await
    }

    async fn shapes(&self, filter: &LeadFilter) -> Result<Vec<ColumnShape>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT s.id, s.keys FROM row_shape s JOIN (
                 SELECT r.shape_id, MIN(l.seq) AS lead_seq, MIN(r.row) AS row
                 FROM lead l JOIN batch b ON b.seq = l.batch_seq
                 JOIN result_row r ON r.lead_seq = l.seq AND r.attempt = l.result_attempt
                 WHERE TRUE",
        );
        push_filter(&mut query, filter)?;
        query.push(" GROUP BY r.shape_id) f ON f.shape_id = s.id ORDER BY f.lead_seq, f.row, s.id");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(ColumnShape {
                    id: row.try_get("id")?,
                    keys: parsed(serde_json::from_str(row.try_get("keys")?))?,
                })
            })
            .collect()
    }

    async fn result_rows(
        &self,
        filter: &LeadFilter,
        after: (i64, u32),
        most: u32,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT l.seq, l.id, l.result_run_id, l.domain, r.row, r.shape_id, r.cells
             FROM lead l JOIN batch b ON b.seq = l.batch_seq
             JOIN result_row r ON r.lead_seq = l.seq AND r.attempt = l.result_attempt
             WHERE l.seq >= ",
        );
        query.push_bind(after.0);
        query.push(" AND (l.seq > ").push_bind(after.0);
        query
            .push(" OR r.row > ")
            .push_bind(i64::from(after.1))
            .push(")");
        push_filter(&mut query, filter)?;
        query
            .push(" ORDER BY l.seq, r.row LIMIT ")
            .push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredRow {
                    lead_seq: row.try_get(0)?,
                    lead_id: row.try_get(1)?,
                    run_id: row.try_get(2)?,
                    domain: row.try_get(3)?,
                    row: number(row.try_get(4)?)?,
                    shape: row.try_get(5)?,
                    cells: StoredCells::from_stored(row.try_get(6)?),
                })
            })
            .collect()
    }

    async fn change_mark(&self) -> Result<i64, StoreError> {
        self.changes().await
    }

    async fn prove_writable(&self) -> Result<(), StoreError> {
        // Committed and different each time: a write that is taken back, or that changes
        // nothing, never reaches the disk and would succeed on a full one.
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('ping', '0')
             ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)",
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Leads by state as triggers keep count of them.
const ALL_COUNTS: &str = "SELECT substr(name, 7) AS status, CAST(SUM(amount) AS BIGINT) AS leads
     FROM tally WHERE name LIKE 'leads %' GROUP BY name HAVING SUM(amount) <> 0";

fn filtered_counts(filter: &LeadFilter) -> Result<QueryBuilder<Db>, StoreError> {
    let mut query = QueryBuilder::new("SELECT l.status, COUNT(*) AS leads FROM lead l");
    // To count those of one source or state takes all of them as well.
    let no_index = filter.source.is_some() && filter.source_name.is_none();
    if goes_through(filter) || (no_index && filter.batch.is_none() && filter.seqs.is_none()) {
        query.push(GONE_THROUGH);
    }
    if filter.batch.is_some() {
        query.push(" JOIN batch b ON b.seq = l.batch_seq");
    }
    query.push(" WHERE TRUE");
    push_filter(&mut query, filter)?;
    query.push(" GROUP BY l.status");
    Ok(query)
}
