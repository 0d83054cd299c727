use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::lead::LeadId;

/// Whether work goes on, as the database tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkFigures {
    /// Since when the oldest news waits for a report in a folder.
    pub folder_undelivered: Option<DateTime<Utc>>,
    /// Since when the oldest rows wait for a spreadsheet.
    pub sheet_undelivered: Option<DateTime<Utc>>,
    /// When a key was sent for the first time last.
    pub last_sent: Option<DateTime<Utc>>,
}

/// Figures for those who watch over the service; cheap, whatever is stored.
#[async_trait]
pub trait FigureStore: Send + Sync {
    async fn work_figures(&self) -> Result<WorkFigures, StoreError>;

    /// The lead that a run belongs to, for the log.
    async fn lead_of_run(&self, run_id: &str) -> Result<Option<LeadId>, StoreError>;
}
