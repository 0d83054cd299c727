use async_trait::async_trait;
use sqlx::Row;

use super::Store;
use crate::flow::ports::{FigureStore, StoreError, WorkFigures};

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
}
