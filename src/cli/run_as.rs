//! Root only for as long as it takes to hand a volume over.
//!
//! A fresh volume belongs to root on some platforms, and so may files that a person's console
//! session left on it: one lock file of root's would keep the service from its own database. An
//! image without a shell has nobody else to mend that, so the program does, before it does
//! anything else and while it has one thread only.

use std::path::{Component, Path, PathBuf};

/// The user to become, `UID` or `UID:GID`, numbers above 0.
const RUN_AS: &str = "WARMSHEET_RUN_AS";
/// The folder that this user gets, with all that is in it.
const OWN: &str = "WARMSHEET_OWN";

#[derive(Debug, thiserror::Error)]
pub enum RunAsError {
    #[error(
        "{RUN_AS} is \u{201c}{0}\u{201d}; it is a user's number above 0, or user and group, like \
         65532:65532"
    )]
    NoUser(String),
    #[error(
        "{RUN_AS} is {wanted}, but this process runs as {current}, which may not change that: \
         start it as root or as {wanted}, or do without {RUN_AS}"
    )]
    NotRoot { wanted: u32, current: u32 },
    #[error("{OWN} is set without {RUN_AS}, which says to whom {0} is to belong")]
    NobodyNamed(PathBuf),
    #[error(
        "{OWN} is \u{201c}{0}\u{201d}; it is the whole path of one folder, not of / itself and \
         without \u{201c}..\u{201d}, like /data"
    )]
    NoFolder(String),
    #[error("{} cannot be handed to user {user}: {error}", .path.display())]
    Own {
        path: PathBuf,
        user: u32,
        error: std::io::Error,
    },
    #[error("the process cannot become user {0}: {1}")]
    Become(u32, std::io::Error),
    #[error("{RUN_AS} works on Linux only")]
    #[cfg(not(target_os = "linux"))]
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// Hands [`OWN`] to the user that [`RUN_AS`] names and becomes that user for good; does nothing
/// where neither is set. Must be called before there is a second thread.
pub fn settle() -> Result<(), RunAsError> {
    let own = variable(OWN);
    let Some(text) = variable(RUN_AS) else {
        return match own {
            Some(own) => Err(RunAsError::NobodyNamed(own.into())),
            None => Ok(()),
        };
    };
    let user = parse(&text).ok_or(RunAsError::NoUser(text))?;
    let own = own.map(folder).transpose()?;
    become_user(user, own.as_deref())
}

/// Blank is not set: what an image sets cannot be taken away otherwise.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    let value = value.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// One slip of a pen must not give away the whole machine: `/` is no folder to hand over, nor is
/// what depends on where this was called. A slash or dot at the end would lead through a link.
fn folder(text: String) -> Result<PathBuf, RunAsError> {
    let path: PathBuf = Path::new(&text).components().collect();
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if path.is_absolute() && path.file_name().is_some() && !climbs {
        Ok(path)
    } else {
        Err(RunAsError::NoFolder(text))
    }
}

/// Root is no user to become.
fn parse(text: &str) -> Option<User> {
    let (uid, gid) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|n| (1..u32::MAX).contains(n))
    };
    Some(User {
        uid: number(uid)?,
        gid: number(gid)?,
    })
}

#[cfg(target_os = "linux")]
fn become_user(user: User, own: Option<&Path>) -> Result<(), RunAsError> {
    use rustix::process::{Gid, Uid, geteuid, getuid};
    use rustix::thread::{
        set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    };

    let current = geteuid();
    if !current.is_root() {
        // The image starts as this user already, or a console session does.
        if current.as_raw() == user.uid && getuid() == current {
            return Ok(());
        }
        return Err(RunAsError::NotRoot {
            wanted: user.uid,
            current: current.as_raw(),
        });
    }
    if let Some(own) = own {
        hand_over(own, user)?;
    }
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    // Groups and the group first: without root they could not be changed any more.
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .and_then(|()| set_no_new_privs(true))
        .map_err(|error| RunAsError::Become(user.uid, error.into()))
}

#[cfg(not(target_os = "linux"))]
fn become_user(_: User, _: Option<&Path>) -> Result<(), RunAsError> {
    Err(RunAsError::Elsewhere)
}

/// Every step is taken from a folder that is held open, never by a whole path: while a person's
/// console does this, a service that was broken into could put a link to root's files in the way.
/// Links are handed over themselves, never what they point to.
#[cfg(target_os = "linux")]
fn hand_over(own: &Path, user: User) -> Result<(), RunAsError> {
    let failed = |(path, error): (PathBuf, std::io::Error)| RunAsError::Own {
        path,
        user: user.uid,
        error,
    };
    hand_over_in(&rustix::fs::CWD, own.as_os_str(), own, None, user).map_err(failed)
}

/// Hands over `name` in a folder, if it lies on that device; `path` is what people call it. A fault
/// says where it was met.
#[cfg(target_os = "linux")]
fn hand_over_in(
    folder: &impl std::os::fd::AsFd,
    name: &std::ffi::OsStr,
    path: &Path,
    device: Option<u64>,
    user: User,
) -> Result<(), (PathBuf, std::io::Error)> {
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::{AtFlags, Dir, Mode, OFlags, chownat, openat, statat};
    use rustix::io::Errno;
    use rustix::process::{Gid, Uid};

    let failed = |error: Errno| (path.to_owned(), error.into());
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    let seen = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    // Something else is mounted here, which is not ours to hand over: a key file, a person's folder.
    if device.is_some_and(|device| device != seen.st_dev) {
        return Ok(());
    }
    if (seen.st_uid, seen.st_gid) != (user.uid, user.gid) {
        let whose = (Some(uid), Some(gid));
        chownat(folder, name, whose.0, whose.1, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let inside = match openat(folder, name, flags, Mode::empty()) {
        // A file or a link.
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        opened => opened.map_err(failed)?,
    };
    for entry in Dir::read_from(&inside).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        match hand_over_in(&inside, name, &path.join(name), Some(seen.st_dev), user) {
            // What went away meanwhile needs no owner.
            Err((_, error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_number_above_zero_with_or_without_a_group() {
        let user = |uid, gid| Some(User { uid, gid });
        assert_eq!(parse("65532"), user(65532, 65532));
        assert_eq!(parse("65532:100"), user(65532, 100));
        for wrong in [
            "",
            "0",
            "0:0",
            "1000:0",
            "root",
            "-1",
            "4294967295",
            "1:2:3",
            ":1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    /// Not tried with the program itself: were it wrong, that would hand over this machine.
    #[test]
    fn a_folder_to_hand_over_is_a_whole_path_below_the_root() {
        for (given, kept) in [
            ("/data", "/data"),
            ("/data/", "/data"),
            ("/data/.", "/data"),
            ("/srv/warm sheet/./data//", "/srv/warm sheet/data"),
            ("//data", "/data"),
        ] {
            let path = folder(given.into()).expect("a folder");
            assert_eq!(path.as_os_str(), kept);
        }
        for wrong in [
            "/",
            "//",
            "/.",
            "/./",
            ".",
            "..",
            "data",
            "./data",
            "/..",
            "/data/..",
            "/data/../etc",
        ] {
            let told = folder(wrong.into()).expect_err(wrong).to_string();
            assert!(
                told.starts_with("WARMSHEET_OWN is") && told.contains("like /data"),
                "{told}"
            );
        }
    }
}
