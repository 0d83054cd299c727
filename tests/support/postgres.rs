//! A PostgreSQL cluster that belongs to one test: made in a temporary folder, reachable from
//! this machine only, gone when dropped.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{eventually, lasting_port};

/// Where Debian keeps each version's programs, outside of everybody's path.
const DEBIAN: &str = "/usr/lib/postgresql";
const MISSING: &str = "PostgreSQL's initdb is neither in the path nor below /usr/lib/postgresql: \
                       ./scripts/test installs it, or apt-get install postgresql";

/// Small, because several clusters run beside each other. `fsync` stays on: what a client was
/// told is on disk is what the tests are about.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
shared_buffers = 16MB
max_wal_size = 256MB
max_parallel_workers_per_gather = 0
autovacuum_naptime = 10s
lc_messages = 'C'
";

/// Makes an empty database on a running server and answers its URL.
pub async fn fresh_database(server: &str) -> String {
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(server).await.expect("the server");
    let statement = format!("CREATE DATABASE {name}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("a database");
    let mut url = url::Url::parse(server).expect("the server's URL");
    url.set_path(&name);
    url.into()
}

/// An empty database: on the server that the environment names, else on one made for it.
pub async fn database() -> (Option<Postgres>, String) {
    if let Ok(server) = std::env::var(super::world::SERVER) {
        return (None, fresh_database(&server).await);
    }
    let server = Postgres::new().await;
    let url = server.url();
    (Some(server), url)
}

/// A running cluster. Stopped and removed when dropped.
pub struct Postgres {
    dir: TempDir,
    programs: PathBuf,
    account: Option<Account>,
    port: u16,
    server: Option<Child>,
}

/// The system account that runs the programs, where we may not: PostgreSQL refuses root.
#[derive(Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub async fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let account = match dir.path().metadata().expect("the folder").uid() {
            0 => Some(Account::postgres().await),
            _ => None,
        };
        if let Some(Account { uid, gid }) = account {
            chown(dir.path(), Some(uid), Some(gid)).expect("the folder given away");
        }
        let mut cluster = Self {
            programs: programs(),
            port: lasting_port(),
            server: None,
            dir,
            account,
        };
        cluster.initialise().await;
        cluster.start().await;
        cluster
    }

    /// The database that every cluster has.
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// Where the server listens, on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database and answers its URL.
    pub async fn create_database(&self, name: &str) -> String {
        let mut createdb = self.program("createdb");
        createdb.args(["--maintenance-db", &self.url(), name]);
        output(createdb).await;
        self.database_url(name)
    }

    /// Runs a statement from outside and answers its rows, columns parted by `|`.
    pub async fn sql(&self, database_url: &str, statement: &str) -> String {
        let mut psql = self.program("psql");
        psql.args(["--no-psqlrc", "--tuples-only", "--no-align"]);
        psql.args(["-v", "ON_ERROR_STOP=1", "-c", statement, database_url]);
        output(psql).await.trim_end().to_owned()
    }

    /// The whole database as `pg_dump` writes it.
    pub async fn dump(&self, database_url: &str) -> String {
        let mut dump = self.program("pg_dump");
        dump.arg(database_url);
        output(dump).await
    }

    /// As after a power cut: the server drops everything and recovers from its log.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Stops without a shutdown's order: clients are cut off, nothing is written any more.
    pub async fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            output(self.stopping()).await;
            server.wait().await.expect("the server's end");
        }
    }

    /// Starts a stopped cluster at its old address; answers once it takes connections.
    pub async fn start(&mut self) {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.log())
            .expect("the server's log");
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).stderr(log);
        let server = command.spawn().expect("postgres");
        let pid = server.id().expect("a running server").to_string();
        self.server = Some(server);
        eventually("PostgreSQL takes connections", || async {
            if self.is_ready(&pid) {
                return Ok(());
            }
            Err(std::fs::read_to_string(self.log()).unwrap_or_default())
        })
        .await;
    }

    async fn initialise(&self) {
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(self.data());
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        // Only the empty cluster is not forced to disk; it can be made again.
        initdb.args(["--locale=C", "--no-sync"]);
        output(initdb).await;
        let (folder, port) = (self.dir.path().display(), self.port);
        let settings = format!("{SETTINGS}port = {port}\nunix_socket_directories = '{folder}'\n");
        let file = self.data().join("postgresql.conf");
        std::fs::write(file, settings).expect("the settings");
    }

    /// The server says so itself, in the last line of its lock file.
    fn is_ready(&self, pid: &str) -> bool {
        let lock = std::fs::read_to_string(self.data().join("postmaster.pid"));
        let lock = lock.unwrap_or_default();
        let mut lines = lock.lines().map(str::trim);
        lines.next() == Some(pid) && lines.next_back() == Some("ready")
    }

    fn stopping(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(self.data());
        command.args(["stop", "-m", "immediate", "-w"]);
        command
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .current_dir(self.dir.path())
            .env_clear()
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Some(Account { uid, gid }) = self.account {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn database_url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("server.log")
    }
}

/// Whether a database answers at this address, whatever lies between.
pub async fn can_connect(url: &str) -> bool {
    let mut psql = Command::new(programs().join("psql"));
    psql.args(["--no-psqlrc", "-c", "select 1", url]);
    psql.stdout(Stdio::null()).stderr(Stdio::null());
    psql.status().await.expect("psql").success()
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.server.is_some() {
            // Its own children go with it only when it is told to stop, not when it is killed.
            let _ = self.stopping().as_std_mut().status();
        }
    }
}

impl Account {
    async fn postgres() -> Self {
        let id = async |what: &str| {
            let mut command = Command::new("id");
            command.args([what, "postgres"]);
            output(command).await.trim().parse().expect("a number")
        };
        Self {
            uid: id("-u").await,
            gid: id("-g").await,
        }
    }
}

/// Runs a program to its end; answers what it printed, or panics with what it complained of.
async fn output(mut command: Command) -> String {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().await;
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder of PostgreSQL's programs: the path's, else the newest that Debian has.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find(|folder| has_programs(folder));
    in_path.or_else(newest_of_debian).expect(MISSING)
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok()?.flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|entry| entry.path())
        .filter(|path| has_programs(&path.join("bin")))
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
}

fn has_programs(folder: &Path) -> bool {
    let needed = ["initdb", "pg_ctl", "postgres", "createdb", "psql"];
    needed.iter().all(|name| folder.join(name).is_file())
}
