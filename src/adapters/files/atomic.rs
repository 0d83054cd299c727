use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Files that begin so are ours and not finished; they are never read as lists.
const TEMPORARY_PREFIX: &str = ".warmsheet-";

/// A file that appears as a whole: a crash or a full disk leaves the old one, never half a new
/// one.
pub struct AtomicFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Begins a file beside the one it will replace.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        #[cfg(unix)]
        {
            // As a file that a person saves; the process's umask takes its part away.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            temporary: builder.tempfile_in(folder(path))?,
            path: path.to_owned(),
        })
    }

    /// What is written here and flushed is in the file once it is committed.
    pub fn writer(&self) -> io::Result<BufWriter<File>> {
        Ok(BufWriter::new(self.temporary.reopen()?))
    }

    /// Puts the file into its place.
    pub fn commit(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary
            .persist(&self.path)
            .map_err(|error| error.error)?;
        // The new name is on disk only once the folder is.
        #[cfg(unix)]
        File::open(folder(&self.path))?.sync_all()?;
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_is_not_committed_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.xlsx");
        let write = |text: &[u8]| {
            let file = AtomicFile::create(&path).expect("a file");
            file.writer()
                .expect("a writer")
                .write_all(text)
                .expect("written");
            file
        };
        write(b"old").commit().expect("in its place");
        drop(write(b"half"));
        assert_eq!(std::fs::read(&path).expect("the old file"), b"old");
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            1
        );
    }
}
