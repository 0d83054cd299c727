use serde_json::Value;

use crate::support::World;
use crate::support::warmsheet::{call, call_as, words};

/// The setting of this name, as JSON; one of a table by its name and its key.
fn setting<'a>(shown: &'a Value, name: &str) -> &'a Value {
    let all = shown.as_array().expect("settings").iter();
    let is_it = |one: &&Value| {
        let of_table = || format!("{} {}", one["name"], one["key"]).replace('"', "");
        one["name"] == name || name == of_table()
    };
    let mut found = all.filter(is_it);
    found.next().unwrap_or_else(|| panic!("{name}: {shown}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_setting_says_where_it_comes_from_and_no_secret_is_shown() {
    let world = World::new().await;
    let file = "# none\nreuse_days = 7\nsync_seconds = 20\n\n[[notify]]\nname = \"sales\"\n\
                kind = \"slack\"\nurl = \"https://hooks.example.com/planted\"\n\n\
                [[forms]]\nprovider = \"tally\"\nname = \"contact\"\nsecret = \"planted\"\nhold = true\nper_minute = \"\"\n";
    std::fs::write(world.path("warmsheet.toml"), file).expect("a file");
    let settings = [
        ("CITEDY_API_KEY", "citedy_agent_planted"),
        ("WARMSHEET_ADMIN_TOKEN", "planted-and-long-enough"),
        ("WARMSHEET_FORM_TOKEN", "planted-and-long-enough-too"),
        ("WARMSHEET_PUBLIC_URL", "https://leads.example.com"),
        ("DATABASE_URL", "postgres://ann:planted@localhost/leads"),
    ];
    let flags = ["--daily-credits", "400"];
    let output = call_as(
        &world,
        &settings,
        &[&["config", "--json"], &flags[..]].concat(),
    )
    .await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("planted"), "{text}");
    let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (name, value, from) in [
        ("WARMSHEET_DAILY_CREDITS", "400", "flag"),
        ("WARMSHEET_REUSE_DAYS", "7", "file"),
        ("WARMSHEET_APPROVE_ABOVE", "25", "default"),
        (
            "DATABASE_URL",
            "postgres://ann:***@localhost/leads",
            "environment",
        ),
        ("CITEDY_API_KEY", "(set, not shown)", "environment"),
        ("[[notify]] 1 name", "sales", "file"),
        ("[[notify]] 1 url", "https://hooks.example.com/***", "file"),
        (
            "[[notify]] 1 events",
            "lead.delivered, lead.failed, batch.finished, paused, balance.low",
            "default",
        ),
        ("[[forms]] 1 secret", "(set, not shown)", "file"),
        ("[[forms]] 1 hold", "true", "file"),
        (
            "[[forms]] 1 address",
            "https://leads.example.com/forms/tally/contact",
            "other settings",
        ),
        ("[[forms]] 1 per_minute", "60", "default"),
        (
            "[[forms]] of WARMSHEET_FORM_TOKEN address",
            "https://leads.example.com/forms/generic",
            "other settings",
        ),
        (
            "[[forms]] of WARMSHEET_FORM_TOKEN honeypot",
            "website_confirm",
            "default",
        ),
    ] {
        let one = setting(&shown, name);
        assert_eq!(
            (&one["value"], &one["from"]),
            (&value.into(), &from.into()),
            "{name}"
        );
    }
    assert_eq!(setting(&shown, "WARMSHEET_REUSE_DAYS")["line"], 2);
    let table = words(&call_as(&world, &settings, &["config"]).await);
    assert!(table.contains("[warmsheet.toml, line 2]"), "{table}");
    assert!(!table.contains("planted"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_a_file_that_changes_nothing() {
    let world = World::new().await;
    let before = call(&world, &["config"]).await;
    let example = call(&world, &["config", "--example"]).await;
    assert_eq!(example.status.code(), Some(0));
    std::fs::write(world.path("warmsheet.toml"), &example.stdout).expect("written");
    let after = call(&world, &["config"]).await;
    assert_eq!(after.status.code(), Some(0), "{}", words(&after));
    assert_eq!(words(&before), words(&after));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_with_faults_is_shown_and_its_faults_are_told() {
    let world = World::new().await;
    std::fs::write(
        world.path("warmsheet.toml"),
        "retention_day = 30\nreuse_days = \"x\"\n",
    )
    .expect("written");
    let output = call(&world, &["config"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("retention_day is no setting; the nearest is retention_days"),
        "{text}"
    );
    assert!(text.contains("WARMSHEET_BIND"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_can_be_told_of_the_commands() {
    let world = World::new().await;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = call(&world, &["completions", shell]).await;
        let text = words(&output);
        assert_eq!(output.status.code(), Some(0), "{shell}: {text}");
        for word in ["forget", "dry-run", "completions"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(
        call(&world, &["completions", "cmd"]).await.status.code(),
        Some(2)
    );
    let help = words(&call(&world, &["forget", "--help"]).await);
    assert!(
        help.contains("warmsheet forget acme.com --dry-run") && help.contains("Exit codes"),
        "{help}"
    );
}
