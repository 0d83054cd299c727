//! The daily cap under concurrency, kills and answers that never came: more leads than it
//! allows, and not a credit beyond it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::future::join_all;
use rand::RngExt;

use super::engine::Kind;
use super::evidence::Evidence;
use super::intake::Orders;
use super::plan::Plan;
use super::sandbox::SandboxProcess;
use super::stage::Stage;
use super::storm::CREDITS;
use super::verdict;
use crate::support::eventually;

const LEADS: usize = 60;
/// Fewer reports than requests that go out at once.
const CAP: i64 = 12 * CREDITS;
/// Each can cost a lead one more send without an answer, after which its next one waits longer.
const KILLS: usize = 3;
/// From healing on; the sends that are left may wait for a minute, after a call that hangs.
const SETTLING: Duration = Duration::from_secs(120);

pub async fn run(kind: Kind) {
    let plan = Plan {
        leads: LEADS,
        ..Plan::read()
    };
    let orders = Orders::draw(&plan);
    let day = Utc::now().date_naive();
    let stage = Stage::open(plan, kind, CAP).await;
    let watching = tokio::spawn(watch(stage.sandbox.clone(), stage.evidence.clone()));
    // Every start is charged and none is answered: all that is known is what was reserved.
    stage.sandbox.faults(&["hang=1.0"]).await;
    let feeding = stage.feed(&orders, Duration::ZERO);
    until_reserved(&stage).await;
    die_again_and_again(&stage).await;
    stage.heal().await;
    feeding.join_all().await;
    let used = until_used(&stage).await;
    watching.abort();
    let mut wrong = stage.evidence.snapshot().violations;
    wrong.extend(used.err());
    // At midnight a new day's cap opens, and nothing can be said.
    if Utc::now().date_naive() == day {
        wrong.extend(compare(&stage).await);
    }
    verdict::pronounce(&stage, "daily cap", wrong).await;
}

/// The cap is used to the last credit, and what is left over waits for the next day.
async fn compare(stage: &Stage) -> Vec<String> {
    let mut wrong = Vec::new();
    let total = stage.sandbox.ledger().await["total"].clone();
    let credits = stage.fleet.get("/api/v1/status").await["credits"].clone();
    if total != CAP || credits["charged"] != CAP || credits["today"] != CAP {
        wrong.push(format!(
            "the cap is {CAP}, charged {total}; warmsheet says {credits}"
        ));
    }
    let path = "/api/v1/leads?status=queued&limit=1000";
    let waiting = stage.fleet.get(path).await;
    let waiting = waiting["leads"].as_array().expect("leads");
    let for_the_cap = waiting
        .iter()
        .filter(|lead| lead["reason"] == "cap")
        .count();
    if waiting.is_empty() || for_the_cap != waiting.len() {
        wrong.push(format!(
            "{for_the_cap} of {} wait for the cap",
            waiting.len()
        ));
    }
    wrong
}

/// Waits until as much is reserved as the cap allows.
async fn until_reserved(stage: &Stage) {
    let today = eventually("the cap is reserved", || async {
        let credits = stage.fleet.get("/api/v1/status").await["credits"].clone();
        let today = credits["today"].as_i64().filter(|today| *today >= CAP);
        today.ok_or(credits.to_string())
    })
    .await;
    if today > CAP {
        let what = format!("{today} credits are reserved, the cap is {CAP}");
        stage.evidence.violation(what);
    }
}

/// Kills all at once, several times, each time under another fault; the cap holds all along.
async fn die_again_and_again(stage: &Stage) {
    const FAULTS: [&str; 4] = ["hang", "lost", "500", "malformed"];
    let mut lots = stage.plan.random("kills");
    for _ in 0..KILLS {
        let fault = FAULTS[lots.random_range(0..FAULTS.len())];
        stage.evidence.tell(&format!("kill all; then {fault}"));
        for _ in 0..stage.fleet.kill_all().await {
            stage.recovery.killed();
        }
        stage.sandbox.faults(&[&format!("{fault}=0.8")]).await;
        join_all((0..stage.fleet.len()).map(|place| stage.fleet[place].start())).await;
        let pause = Duration::from_millis(lots.random_range(500..2500));
        tokio::time::sleep(pause).await;
    }
}

/// What was charged never is more than the cap, at no moment.
async fn watch(sandbox: Arc<SandboxProcess>, evidence: Arc<Evidence>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        let total = sandbox.ledger().await["total"].clone();
        if total.as_i64() > Some(CAP) {
            return evidence.violation(format!("{total} credits charged, the cap is {CAP}"));
        }
    }
}

/// Waits until nothing is under way any more; in vain, when that is not in time.
async fn until_used(stage: &Stage) -> Result<(), String> {
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    let deadline = Instant::now() + SETTLING;
    loop {
        ticks.tick().await;
        let status = stage.fleet.get("/api/v1/status").await;
        let (leads, credits) = (&status["leads"], &status["credits"]);
        let under_way = ["starting", "waiting"].iter().any(|s| leads[s] != 0);
        if !under_way && credits["charged"].as_i64() >= Some(CAP) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("what the cap allows has not ended: {status}"));
        }
    }
}
