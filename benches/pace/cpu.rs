//! What a lead costs the processor, from the post to the stored result, and where that goes.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use warmsheet::sandbox::SandboxConfig;

use crate::lists::{finish, world};

const FEW: usize = 1_000;
const MANY: usize = 5_000;
/// Nobody waits for runs or for the limit: what is measured is work.
const SPEED: f64 = 3_000.0;
const PER_MINUTE: u32 = 1_000_000;

pub async fn measure() {
    let few = seconds(FEW, false).await;
    let many = seconds(MANY, false).await;
    println!(
        "processor seconds of the service: {few:.1} for {FEW} leads, {many:.1} for {MANY}: {:.2} ms a \
         lead, × {:.2} of that with {FEW}",
        many / MANY as f64 * 1_000.0,
        (many / MANY as f64) / (few / FEW as f64)
    );
    // Once more: a profiler costs what it is to tell of, at each switch between threads.
    seconds(MANY, true).await;
}

async fn seconds(leads: usize, profiled: bool) -> f64 {
    let config = SandboxConfig {
        speed: SPEED,
        rate_limit: PER_MINUTE,
        credits: 1_000_000,
        ..SandboxConfig::default()
    };
    let mut world = world(config, true).await;
    world.set("CITEDY_REQUESTS_PER_MINUTE", PER_MINUTE.to_string());
    world.set("CITEDY_SANDBOX_SPEED", SPEED.to_string());
    let service = world.serve().await;
    let samples = world.path("samples");
    let profiler = profiled.then(|| profile(service.pid(), &samples));
    let before = used(service.pid());
    finish(&service, leads).await;
    let spent = used(service.pid()) - before;
    if let Some(profiler) = profiler.flatten() {
        report(profiler, &samples);
    }
    spent
}

/// Samples a process where `perf` is installed.
fn profile(pid: u32, samples: &Path) -> Option<Child> {
    Command::new("perf")
        .args(["record", "-q", "-e", "cpu-clock", "-F", "499", "-p"])
        .arg(pid.to_string())
        .arg("-o")
        .arg(samples)
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

fn report(mut profiler: Child, samples: &Path) {
    let pid = profiler.id().to_string();
    let stopped = Command::new("kill").args(["-INT", &pid]).status();
    if stopped.is_err() || profiler.wait().is_err() {
        return;
    }
    println!("where it goes, by thread and by function:");
    for (sorted, lines) in [("comm", 6), ("dso,symbol", 30)] {
        let report = Command::new("perf")
            .args(["report", "--stdio", "-q", "--no-children"])
            .args(["--percent-limit", "0.7", "--sort", sorted, "-i"])
            .arg(samples)
            .stderr(Stdio::null())
            .output();
        let Ok(report) = report else { return };
        let report = String::from_utf8_lossy(&report.stdout);
        let filled = report.lines().map(shown).filter(|line| !line.is_empty());
        filled.take(lines).for_each(|line| println!("{line}"));
    }
}

/// A line without the columns that are empty: they stand behind names padded to the longest one.
fn shown(line: &str) -> &str {
    line.trim_end_matches([' ', '-'])
}

/// Processor time of a process until now, seconds.
fn used(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("/proc");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    // utime and stime, the 14th and 15th field of the line (proc(5)), in hundredths of a second.
    let fields: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}
