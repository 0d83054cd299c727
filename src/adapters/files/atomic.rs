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
        // As a file that a person saves; the process's umask takes its part away.
        Self::create_with(path, 0o666)
    }

    /// Begins a file that only this user may read, under a name that must be free.
    pub fn create_private(path: &Path) -> io::Result<Self> {
        if path.try_exists()? {
            return Err(already_there(path));
        }
        Self::create_with(path, 0o600)
    }

    #[cfg_attr(not(unix), expect(unused_variables))]
    fn create_with(path: &Path, mode: u32) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(mode));
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

    /// Where the file is until it is committed.
    pub fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    /// Puts the file into its place.
    pub fn commit(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary
            .persist(&self.path)
            .map_err(|error| error.error)?;
        sync_folder(&self.path)
    }

    /// Puts the file into its place, if that is free.
    pub fn commit_new(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary
            .persist_noclobber(&self.path)
            .map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => already_there(&self.path),
                _ => error.error,
            })?;
        sync_folder(&self.path)
    }
}

fn already_there(path: &Path) -> io::Error {
    let words = format!(
        "{} is there already and is not overwritten; choose another name",
        path.display()
    );
    io::Error::new(io::ErrorKind::AlreadyExists, words)
}

/// A new name is on disk only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder(path))?.sync_all()?;
    Ok(())
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
