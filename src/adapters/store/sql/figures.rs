use async_trait::async_trait;
use sqlx::Row;

use super::{Store, parsed};
use crate::flow::ports::{FigureStore, StoreError, WorkFigures};
use crate::lead::LeadId;

#[async_trait]
impl FigureStore for Store {
    async fn work_figures(&self) -> Result<WorkFigures, StoreError> {
        let rows = sqlx::query(
            "SELECT CASE WHEN destination LIKE 'sheet:%' THEN 'sheet' ELSE 'folder' END AS kind,
                 MIN(since) AS oldest
             FROM delivery WHERE state <> 'done' GROUP BY 1",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut figures = WorkFigures {
            last_sent: sqlx::query_scalar("SELECT MAX(first_sent_at) FROM attempt")
                .fetch_one(&self.readers)
                .await?,
            ..WorkFigures::default()
        };
        for row in &rows {
            let oldest = Some(row.try_get("oldest")?);
            match row.try_get("kind")? {
                "sheet" => figures.sheet_undelivered = oldest,
                _ => figures.folder_undelivered = oldest,
            }
        }
        Ok(figures)
    }

    async fn lead_of_run(&self, run_id: &str) -> Result<Option<LeadId>, StoreError> {
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM lead WHERE run_id = $1")
            .bind(run_id)
            .fetch_optional(&self.readers)
            .await?;
        id.map(|id| parsed(LeadId::try_from(id))).transpose()
    }
}
