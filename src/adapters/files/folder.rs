use std::fs::{self, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use tokio::task::spawn_blocking;

use super::atomic::AtomicFile;
use super::list::{is_list_name, read_list_from};
use super::path::check_path_length;
use super::reports::write_report_file;
use crate::flow::intake::IntakeRow;
use crate::flow::ports::{
    FileLook, FolderGuard, FoundFile, LeadFilter, ListFolder, ListProblem, ReportFault,
    ReportFormat, Reports,
};

/// A lock of the operating system, so that it is the same disk's folder, and ends with the process.
const LOCK: &str = ".warmsheet.lock";
/// What the name of a list's report has behind the list's.
const REPORT: &str = ".results.xlsx";

/// A folder that people put lists into.
pub struct WatchedFolder {
    path: PathBuf,
    reports: Arc<dyn Reports>,
}

impl WatchedFolder {
    /// The folder must exist: a mistyped name should not become an empty folder that nobody
    /// ever fills.
    pub fn open(path: &Path, reports: Arc<dyn Reports>) -> io::Result<Self> {
        let path = path.canonicalize()?;
        check_path_length(&path)?;
        fs::read_dir(&path)?;
        Ok(Self { path, reports })
    }

    /// Runs what blocks on a thread that may.
    async fn blocking<T: Send + 'static>(
        &self,
        what: String,
        work: impl FnOnce(&Path) -> Result<T, ListProblem> + Send + 'static,
    ) -> Result<T, ListProblem> {
        let path = self.path.clone();
        spawn_blocking(move || work(&path))
            .await
            .unwrap_or_else(|error| Err(ListProblem(format!("{what}: {error}"))))
    }
}

#[async_trait]
impl ListFolder for WatchedFolder {
    fn path(&self) -> String {
        self.path.display().to_string()
    }

    fn try_own(&self) -> Option<FolderGuard> {
        let lock = fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.join(LOCK))
            .map_err(TryLockError::Error)
            .and_then(|file| file.try_lock().map(|()| file));
        match lock {
            Ok(file) => Some(FolderGuard::new(file)),
            Err(TryLockError::WouldBlock) => None,
            // A file system without locks, or one that is not writable: rows are known by their
            // file and domain all the same.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "the watched folder cannot be locked against a second reader");
                Some(FolderGuard::new(()))
            }
        }
    }

    async fn found(&self) -> Result<Vec<FoundFile>, ListProblem> {
        self.blocking("reading the folder".to_owned(), |path| {
            find(path).map_err(|error| ListProblem(format!("{}: {error}", path.display())))
        })
        .await
    }

    async fn read(&self, name: &str) -> Result<Vec<IntakeRow>, ListProblem> {
        let name = name.to_owned();
        self.blocking(name.clone(), move |path| {
            let problem = |error: &dyn std::fmt::Display| ListProblem(format!("{name}: {error}"));
            let file = fs::File::open(path.join(&name)).map_err(|error| problem(&error))?;
            let list = read_list_from(&name, file).map_err(|error| problem(&error))?;
            Ok(list.into_intake_rows())
        })
        .await
    }

    async fn tell_problem(&self, name: &str, problem: Option<&str>) -> Result<(), ListProblem> {
        let (file, problem) = (format!("{name}.error.txt"), problem.map(str::to_owned));
        self.blocking(file.clone(), move |path| {
            let path = path.join(&file);
            let told = match problem {
                Some(problem) => write_note(&path, &problem),
                None => match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                },
            };
            told.map_err(|error| ListProblem(format!("{file}: {error}")))
        })
        .await
    }

    async fn put_report_aside(
        &self,
        name: &str,
        written_before: DateTime<Utc>,
    ) -> Result<(), ListProblem> {
        let restored = written_before.format("%Y-%m-%d-%H%M%S");
        let aside = format!("{name}.before-restore-{restored}{REPORT}");
        let report = format!("{name}{REPORT}");
        self.blocking(report.clone(), move |path| {
            put_aside(&path.join(&report), &path.join(aside), written_before)
                .map_err(|error| ListProblem(format!("{report}: {error}")))
        })
        .await
    }

    async fn write_report(&self, name: &str, filter: &LeadFilter) -> Result<(), ReportFault> {
        let output = self.path.join(format!("{name}{REPORT}"));
        write_report_file(&*self.reports, filter, ReportFormat::Xlsx, &output).await
    }
}

fn put_aside(report: &Path, aside: &Path, written_before: DateTime<Utc>) -> io::Result<()> {
    let modified = match fs::metadata(report) {
        Ok(metadata) => metadata.modified()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if DateTime::<Utc>::from(modified) < written_before {
        fs::rename(report, aside)?;
    }
    Ok(())
}

fn write_note(path: &Path, problem: &str) -> io::Result<()> {
    let file = AtomicFile::create(path)?;
    let mut out = file.writer()?;
    writeln!(
        out,
        "{problem}\n\nMend the list and save it; it is read again then."
    )?;
    out.flush()?;
    file.commit()
}

/// Lists in the folder itself, not below it; what cannot be looked at is left for the next look.
fn find(folder: &Path) -> io::Result<Vec<FoundFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !is_list_name(&name) {
            continue;
        }
        // A link is followed: people link lists from elsewhere.
        let Ok(metadata) = fs::metadata(entry.path()) else {
            continue;
        };
        if metadata.is_file() {
            let modified = metadata.modified().unwrap_or(std::time::UNIX_EPOCH);
            found.push(FoundFile {
                name,
                look: FileLook {
                    size: metadata.len(),
                    modified_at: DateTime::<Utc>::from(modified).trunc_subsecs(6),
                },
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
