//! The figures that the service is held to, measured on the release binary over real sockets:
//! `scripts/bench figures`. Medians of five runs, and ratios to a peer where there is one.

mod service;
mod stored;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rust_xlsxwriter::Workbook;
use service::Service;
use stored::{lead_id, run_id, value};

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
    runtime.block_on(stored::leads(&leads));
    runtime.block_on(stored::rows(&rows));
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
