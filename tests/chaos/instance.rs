//! One `warmsheet serve`, killed, stopped and started as often as the storm likes. It keeps
//! its address and its log.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::sandbox::SPEED;
use crate::support::lasting_port;
use crate::support::sandbox::KEY;

/// Lines of a log that a failure shows.
const TAIL: usize = 40;

pub struct Instance {
    pub number: usize,
    /// `http://127.0.0.1:PORT`
    pub address: String,
    settings: Vec<(&'static str, String)>,
    dir: PathBuf,
    log: PathBuf,
    /// `None` while it is meant to be dead.
    child: Mutex<Option<Child>>,
}

impl Instance {
    pub fn new(number: usize, dir: &Path, mut settings: Vec<(&'static str, String)>) -> Self {
        let bind = format!("127.0.0.1:{}", lasting_port());
        let address = format!("http://{bind}");
        settings.push(("WARMSHEET_BIND", bind));
        Self {
            number,
            address,
            settings,
            dir: dir.to_owned(),
            log: dir.join(format!("instance-{number}.log")),
            child: Mutex::new(None),
        }
    }

    /// Starts it, unless it runs.
    pub async fn start(&self) {
        let mut child = self.child.lock().await;
        if child.is_none() {
            *child = Some(self.spawn());
        }
    }

    /// SIGKILL; answers once it is gone, and whether it ran.
    pub async fn kill(&self) -> bool {
        match self.child.lock().await.take() {
            None => false,
            Some(mut child) => {
                child.kill().await.expect("killed");
                true
            }
        }
    }

    /// SIGKILL for good, without waiting for its end.
    pub fn abandon(&self) {
        if let Ok(mut child) = self.child.try_lock() {
            // Dropping it kills it.
            drop(child.take());
        }
    }

    /// SIGSTOP: it knows nothing of the time that goes by.
    pub async fn suspend(&self) {
        self.signal("-STOP").await;
    }

    /// SIGCONT
    pub async fn resume(&self) {
        self.signal("-CONT").await;
    }

    /// Starts it again if it has ended by itself, and tells how it ended.
    pub async fn revive(&self) -> Option<ExitStatus> {
        let mut child = self.child.lock().await;
        let ended = child.as_mut()?.try_wait().expect("a child of ours")?;
        *child = Some(self.spawn());
        Some(ended)
    }

    /// The end of its log, over all its lives.
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    async fn signal(&self, signal: &str) {
        let child = self.child.lock().await;
        if let Some(pid) = child.as_ref().and_then(Child::id) {
            let sent = Command::new("kill")
                .args([signal, &pid.to_string()])
                .status();
            // It may have ended by itself; the supervisor sees to that.
            sent.await.expect("kill");
        }
    }

    fn spawn(&self) -> Child {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(&self.log)
            .expect("a log");
        Command::new(env!("CARGO_BIN_EXE_warmsheet"))
            .arg("serve")
            .env_clear()
            .current_dir(&self.dir)
            .env("CITEDY_API_KEY", KEY)
            .env("CITEDY_REQUESTS_PER_MINUTE", "60000")
            // Else a run whose webhook was lost would be looked at after real minutes.
            .env("CITEDY_SANDBOX_SPEED", SPEED)
            .env("WARMSHEET_SYNC_SECONDS", "1")
            .env("WARMSHEET_APPROVE_ABOVE", "unlimited")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the binary")
    }
}
