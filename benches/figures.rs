//! The figures that the service is held to, measured on the release binary over real sockets:
//! `scripts/bench figures`. Medians of five runs, and ratios to a peer where there is one.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rust_xlsxwriter::Workbook;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

const RUNS: usize = 5;
const LEADS: u32 = 100_000;
const ROWS: u32 = 100_000;
/// Of the 20 columns four lead every row.
const KEYS: u32 = 16;
const ROWS_A_LEAD: u32 = 3;
const POSTED: usize = 10_000;

fn main() {
    // `cargo test --benches` only asks whether this runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.db");
    let leads = folder.path().join("leads.db");
    let rows = folder.path().join("rows.db");
    drop(Service::start(&empty));
    for database in [&leads, &rows] {
        drop(Service::start(database));
    }
    runtime.block_on(seed_leads(&leads));
    runtime.block_on(seed_rows(&rows));
    println!("medians of {RUNS}; sizes in MiB; release build");
    idle(&empty);
    ready(&empty, &leads);
    post(&folder.path().join("post.db"));
    export(&rows, folder.path());
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("comparable"));
    values[values.len() / 2]
}

fn idle(database: &Path) {
    let sizes = (0..RUNS)
        .map(|_| {
            let service = Service::start(database);
            service.get("/health/ready");
            std::thread::sleep(Duration::from_secs(2));
            service.memory("VmRSS")
        })
        .collect();
    println!(
        "idle memory of serve: {:.1} (goal: at most 20)",
        median::<f64>(sizes)
    );
}

fn ready(empty: &Path, leads: &Path) {
    let measure = |database: &Path| {
        let times = (0..RUNS)
            .map(|_| Service::start(database).ready_after.as_secs_f64() * 1000.0)
            .collect();
        median::<f64>(times)
    };
    let (none, many) = (measure(empty), measure(leads));
    println!(
        "start to ready: {many:.0} ms with {LEADS} leads, {none:.0} ms with none, ratio {:.2} (goal: at most 150 ms)",
        many / none
    );
}

fn post(database: &Path) {
    let leads: Vec<String> = (0..POSTED)
        .map(|n| format!("{{\"domain\":\"company-{n}.com\"}}"))
        .collect();
    let body = format!("{{\"leads\":[{}]}}", leads.join(","));
    let times = (0..RUNS)
        .map(|_| {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{ending}", database.display()));
            }
            let service = Service::start(database);
            let started = Instant::now();
            let answer = service.request("POST", "/api/v1/leads", body.as_bytes());
            let time = started.elapsed().as_secs_f64();
            assert!(
                answer.starts_with("HTTP/1.1 202"),
                "{}",
                &answer[..200.min(answer.len())]
            );
            time
        })
        .collect();
    println!(
        "{POSTED} domains in one post: {:.2} s (goal: at most 0.5 s)",
        median::<f64>(times)
    );
}

fn export(database: &Path, folder: &Path) {
    let service = Service::start(database);
    service.get("/health/ready");
    let idle = service.memory("VmRSS");
    let mut ours = Vec::new();
    let mut peer = Vec::new();
    let mut python = Vec::new();
    let mut peak: f64 = 0.0;
    for _ in 0..RUNS {
        let started = Instant::now();
        let plain = plain_workbook(&folder.join("plain.xlsx"));
        peer.push(started.elapsed().as_secs_f64());
        python.extend(python_workbook(&folder.join("python.xlsx")));
        service.forget_peak();
        let started = Instant::now();
        let size = service.download("/exports/leads.xlsx");
        ours.push(started.elapsed().as_secs_f64());
        peak = peak.max(service.memory("VmHWM"));
        assert!(
            size > plain / 2,
            "{size} bytes came, the plain workbook has {plain}"
        );
    }
    let (ours, peer) = (median(ours), median(peer));
    println!(
        "XLSX of {ROWS} rows and 20 columns over HTTP: {ours:.2} s, rust_xlsxwriter alone {peer:.2} s, \
         ratio {:.2} (goal: at most 1.15)",
        ours / peer
    );
    if python.is_empty() {
        println!("XlsxWriter (PyPI) is a peer in scripts/bench figures");
    } else {
        let python = median(python);
        println!(
            "XlsxWriter (PyPI): {python:.2} s, {:.1} times as long (goal: at least 7)",
            python / ours
        );
    }
    println!(
        "memory above idle while exporting: {:.1} over {idle:.1} (goal: at most 16)",
        peak - idle
    );
}

/// What the same cells take XlsxWriter, seconds, if its Python is named.
fn python_workbook(path: &Path) -> Option<f64> {
    let python = std::env::var_os("WARMSHEET_BENCH_XLSXWRITER")?;
    let output = Command::new(python)
        .arg("scripts/bench-xlsxwriter")
        .arg(path)
        .args([ROWS, KEYS, ROWS_A_LEAD].map(|number| number.to_string()))
        .output()
        .expect("Python");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// The same cells with the library alone, in its constant-memory mode.
fn plain_workbook(path: &Path) -> u64 {
    let mut workbook = Workbook::new();
    let sheet = workbook
        .add_worksheet_with_constant_memory()
        .expect("a sheet");
    for row in 0..ROWS {
        let lead = row / ROWS_A_LEAD;
        sheet.write_string(row, 0, lead_id(lead)).expect("a cell");
        sheet.write_string(row, 1, run_id(lead)).expect("a cell");
        sheet
            .write_string(row, 2, format!("company-{lead}.com"))
            .expect("a cell");
        sheet
            .write_number(row, 3, f64::from(row % ROWS_A_LEAD + 1))
            .expect("a cell");
        for key in 0..KEYS {
            sheet
                .write_string(row, 4 + key as u16, value(row, key))
                .expect("a cell");
        }
    }
    workbook.save(path).expect("a workbook");
    std::fs::metadata(path).expect("a file").len()
}

fn lead_id(lead: u32) -> String {
    format!("L{lead:012}")
}

fn run_id(lead: u32) -> String {
    format!("00000000-0000-4000-8000-{lead:012}")
}

fn value(row: u32, key: u32) -> String {
    format!("value {row} of the key number {key}")
}

/// Opens a database whose schema a first start of the service has made.
async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("synchronous", "OFF")
        .connect()
        .await
        .expect("a database")
}

const NOW: &str = "2026-01-01T00:00:00+00:00";

async fn seed_lead(tx: &mut SqliteConnection, lead: u32) {
    sqlx::query(
        "INSERT INTO lead (seq, id, batch_seq, source, source_name, input, domain, options, status,
             credits, result_attempt, result_run_id, run_id, created_at, updated_at, finished_at)
         VALUES ($1, $2, 1, 'api', '', $3, $3, '{}', 'completed', 40, 1, $4, $4, $5, $5, $5)",
    )
    .bind(lead + 1)
    .bind(lead_id(lead))
    .bind(format!("company-{lead}.com"))
    .bind(run_id(lead))
    .bind(NOW)
    .execute(&mut *tx)
    .await
    .expect("a lead");
}

async fn seed_batch(tx: &mut SqliteConnection) {
    sqlx::query("INSERT INTO batch (seq, id, source, source_name, created_at) VALUES (1, 'B000000000000', 'api', '', $1)")
        .bind(NOW)
        .execute(&mut *tx)
        .await
        .expect("a batch");
}

async fn seed_leads(path: &Path) {
    let mut connection = open(path).await;
    let mut tx = connection.begin().await.expect("a transaction");
    seed_batch(&mut tx).await;
    for lead in 0..LEADS {
        seed_lead(&mut tx, lead).await;
    }
    tx.commit().await.expect("stored");
}

async fn seed_rows(path: &Path) {
    let mut connection = open(path).await;
    let mut tx = connection.begin().await.expect("a transaction");
    seed_batch(&mut tx).await;
    let keys: Vec<String> = (0..KEYS).map(|key| format!("key_{key}")).collect();
    sqlx::query("INSERT INTO row_shape (id, keys) VALUES (1, $1)")
        .bind(serde_json::to_string(&keys).expect("JSON"))
        .execute(&mut *tx)
        .await
        .expect("a shape");
    for row in 0..ROWS {
        let lead = row / ROWS_A_LEAD;
        if row % ROWS_A_LEAD == 0 {
            seed_lead(&mut tx, lead).await;
        }
        let cells: Vec<String> = (0..KEYS).map(|key| value(row, key)).collect();
        sqlx::query("INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells) VALUES ($1, 1, $2, 1, $3)")
            .bind(lead + 1)
            .bind(row % ROWS_A_LEAD + 1)
            .bind(serde_json::to_string(&cells).expect("JSON"))
            .execute(&mut *tx)
            .await
            .expect("a row");
    }
    tx.commit().await.expect("stored");
}

/// The release binary, serving. Killed when dropped.
struct Service {
    child: Child,
    address: String,
    ready_after: Duration,
}

impl Service {
    fn start(database: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_warmsheet"))
            .arg("serve")
            .env_clear()
            .env("CITEDY_API_KEY", "citedy_agent_bench")
            // Nobody answers there: what is measured here is not waiting for Citedy.
            .env("CITEDY_BASE_URL", "http://127.0.0.1:9")
            .env("DATABASE_URL", format!("sqlite://{}", database.display()))
            .env("WARMSHEET_BIND", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let address = loop {
            let line = lines.next().expect("it starts").expect("a line");
            if let Some((_, rest)) = line.split_once("\"address\":\"http://") {
                break rest.split('"').next().expect("an address").to_owned();
            }
        };
        let mut service = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        // The log goes on; a full pipe would stop the service.
        std::thread::spawn(move || lines.for_each(drop));
        service.get("/health/ready");
        service.ready_after = started.elapsed();
        service
    }

    fn get(&self, path: &str) -> String {
        self.request("GET", path, b"")
    }

    fn request(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut answer = Vec::new();
        self.open(method, path, body)
            .read_to_end(&mut answer)
            .expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Reads an answer to its end and keeps none of it.
    fn download(&self, path: &str) -> u64 {
        let mut stream = self.open("GET", path, b"");
        let mut buffer = vec![0; 256 * 1024];
        let mut size = 0;
        loop {
            match stream.read(&mut buffer).expect("an answer") {
                0 => return size,
                read => size += read as u64,
            }
        }
    }

    fn open(&self, method: &str, path: &str, body: &[u8]) -> std::net::TcpStream {
        let mut stream = std::net::TcpStream::connect(&self.address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        stream
    }

    /// A line of the kernel's account of this process, in MiB.
    fn memory(&self, line: &str) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc");
        let found = status
            .lines()
            .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let kib: f64 = found
            .and_then(|text| text.split_whitespace().next()?.parse().ok())
            .expect("a number");
        kib / 1024.0
    }

    fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("/proc");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
