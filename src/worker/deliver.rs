//! Brings results to where their leads came from.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::rest;
use super::watch::source_name;
use crate::flow::Flow;
use crate::flow::deliver_when::{LastWrite, due_at};
use crate::flow::meter;
use crate::flow::ports::{LeadFilter, ListFolder, ReportFault, Source, StoreError};

/// The reports' name among the parts whose health is told.
pub const PART: &str = "reports";
const FOLDER: &str = "folder:";

pub struct Deliverer {
    flow: Arc<Flow>,
    folder: Arc<dyn ListFolder>,
    last: HashMap<String, LastWrite>,
}

impl Deliverer {
    pub fn new(flow: Arc<Flow>, folder: Arc<dyn ListFolder>) -> Self {
        Self {
            flow,
            folder,
            last: HashMap::new(),
        }
    }

    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = self.step().await.unwrap_or_else(|error| {
                tracing::error!(%error, "deliveries could not be read; will try again");
                Duration::from_secs(1)
            });
            rest(&self.flow, wait, &stop).await;
        }
    }

    /// Writes every report that is due and tells how long until the next is.
    pub async fn step(&mut self) -> Result<Duration, StoreError> {
        let mut next = Duration::MAX;
        for delivery in self.flow.store.due_deliveries().await? {
            let Some((folder, file)) = self.place(&delivery.destination) else {
                continue;
            };
            let now = self.flow.clock.now();
            let due = due_at(&delivery, self.last.get(&delivery.destination).copied());
            if let Ok(wait) = (due - now).to_std()
                && !wait.is_zero()
            {
                next = next.min(wait);
                continue;
            }
            self.deliver(&delivery.destination, &*folder, &file).await?;
        }
        Ok(next)
    }

    /// The folder and list that a destination names, while that folder is watched.
    fn place(&self, destination: &str) -> Option<(Arc<dyn ListFolder>, String)> {
        let folder = self.folder.clone();
        let file = destination
            .strip_prefix(FOLDER)?
            .strip_prefix(&folder.path())?
            .strip_prefix('/')?;
        let file = file.to_owned();
        Some((folder, file))
    }

    async fn write(
        &self,
        folder: &dyn ListFolder,
        file: &str,
        filter: &LeadFilter,
    ) -> Result<(), ReportFault> {
        if let Some(restored_at) = self.flow.store.restored_at().await? {
            // What was bought between back-up and restore stands only there.
            let aside = folder.put_report_aside(file, restored_at).await;
            aside.map_err(|problem| ReportFault::Write(problem.to_string()))?;
        }
        folder.write_report(file, filter).await
    }

    async fn deliver(
        &mut self,
        destination: &str,
        folder: &dyn ListFolder,
        file: &str,
    ) -> Result<(), StoreError> {
        // Read before the report is: what becomes due in between is delivered once more.
        let news = self.flow.store.news_for(destination).await?;
        let filter = LeadFilter {
            source: Some(Source::Folder),
            source_name: Some(source_name(&folder.path(), file)),
            ..LeadFilter::default()
        };
        let started = self.flow.clock.now();
        let written = self.write(folder, file, &filter).await;
        let ended_at = self.flow.clock.now();
        self.last.insert(
            destination.to_owned(),
            LastWrite {
                ended_at,
                took: ended_at - started,
                failed: written.is_err(),
            },
        );
        match written {
            Ok(()) => {
                let store = &self.flow.store;
                store.mark_delivered(destination, &news, ended_at).await?;
                for one in &news {
                    meter::delivered(ended_at - one.since);
                }
                self.flow.health.ok(PART, ended_at);
                tracing::info!(file, leads = news.len(), "report written");
                Ok(())
            }
            Err(ReportFault::Store(error)) => Err(error),
            Err(fault) => {
                if self.flow.health.fault(PART, &fault.to_string(), ended_at) {
                    tracing::error!(file, error = %fault, "a report cannot be written; will try again");
                }
                Ok(())
            }
        }
    }
}
