//! Reads lists that people put into the watched folder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::intake::{Intake, accept};
use crate::flow::ports::{
    FileLook, FolderGuard, FoundFile, HoldRule, ListFolder, ListProblem, Source, StoreError,
    WatchedFile,
};

/// The folder's name among the parts whose health is told.
pub const PART: &str = "folder";

/// How often a folder that another process reads is tried for.
const OWN_EVERY: Duration = Duration::from_secs(1);

/// The name by which a list's leads and its report are known.
pub fn source_name(folder: &str, file: &str) -> String {
    format!("{folder}/{file}")
}

/// Looks at the folder and reads what is new in it.
pub struct FolderWatch {
    flow: Arc<Flow>,
    folder: Arc<dyn ListFolder>,
    every: Duration,
    /// Whether lists found at the first look ever wait for a person.
    hold_first: bool,
    /// How each file looked last time: it is read once two looks agree.
    seen: HashMap<String, FileLook>,
}

#[derive(Debug, thiserror::Error)]
pub enum WatchFault {
    #[error(transparent)]
    Folder(#[from] ListProblem),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FolderWatch {
    pub fn new(
        flow: Arc<Flow>,
        folder: Arc<dyn ListFolder>,
        every: Duration,
        hold_first: bool,
    ) -> Self {
        Self {
            flow,
            folder,
            every,
            hold_first,
            seen: HashMap::new(),
        }
    }

    /// Waits until no other process reads the folder; `None` once told to stop.
    pub async fn own(&self, stop: &CancellationToken) -> Option<FolderGuard> {
        let mut told = false;
        while !stop.is_cancelled() {
            if let Some(guard) = self.folder.try_own() {
                return Some(guard);
            }
            if !std::mem::replace(&mut told, true) {
                tracing::info!("another process reads the watched folder; standing by");
            }
            tokio::select! {
                () = tokio::time::sleep(OWN_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
        None
    }

    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let result = self.step().await;
            let now = self.flow.clock.now();
            match result {
                Ok(_) => self.flow.health.ok(PART, now),
                Err(fault) => {
                    if self.flow.health.fault(PART, &fault.to_string(), now) {
                        tracing::error!(error = %fault, "the watched folder cannot be read; will try again");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// One look at the folder; answers how many lists were read.
    pub async fn step(&mut self) -> Result<usize, WatchFault> {
        let path = self.folder.path();
        let found = self.folder.found().await?;
        let names: Vec<String> = found.iter().map(|file| file.name.clone()).collect();
        let store = &self.flow.store;
        store.first_look(&path, &names, self.hold_first).await?;
        let known: HashMap<String, WatchedFile> = store
            .watched_files(&path)
            .await?
            .into_iter()
            .map(|file| (file.name.clone(), file))
            .collect();
        let mut read = 0;
        let mut fault = None;
        for file in found {
            let before = known.get(&file.name);
            if before.and_then(|file| file.look) == Some(file.look) || !self.has_settled(&file) {
                continue;
            }
            // One list that makes trouble must not keep the others waiting.
            match self.read(&path, &file, before).await {
                Ok(()) => read += 1,
                Err(error) => fault = Some(error),
            }
        }
        fault.map_or(Ok(read), Err)
    }

    fn has_settled(&mut self, file: &FoundFile) -> bool {
        self.seen.insert(file.name.clone(), file.look) == Some(file.look)
    }

    async fn read(
        &self,
        path: &str,
        file: &FoundFile,
        before: Option<&WatchedFile>,
    ) -> Result<(), WatchFault> {
        // Another folder's list of the same name is another list: its rows are its own, and so
        // is its report.
        let full_name = source_name(path, &file.name);
        let problem = match self.folder.read(&file.name).await {
            Ok(mut rows) => {
                for row in &mut rows {
                    row.scope = Some(format!("folder\u{1f}{full_name}"));
                }
                accept(
                    &self.flow,
                    Intake {
                        source: Source::Folder,
                        source_name: full_name,
                        hold: self.hold(before),
                        rows,
                    },
                )
                .await?;
                None
            }
            Err(problem) => {
                // The problem may quote the list, and a list may hold people's data.
                tracing::warn!(file = %file.name, "a list cannot be read; the note beside it says why");
                Some(problem.to_string())
            }
        };
        let now = self.flow.clock.now();
        self.flow
            .store
            .record_file(path, &file.name, file.look, problem.as_deref(), now)
            .await?;
        self.folder
            .tell_problem(&file.name, problem.as_deref())
            .await?;
        Ok(())
    }

    /// What stood in the folder before we came waits for a person, until it was read once.
    fn hold(&self, before: Option<&WatchedFile>) -> HoldRule {
        let old = before
            .is_some_and(|file| file.held && (file.read_at.is_none() || file.problem.is_some()));
        if old {
            HoldRule::Always
        } else {
            self.flow.limits.hold_rule()
        }
    }
}
