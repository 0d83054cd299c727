//! How a run ended, in words.

use super::stage::Stage;

/// Differences that a failure shows; the rest is counted.
const SHOWN: usize = 40;

/// Prints what a good run was like, or fails with the seed, the differences and the logs.
pub async fn pronounce(stage: &Stage, what: &str, wrong: Vec<String>) {
    let notes = stage.evidence.snapshot();
    let ledger = stage.sandbox.ledger().await;
    println!("== {what} on {}: {}", stage.engine.name(), stage.plan);
    println!("{}", stage.recovery.summary());
    println!(
        "{} leads and {} events acknowledged, {} events forged; charged {}; faults {}",
        notes.leads.len(),
        notes.events.len(),
        notes.forged.len(),
        ledger["total"],
        ledger["faults"],
    );
    if wrong.is_empty() {
        return;
    }
    let shown = wrong[..wrong.len().min(SHOWN)].join("\n  ");
    panic!(
        "{}\n{} differences:\n  {shown}\n{}",
        stage.plan,
        wrong.len(),
        stage.fleet.log_tails()
    );
}
