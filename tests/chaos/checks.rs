//! What must hold in the end, and after every power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::evidence::Notes;
use super::intake::{Orders, Row};
use super::stage::Stage;
use super::{ledger, lists, rows};

/// A lead that was sent again and again without an answer waits for minutes before the next
/// time; the more leads, the more likely there is one.
const SETTLING: Duration = Duration::from_secs(150);
const SETTLING_A_LEAD: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(250);
const UNDER_WAY: [&str; 4] = ["held", "queued", "starting", "waiting"];
/// Runs that are fetched from the sandbox at once.
const FETCHED: usize = 16;
/// Leads that a failure shows.
const SHOWN: usize = 10;

/// Waits until so many leads have ended and are delivered.
pub async fn settle(stage: &Stage, count: usize) -> Result<(), String> {
    let patience = u32::try_from(count).unwrap_or(u32::MAX);
    let deadline = Instant::now() + SETTLING + SETTLING_A_LEAD * patience;
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let status = stage.fleet.get("/api/v1/status").await;
        let leads = &status["leads"];
        let total: u64 = numbers(leads).sum();
        let under_way: u64 = UNDER_WAY.iter().filter_map(|s| leads[s].as_u64()).sum();
        let ended = total == count as u64 && under_way == 0;
        if ended && unsettled(stage).await.is_empty() {
            stage.evidence.tell("every lead has ended and is delivered");
            return Ok(());
        }
        if Instant::now() > deadline {
            let open = unsettled(stage).await;
            let shown = open[..open.len().min(SHOWN)].join("\n  ");
            return Err(format!("{count} leads are not settled: {leads}\n  {shown}"));
        }
    }
}

fn numbers(leads: &Value) -> impl Iterator<Item = u64> {
    leads
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, n)| n.as_u64())
}

/// Leads that have not ended, or whose news has not arrived.
async fn unsettled(stage: &Stage) -> Vec<String> {
    let leads = stage.fleet.leads().await;
    let open = leads.iter().filter(|lead| lead["delivery"] != "done");
    open.map(Value::to_string).collect()
}

/// After a power cut: what was acknowledged before it is there.
pub async fn acknowledged(stage: &Stage, owed: &Notes) {
    let leads = stage.fleet.leads().await;
    let known: BTreeSet<&str> = leads
        .iter()
        .filter_map(|lead| lead["id"].as_str())
        .collect();
    let events = stage.engine.events().await;
    for wrong in forgotten(owed, &known, &events) {
        stage.evidence.violation(wrong);
    }
}

fn forgotten(owed: &Notes, leads: &BTreeSet<&str>, events: &BTreeSet<String>) -> Vec<String> {
    let lost_leads = owed
        .leads
        .iter()
        .filter(|(_, id)| !leads.contains(id.as_str()));
    let lost_leads = lost_leads.map(|(row, id)| format!("{row} was acknowledged as {id} and lost"));
    let lost_events = owed.events.difference(events);
    let lost_events = lost_events.map(|id| format!("event {id} was acknowledged and lost"));
    lost_leads.chain(lost_events).collect()
}

/// Everything that is not as it should be.
pub async fn compare(stage: &Stage, orders: &Orders) -> Vec<String> {
    let notes = stage.evidence.snapshot();
    let leads = stage.fleet.leads().await;
    let events = stage.engine.events().await;
    let known = leads
        .iter()
        .filter_map(|lead| lead["id"].as_str())
        .collect();
    let runs = truth(stage).await;
    let mut wrong = notes.violations.clone();
    wrong.extend(forgotten(&notes, &known, &events));
    let believed = notes.forged.intersection(&events);
    wrong.extend(believed.map(|id| format!("the forged event {id} is stored")));
    wrong.extend(one_lead_a_row(orders, &notes, &leads));
    wrong.extend(ends(&leads, &runs));
    wrong.extend(money(stage, &leads).await);
    wrong.extend(delivered(stage, orders, &runs).await);
    wrong
}

/// Every run that was ever charged, as the sandbox tells it.
async fn truth(stage: &Stage) -> BTreeMap<String, Value> {
    let ids = ledger::sandbox_ledger(&stage.sandbox).await.into_keys();
    let fetched = ids.map(|id| async move {
        let run = stage.sandbox.run(&id).await;
        (id, run)
    });
    stream::iter(fetched)
        .buffer_unordered(FETCHED)
        .collect()
        .await
}

/// Each row became one lead, the acknowledged one where there was an acknowledgement.
fn one_lead_a_row(orders: &Orders, notes: &Notes, leads: &[Value]) -> Vec<String> {
    let mut by_domain: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for lead in leads {
        let domain = lead["domain"].as_str().unwrap_or_default();
        let id = lead["id"].as_str().unwrap_or_default();
        by_domain.entry(domain).or_default().push(id);
    }
    let wrong = |row: &Row| {
        let ids = by_domain
            .get(row.domain.as_str())
            .map_or(&[][..], Vec::as_slice);
        let promised = notes.leads.get(&row.name).map(String::as_str);
        let fits = ids.len() == 1 && promised.is_none_or(|id| id == ids[0]);
        (!fits).then(|| format!("{row:?} is {ids:?}, acknowledged as {promised:?}"))
    };
    let mut found: Vec<String> = orders.rows().filter_map(wrong).collect();
    let count = orders.rows().count();
    if leads.len() != count {
        found.push(format!("{} leads for {count} rows", leads.len()));
    }
    found
}

/// Each lead ended as its run did, at its first attempt; what cannot be used was rejected.
fn ends(leads: &[Value], runs: &BTreeMap<String, Value>) -> Vec<String> {
    let wrong = |lead: &&Value| {
        let typed = Row {
            name: String::new(),
            domain: lead["domain"].as_str().unwrap_or_default().to_owned(),
        };
        let run = lead["runId"].as_str().and_then(|id| runs.get(id));
        let due = match run {
            Some(run) => run["status"].as_str(),
            None => typed.is_unusable().then_some("rejected"),
        };
        lead["attempt"] != 1 || lead["status"].as_str() != due
    };
    let found = leads.iter().filter(wrong);
    found
        .map(|lead| format!("ended otherwise than its run: {lead}"))
        .collect()
}

/// One charge a lead, known to both sides to the credit, within the cap.
async fn money(stage: &Stage, leads: &[Value]) -> Vec<String> {
    let sandbox = stage.sandbox.ledger().await;
    let credits = stage.fleet.get("/api/v1/status").await["credits"].clone();
    let theirs = ledger::sandbox_ledger(&stage.sandbox).await;
    let ours = ledger::warmsheet_ledger(&stage.fleet).await;
    let mut wrong = ledger::differences(&ours, &theirs);
    if credits["charged"] != sandbox["total"] || credits["reserved"] != 0 || credits["unknown"] != 0
    {
        wrong.push(format!(
            "warmsheet says {credits}, the sandbox {}",
            sandbox["total"]
        ));
    }
    if sandbox["total"].as_i64() > Some(stage.daily_credits) {
        wrong.push(format!("{} charged, over the cap", sandbox["total"]));
    }
    let keys: BTreeSet<String> = leads
        .iter()
        .filter_map(|lead| Some(format!("ws-{}-1", lead["id"].as_str()?)))
        .collect();
    let mut bought = BTreeSet::new();
    for charge in sandbox["charges"].as_array().into_iter().flatten() {
        let key = charge["idempotency_key"].as_str().unwrap_or_default();
        if !keys.contains(key) || !bought.insert(charge["domain"].as_str()) {
            wrong.push(format!("nobody asked for this charge: {charge}"));
        }
    }
    wrong
}

/// Each report's rows are in the export once, and beside their list once.
async fn delivered(stage: &Stage, orders: &Orders, runs: &BTreeMap<String, Value>) -> Vec<String> {
    let export = stage.fleet.bytes("/exports/leads.json").await;
    let export: Value = serde_json::from_slice(&export).expect("a JSON export");
    let exported = export["rows"].as_array().expect("rows");
    let due: Vec<_> = runs.values().flat_map(rows::of_run).collect();
    let mut wrong = rows::differences("leads.json", &due, &rows::exported(exported));
    wrong.extend(rows::changed_texts(runs, exported));
    for (place, list) in orders.by_list.iter().enumerate() {
        let domains: BTreeSet<&str> = list.iter().map(|row| row.domain.as_str()).collect();
        let of_list = |run: &&Value| {
            let domain = run["normalized_domain"].as_str();
            domain.is_some_and(|domain| domains.contains(domain))
        };
        let due: Vec<_> = runs
            .values()
            .filter(of_list)
            .flat_map(rows::of_run)
            .collect();
        match lists::delivered(&stage.lists, place) {
            Ok(found) => wrong.extend(rows::differences(&lists::name(place), &due, &found)),
            Err(why) => wrong.push(why),
        }
    }
    wrong
}
