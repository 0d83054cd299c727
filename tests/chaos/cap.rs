//! The daily cap under concurrency, kills and answers that never came: more leads than it
//! allows, and not a credit beyond it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rand::RngExt;
use serde_json::Value;

use super::engine::Kind;
use super::intake::Orders;
use super::plan::Plan;
use super::stage::Stage;
use super::storm::CREDITS;
use super::verdict;
use crate::support::eventually;

const LEADS: usize = 60;
/// Reports that the cap allows: fewer than requests that go out at once.
const ALLOWED: i64 = 12;
const KILLS: usize = 6;

pub async fn run(kind: Kind) {
    let plan = Plan {
        leads: LEADS,
        ..Plan::read()
    };
    let orders = Orders::draw(&plan);
    let day = chrono::Utc::now().date_naive();
    let stage = Stage::open(plan, kind, ALLOWED * CREDITS).await;
    // Every start is charged and none is answered: all that is known is what was reserved.
    stage.sandbox.faults(&["hang=1.0".to_owned()]).await;
    let feeding = stage.feed(&orders, Duration::ZERO);
    eventually("the cap is reserved", || async {
        let credits = stage.fleet.get("/api/v1/status").await["credits"].clone();
        if credits["today"] == ALLOWED * CREDITS {
            return Ok(());
        }
        Err(credits.to_string())
    })
    .await;
    die_again_and_again(&stage).await;
    stage.heal().await;
    feeding.join_all().await;
    let status = until_used(&stage).await;
    let mut wrong = stage.evidence.snapshot().violations;
    let total = stage.sandbox.ledger().await["total"].clone();
    let waiting = stage
        .fleet
        .get("/api/v1/leads?status=queued&limit=1000")
        .await;
    let waiting = waiting["leads"].as_array().expect("leads");
    let for_the_cap = waiting
        .iter()
        .filter(|lead| lead["reason"] == "cap")
        .count();
    // At midnight a new day's cap opens, and nothing can be said.
    if chrono::Utc::now().date_naive() == day {
        if total != ALLOWED * CREDITS {
            wrong.push(format!(
                "{total} credits charged, the cap is {}",
                ALLOWED * CREDITS
            ));
        }
        if for_the_cap != waiting.len() || waiting.is_empty() {
            wrong.push(format!(
                "{for_the_cap} of {} wait for the cap",
                waiting.len()
            ));
        }
        if status["credits"]["charged"] != total {
            wrong.push(format!("the status says {}", status["credits"]));
        }
    }
    verdict::pronounce(&stage, wrong).await;
}

/// Kills all at once, several times, each time under another fault; the cap holds all along.
async fn die_again_and_again(stage: &Stage) {
    const FAULTS: [&str; 4] = ["hang", "lost", "500", "malformed"];
    let mut lots = stage.plan.random("kills");
    let watching = tokio::spawn(watch(
        Arc::clone(&stage.sandbox),
        Arc::clone(&stage.evidence),
        stage.daily_credits,
    ));
    for _ in 0..KILLS {
        let fault = FAULTS[lots.random_range(0..FAULTS.len())];
        stage.evidence.tell(&format!("kill all; then {fault}"));
        for _ in 0..stage.fleet.kill_all().await {
            stage.recovery.killed();
        }
        stage.sandbox.faults(&[format!("{fault}=0.8")]).await;
        join_all((0..stage.fleet.len()).map(|place| stage.fleet[place].start())).await;
        let pause = Duration::from_millis(lots.random_range(500..2500));
        tokio::time::sleep(pause).await;
    }
    watching.abort();
}

async fn watch(
    sandbox: Arc<super::sandbox::SandboxProcess>,
    evidence: Arc<super::evidence::Evidence>,
    cap: i64,
) {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        let total = sandbox.ledger().await["total"].as_i64();
        if total > Some(cap) {
            evidence.violation(format!("{total:?} credits charged, the cap is {cap}"));
        }
    }
}

/// Waits until nothing is under way: what the cap allows has ended.
async fn until_used(stage: &Stage) -> Value {
    eventually("what the cap allows has ended", || async {
        let status = stage.fleet.get("/api/v1/status").await;
        let under_way = ["starting", "waiting"]
            .iter()
            .any(|s| status["leads"][s] != 0);
        let charged = status["credits"]["charged"].as_i64();
        let ended = !under_way && charged >= Some(ALLOWED * CREDITS);
        if ended {
            Ok(status)
        } else {
            Err(status.to_string())
        }
    })
    .await
}
