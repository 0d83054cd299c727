//! What a lead costs the processor, from the post to the stored result.

use warmsheet::sandbox::SandboxConfig;

use crate::lists::{finish, world};

const FEW: usize = 1_000;
const MANY: usize = 5_000;
/// Nobody waits for runs or for the limit: what is measured is work.
const SPEED: f64 = 3_000.0;
const PER_MINUTE: u32 = 1_000_000;

pub async fn measure() {
    let few = seconds(FEW).await;
    let many = seconds(MANY).await;
    println!(
        "processor seconds of the service: {few:.1} for {FEW} leads, {many:.1} for {MANY}: {:.2} ms a \
         lead, × {:.2} of that with {FEW}",
        many / MANY as f64 * 1_000.0,
        (many / MANY as f64) / (few / FEW as f64)
    );
}

async fn seconds(leads: usize) -> f64 {
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
    let before = used(service.pid());
    finish(&service, leads).await;
    used(service.pid()) - before
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
