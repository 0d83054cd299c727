use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::lead_view::{lead_columns, lead_view, of_same_report};
use super::{DbRow, Store, Tx, is_current, json, parsed, sheet_appends, sheet_changes};
use crate::flow::health::SheetHealth;
use crate::flow::ports::{
    DueRows, InputTab, LeaseTerm, OpenAppend, SentRows, SheetChanges, SheetLead, SheetState,
    SheetStore, StoreError,
};
use crate::flow::sheet::columns::Own;

/// The leads of one spreadsheet. The note of a decision counts while the lead is in the state
/// that the decision left.
const SHEET_LEADS: &str = concat!(
    "SELECT ",
    lead_columns!(),
    ", (SELECT COUNT(*) FROM result_row r
        WHERE r.lead_seq = l.seq AND r.attempt = l.result_attempt) AS result_rows,
     (l.result_attempt IS NOT NULL OR EXISTS (SELECT 1 FROM attempt a WHERE a.lead_seq = l.seq
             AND a.outcome IN ('open', 'started', 'unknown'))) AS settled,
     l.ready, s.misses, s.revive_to IS NOT NULL AS row_gone, s.counted, s.cut,
     CASE WHEN s.note_state = l.status || l.attempt THEN s.note ELSE '' END AS note
     FROM sheet_row s JOIN lead l ON l.seq = s.lead_seq JOIN batch b ON b.seq = l.batch_seq
     WHERE s.spreadsheet = $1 ORDER BY l.seq"
);

/// The setting that says when spreadsheets were to be read at once.
const ASKED_FOR_LOOK: &str = "look now";

#[async_trait]
impl SheetStore for Store {
    async fn installation(&self) -> Result<String, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('installation', $1)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(uuid::Uuid::new_v4().to_string())
        .execute(&mut *tx)
        .await?;
        let name = sqlx::query_scalar("SELECT value FROM setting WHERE name = 'installation'")
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(name)
    }

    async fn forget_readings(&self, kept: &[String]) -> Result<(), StoreError> {
        let mut query =
            QueryBuilder::new("UPDATE lead SET ready = FALSE WHERE source = 'sheet' AND ready");
        for spreadsheet in kept {
            query
                .push(" AND source_name <> ")
                .push_bind(spreadsheet.clone());
        }
        query.build().execute(&self.writer).await?;
        Ok(())
    }

    async fn forget_readings_of(&self, spreadsheet: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE lead SET ready = FALSE
             WHERE source = 'sheet' AND source_name = $1 AND ready",
        )
        .bind(spreadsheet)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn sheet(&self, spreadsheet: &str) -> Result<SheetState, StoreError> {
        let tabs = sqlx::query(
            "SELECT wanted, tab, first_read IS NOT NULL AS was_read, theirs, with_run FROM sheet_tab
             WHERE spreadsheet = $1 ORDER BY bound_at, wanted",
        )
        .bind(spreadsheet)
        .fetch_all(&self.readers)
        .await?;
        let row = sqlx::query(
            "SELECT results_tab, mark, open_mark, open_tab, open_sent_at FROM sheet
             WHERE spreadsheet = $1",
        )
        .bind(spreadsheet)
        .fetch_optional(&self.readers)
        .await?;
        let mut state = SheetState {
            tabs: tabs.iter().map(input_tab).collect::<Result<_, _>>()?,
            ..SheetState::default()
        };
        if let Some(row) = row {
            state.results_tab = row.try_get("results_tab")?;
            state.mark = row.try_get("mark")?;
            let mark: Option<i32> = row.try_get("open_mark")?;
            let tab: Option<i32> = row.try_get("open_tab")?;
            let sent_at: Option<DateTime<Utc>> = row.try_get("open_sent_at")?;
            state.open = mark
                .zip(tab)
                .zip(sent_at)
                .map(|((mark, tab), sent_at)| OpenAppend { mark, tab, sent_at });
        }
        Ok(state)
    }

    async fn bind_tab(
        &self,
        spreadsheet: &str,
        wanted: &str,
        tab: i32,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sheet_tab (spreadsheet, wanted, tab, bound_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (spreadsheet, wanted) DO NOTHING",
        )
        .bind(spreadsheet)
        .bind(wanted)
        .bind(tab)
        .bind(now)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn set_results_tab(&self, spreadsheet: &str, tab: i32) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sheet (spreadsheet, results_tab) VALUES ($1, $2)
             ON CONFLICT (spreadsheet) DO UPDATE SET results_tab = excluded.results_tab",
        )
        .bind(spreadsheet)
        .bind(tab)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn sheet_leads(&self, spreadsheet: &str) -> Result<Vec<SheetLead>, StoreError> {
        let rows = sqlx::query(SHEET_LEADS)
            .bind(spreadsheet)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(sheet_lead).collect()
    }

    async fn sheet_mark(&self, spreadsheet: &str) -> Result<String, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS leads, MAX(updated_at) AS latest,
                 (SELECT COUNT(*) FROM delivery
                  WHERE destination = 'sheet:' || $1 AND state <> 'done') AS due,
                 (SELECT COUNT(*) FROM lead l
                  JOIN lead t ON t.domain = l.domain AND t.options_key = l.options_key
                      AND t.status IN ('starting', 'waiting')
                  WHERE l.source = 'sheet' AND l.source_name = $1 AND l.status = 'queued') AS same
             FROM lead WHERE source = 'sheet' AND source_name = $1",
        )
        .bind(spreadsheet)
        .fetch_one(&self.readers)
        .await?;
        Ok(format!(
            "{} {:?} {} {}",
            row.try_get::<i64, _>("leads")?,
            row.try_get::<Option<DateTime<Utc>>, _>("latest")?,
            row.try_get::<i64, _>("due")?,
            row.try_get::<i64, _>("same")?
        ))
    }

    async fn apply_sheet(
        &self,
        lease: &LeaseTerm,
        spreadsheet: &str,
        changes: SheetChanges,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        hold(&mut tx, lease).await?;
        sheet_changes::apply(&mut tx, spreadsheet, &changes, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn due_rows(&self, spreadsheet: &str, most: u32) -> Result<Vec<DueRows>, StoreError> {
        sheet_appends::rows(&self.readers, spreadsheet, None, most).await
    }

    async fn open_rows(&self, spreadsheet: &str, mark: i32) -> Result<Vec<DueRows>, StoreError> {
        sheet_appends::rows(&self.readers, spreadsheet, Some(mark), u32::MAX).await
    }

    async fn begin_append(
        &self,
        lease: &LeaseTerm,
        spreadsheet: &str,
        append: &OpenAppend,
        rows: &[SentRows],
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        hold(&mut tx, lease).await?;
        sheet_appends::begin(&mut tx, spreadsheet, append, rows).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn settle_append(
        &self,
        spreadsheet: &str,
        mark: i32,
        applied: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sheet_appends::settle(&mut tx, spreadsheet, mark, applied, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn mark_empty(
        &self,
        spreadsheet: &str,
        rows: &[(i64, i64)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for (lead, attempt) in rows {
            sqlx::query(
                "UPDATE delivery SET state = 'done', done_at = $4
                 WHERE destination = 'sheet:' || $1 AND lead_seq = $2 AND attempt = $3",
            )
            .bind(spreadsheet)
            .bind(lead)
            .bind(attempt)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn ask_for_look(&self, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.remember(ASKED_FOR_LOOK, &at.to_rfc3339()).await
    }

    async fn asked_for_look(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(ASKED_FOR_LOOK)
            .fetch_optional(&self.readers)
            .await?;
        text.map(|text| parsed(text.parse())).transpose()
    }

    async fn share_health(
        &self,
        spreadsheet: &str,
        health: &SheetHealth,
    ) -> Result<(), StoreError> {
        self.remember(&health_setting(spreadsheet), &json(health)?)
            .await
    }

    async fn shared_health(&self, spreadsheet: &str) -> Result<Option<SheetHealth>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(health_setting(spreadsheet))
            .fetch_optional(&self.readers)
            .await?;
        text.map(|text| parsed(serde_json::from_str(&text)))
            .transpose()
    }

    async fn redeliver(&self, spreadsheet: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "UPDATE delivery SET state = 'pending', done_at = NULL, since = $2
             WHERE destination = 'sheet:' || $1 AND state = 'done'
               AND EXISTS (SELECT 1 FROM result r
                   WHERE r.lead_seq = delivery.lead_seq AND r.attempt = delivery.attempt)",
        )
        .bind(spreadsheet)
        .bind(now)
        .execute(&self.writer)
        .await?;
        Ok(result.rows_affected())
    }
}

fn health_setting(spreadsheet: &str) -> String {
    format!("health:{spreadsheet}")
}

async fn hold(tx: &mut Tx<'_>, lease: &LeaseTerm) -> Result<(), StoreError> {
    if is_current(tx, lease).await? {
        Ok(())
    } else {
        Err(StoreError::LeaseLost(lease.name.clone()))
    }
}

fn input_tab(row: &DbRow) -> Result<InputTab, StoreError> {
    let theirs: Option<String> = row.try_get("theirs")?;
    Ok(InputTab {
        theirs: theirs.map(|names| names.split(',').filter_map(Own::parse).collect()),
        wanted: row.try_get("wanted")?,
        tab: row.try_get("tab")?,
        was_read: row.try_get("was_read")?,
        with_run: row.try_get("with_run")?,
    })
}

fn sheet_lead(row: &DbRow) -> Result<SheetLead, StoreError> {
    Ok(SheetLead {
        lead: lead_view(row)?,
        rows: row.try_get("result_rows")?,
        settled: row.try_get("settled")?,
        ready: row.try_get("ready")?,
        misses: row.try_get("misses")?,
        row_gone: row.try_get("row_gone")?,
        counted: row.try_get("counted")?,
        note: row.try_get("note")?,
        cut: row.try_get("cut")?,
    })
}
