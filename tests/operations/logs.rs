//! What the log tells, and what it must never tell.

mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use story::{FORM_TOKEN, PASSWORD, ROLE, Story, TOKEN, WRONG};

use crate::support::sandbox::KEY;

/// Steps of one lead or one batch: each of their lines says whose.
const OF_LEADS: [&str; 6] = [
    "start",
    "await_result",
    "collect",
    "decide",
    "reuse",
    "parked",
];
const ALWAYS: [&str; 4] = ["timestamp", "level", "target", "message"];

/// Every text of a result that tells of somebody: whatever is no plain word of the contract.
fn private(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() >= 10 && text.contains([' ', '@']) => {
            found.insert(text.clone());
        }
        Value::Array(all) => all.iter().for_each(|one| private(one, found)),
        Value::Object(all) => all.values().for_each(|one| private(one, found)),
        _ => {}
    }
}

/// The fields that the document knows.
fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string("docs/logs.md").expect("the document");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let names = row.split('|').nth(1).unwrap_or_default();
        names
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_everything_names_each_lead_and_tells_nothing_private() {
    let story = Story::begin().await;
    let leads = story.run().await;
    let log = story.service.log();
    assert!(log.contains("\"DEBUG\""), "it is talkative");

    let mut planted = BTreeSet::new();
    for lead in &leads {
        private(&lead["result"], &mut planted);
        private(&json!(lead["rows"]), &mut planted);
    }
    assert!(
        planted.iter().any(|text| text.contains('@')),
        "results hold addresses"
    );
    assert!(planted.len() > 20, "results hold much: {planted:?}");
    let words = [
        KEY,
        TOKEN,
        WRONG,
        PASSWORD,
        ROLE,
        FORM_TOKEN,
        "MDEyMzQ1Njc4OTAx",
        "planted",
        "Planted",
        "acme.com",
        "beta.com",
        "held0.com",
    ];
    planted.extend(words.map(str::to_owned));
    planted.insert(story.secret.clone());
    let key_file = story
        .world
        .settings
        .iter()
        .find(|(name, _)| name.starts_with("GOOGLE_APP"));
    let key = fs::read_to_string(&key_file.expect("a key file").1).expect("the key");
    let key: Value = serde_json::from_str(&key).expect("JSON");
    let pem = key["private_key"].as_str().expect("a key");
    planted.extend(
        pem.lines()
            .filter(|line| line.len() > 40)
            .map(str::to_owned),
    );
    planted.insert("eyJ".to_owned());
    for word in &planted {
        let line = log.lines().find(|line| line.contains(word.as_str()));
        assert_eq!(line, None, "{word:?} stands in the log");
    }
    check_fields(&log);
}

/// Each line of ours has fields that are documented, and says whose it is.
fn check_fields(log: &str) {
    let documented = documented();
    let mut runs: BTreeMap<String, String> = BTreeMap::new();
    let mut messages = BTreeSet::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).expect("each line is JSON");
        let fields = event.as_object().expect("an object");
        let target = event["target"].as_str().expect("a target");
        let Some(part) = target.strip_prefix("warmsheet::") else {
            continue;
        };
        for field in fields
            .keys()
            .filter(|field| !ALWAYS.contains(&field.as_str()))
        {
            assert!(
                documented.contains(field),
                "{field} is not documented: {line}"
            );
        }
        messages.insert(event["message"].as_str().expect("a message").to_owned());
        let lead = event["lead"].as_str();
        let step = part.rsplit("::").next().unwrap_or_default();
        let about_lead = fields.contains_key("attempt") || OF_LEADS.contains(&step);
        let named = lead.is_some() || event["batch"].is_string();
        assert!(!about_lead || named, "whose is this? {line}");
        let Some(lead) = lead else { continue };
        if event["decision"] == "retry" {
            runs.remove(lead);
        }
        match (event["run"].as_str(), runs.get(lead)) {
            (Some(run), _) => drop(runs.insert(lead.to_owned(), run.to_owned())),
            (None, known) => assert_eq!(known, None, "the run is known: {line}"),
        }
    }
    for expected in [
        "accepted",
        "started",
        "collected",
        "decided",
        "reused a stored report",
        "webhook stored",
        "a webhook was refused",
        "outcome unknown; the same key goes out again",
        "could not look at the run",
        "results written",
        "a wrong admin token was given",
        "a form's post was refused",
        "a robot has filled in a form; nothing of it is stored",
        "a notice was not taken; will try again",
    ] {
        assert!(
            messages.contains(expected),
            "{expected} happened: {messages:#?}"
        );
    }
}
