//! Makespan and mean time to a result, as multiples of what is possible.

use chrono::{DateTime, Utc};
use warmsheet::sandbox::{Outcomes, SandboxConfig};

use crate::lists::{Reported, finish, reported, world};

const LEADS: usize = 500;
const SEEDS: u64 = 3;
/// How much faster time goes.
const SPEED: f64 = 60.0;
const PER_MINUTE: f64 = 60.0;
/// What the sandbox's runs take in the middle at the real pace, seconds.
const SANDBOX_MEDIAN: f64 = 90.0;

/// Median duration in seconds; goals for the makespan and the mean.
const POLLING: [(f64, f64, f64); 3] =
    [(45.0, 1.05, 1.18), (120.0, 1.10, 1.30), (600.0, 1.01, 1.16)];
const WEBHOOKS: [(f64, f64, f64); 3] =
    [(45.0, 1.01, 1.08), (120.0, 1.09, 1.23), (600.0, 1.03, 1.04)];

pub async fn measure() {
    println!(
        "{LEADS} leads at once, {PER_MINUTE} requests a minute, time {SPEED} times faster; makespan and \
         mean as multiples of what is possible, means of {SEEDS} seeds (goals)"
    );
    for (name, webhooks, rows) in [("polling", false, POLLING), ("webhooks", true, WEBHOOKS)] {
        for (median, makespan, mean) in rows {
            let mut sums = [0.0; 3];
            let mut refused = 0;
            for seed in 1..=SEEDS {
                let one = one(median, webhooks, seed).await;
                sums[0] += one.makespan;
                sums[1] += one.mean;
                sums[2] += one.requests;
                refused += one.refused;
            }
            let [got_makespan, got_mean, requests] = sums.map(|sum| sum / SEEDS as f64);
            println!(
                "{name:8} {median:4.0} s: {got_makespan:.3} ({makespan}), {got_mean:.3} ({mean}), \
                 {requests:.2} requests a lead, {refused} refused"
            );
        }
    }
}

struct Figures {
    makespan: f64,
    mean: f64,
    requests: f64,
    refused: u64,
}

async fn one(median: f64, webhooks: bool, seed: u64) -> Figures {
    let per_minute = (PER_MINUTE * SPEED) as u32;
    let config = SandboxConfig {
        speed: SPEED * SANDBOX_MEDIAN / median,
        rate_limit: per_minute,
        credits: 1_000_000,
        outcomes: Outcomes {
            blocked: 0.0,
            failed: 0.0,
        },
        seed,
        ..SandboxConfig::default()
    };
    let mut world = world(config, webhooks).await;
    world.set("CITEDY_REQUESTS_PER_MINUTE", per_minute.to_string());
    world.set("CITEDY_SANDBOX_SPEED", SPEED.to_string());
    let service = world.serve().await;
    let posted = finish(&service, LEADS).await;
    let reports = reported(&world).await;
    let ledger = world.ledger().await;
    let requests = ledger["requests"].as_object().expect("counts");
    let runs = requests
        .iter()
        .filter(|(route, _)| route.contains("warm-lead"));
    let requests: u64 = runs.filter_map(|(_, count)| count.as_u64()).sum();
    let (makespan, mean) = times(&reports, posted);
    let (least, least_mean) = bound(&reports);
    Figures {
        makespan: makespan / least,
        mean: mean / least_mean,
        requests: requests as f64 / LEADS as f64,
        refused: ledger["refused_429"].as_u64().expect("a count"),
    }
}

/// When the last result was there, and all in the mean: seconds after they were posted.
fn times(reports: &[Reported], posted: DateTime<Utc>) -> (f64, f64) {
    let after = |report: &Reported| (report.at - posted).as_seconds_f64();
    let last = reports.iter().map(after).fold(0.0, f64::max);
    let sum: f64 = reports.iter().map(after).sum();
    (last, sum / reports.len() as f64)
}

/// Both for those who know how long each run takes and start them in the order of the list.
fn bound(reports: &[Reported]) -> (f64, f64) {
    let request = 60.0 / (PER_MINUTE * SPEED);
    let mut ends: Vec<f64> = reports
        .iter()
        .enumerate()
        .map(|(at, report)| at as f64 * request + report.took.as_secs_f64())
        .collect();
    ends.sort_by(f64::total_cmp);
    let requests = (2 * ends.len() - 1) as f64 * request;
    let last = ends.last().copied().unwrap_or_default();
    let results = ends.iter().enumerate();
    let sum: f64 = results
        .map(|(n, end)| end.max((2 * n + 1) as f64 * request))
        .sum();
    (last.max(requests), sum / ends.len() as f64)
}
