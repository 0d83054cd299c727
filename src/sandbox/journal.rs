//! The file that lets a restarted sandbox know its runs and webhooks again.
//!
//! One JSON object a line, appended before the answer goes out. It holds neither API keys nor
//! webhook secrets. A line that a crash cut in half was never answered for, so it is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Moment;
use super::config::SandboxError;
use super::endpoint::Endpoint;
use super::keys::KeyHash;
use super::request::StartRequest;

/// One thing worth remembering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    RunAccepted {
        run_id: Uuid,
        key_hash: KeyHash,
        request: StartRequest,
        created_at: Moment,
    },
    RunCutShort {
        run_id: Uuid,
        at: Moment,
    },
    /// The run's end has been announced to the webhooks.
    RunAnnounced {
        run_id: Uuid,
    },
    WebhookRegistered {
        endpoint: Endpoint,
    },
    WebhookDeleted {
        id: Uuid,
    },
}

/// An open journal, or none at all.
#[derive(Debug, Default)]
pub(super) struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Opens the journal and reads what it holds, oldest first.
    pub(super) fn open(path: Option<&PathBuf>) -> Result<(Self, Vec<Entry>), SandboxError> {
        let Some(path) = path else {
            return Ok((Self::default(), Vec::new()));
        };
        let failed = |source| SandboxError::Journal {
            path: path.clone(),
            source,
        };
        let (file, text) = read_whole_lines(path).map_err(failed)?;
        let entries = text
            .lines()
            .enumerate()
            .map(|(index, line)| {
                serde_json::from_str(line).map_err(|source| SandboxError::JournalEntry {
                    path: path.clone(),
                    line: index + 1,
                    source,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok((Self { file: Some(file) }, entries))
    }

    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // One write a line: a killed process leaves a whole line or none.
        file.write_all(&line)
    }
}

/// Reads the file up to its last line end, cuts off what follows, and leaves it open at the end.
fn read_whole_lines(path: &Path) -> io::Result<(File, String)> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    bytes.truncate(whole);
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    Ok((file, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(n: u128) -> Entry {
        Entry::RunAnnounced {
            run_id: Uuid::from_u128(n),
        }
    }

    #[test]
    fn a_line_that_a_crash_cut_in_half_is_dropped_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let (mut journal, entries) = Journal::open(Some(&path)).unwrap();
        assert!(entries.is_empty());
        journal.append(&announced(1)).unwrap();
        journal
            .file
            .unwrap()
            .write_all(b"{\"entry\":\"run_")
            .unwrap();

        let (mut journal, entries) = Journal::open(Some(&path)).unwrap();
        assert_eq!(entries, [announced(1)]);
        journal.append(&announced(2)).unwrap();
        let (_, entries) = Journal::open(Some(&path)).unwrap();
        assert_eq!(entries, [announced(1), announced(2)]);
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "domain\nacme.com\n").unwrap();
        let message = Journal::open(Some(&path)).unwrap_err().to_string();
        assert!(message.contains("line 1"), "{message}");
    }
}
