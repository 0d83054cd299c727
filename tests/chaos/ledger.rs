//! What each side says was paid.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fleet::Fleet;
use super::sandbox::SandboxProcess;

/// Credits by run.
pub type Ledger = BTreeMap<String, i64>;

/// What the sandbox charged. Two charges for one run are added up.
pub async fn sandbox_ledger(sandbox: &SandboxProcess) -> Ledger {
    let ledger = sandbox.ledger().await;
    let charges = ledger["charges"].as_array().expect("charges");
    sum(charges
        .iter()
        .map(|charge| (&charge["run_id"], &charge["credits"])))
}

/// What warmsheet's own ledger says it paid, attempt by attempt.
pub async fn warmsheet_ledger(fleet: &Fleet) -> Ledger {
    let mut attempts = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = fleet
            .get(&format!("/api/v1/ledger?limit=1000{cursor}"))
            .await;
        attempts.extend(
            page["attempts"]
                .as_array()
                .expect("attempts")
                .iter()
                .cloned(),
        );
        match &page["nextCursor"] {
            Value::Null => break,
            next => cursor = format!("&cursor={}", next.as_str().expect("a text")),
        }
    }
    let paid = attempts.iter().filter(|attempt| attempt["charged"] != 0);
    sum(paid.map(|attempt| (&attempt["runId"], &attempt["charged"])))
}

fn sum<'a>(entries: impl Iterator<Item = (&'a Value, &'a Value)>) -> Ledger {
    let mut ledger = Ledger::new();
    for (run, credits) in entries {
        let run = run.as_str().unwrap_or("no run").to_owned();
        *ledger.entry(run).or_default() += credits.as_i64().unwrap_or_default();
    }
    ledger
}

/// Every run on which the two do not agree.
pub fn differences(warmsheet: &Ledger, sandbox: &Ledger) -> Vec<String> {
    let runs = sandbox.keys().chain(warmsheet.keys());
    let mut found: Vec<String> = runs
        .filter(|run| warmsheet.get(*run) != sandbox.get(*run))
        .map(|run| {
            let (ours, theirs) = (warmsheet.get(run), sandbox.get(run));
            format!("run {run}: warmsheet says {ours:?} credits, the sandbox {theirs:?}")
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn a_run_that_only_one_side_knows_is_a_difference() {
    let ledger = |runs: &[(&str, i64)]| -> Ledger {
        let own = |(run, credits): &(&str, i64)| ((*run).to_owned(), *credits);
        runs.iter().map(own).collect()
    };
    let (one, both) = (ledger(&[("a", 40)]), ledger(&[("a", 40), ("b", 40)]));
    assert!(differences(&both, &both).is_empty());
    assert_eq!(differences(&one, &both).len(), 1);
    assert_eq!(differences(&both, &one).len(), 1);
    assert_eq!(differences(&one, &ledger(&[("a", 80)])).len(), 1);
}
