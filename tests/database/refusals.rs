//! What cannot be done is said, and nothing is left half done.

use serde_json::json;

use crate::support::World;
use crate::{done, refused, sqlite};

async fn world_with_a_lead() -> World {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    let service = world.serve().await;
    service.post("/api/v1/pause", &json!({})).await;
    service.add(&["acme.com"]).await;
    service.terminate().await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_or_changed_file_is_refused_and_leaves_the_database_empty() {
    let world = world_with_a_lead().await;
    done(&world, None, &["db", "export", "all.jsonl"]).await;
    let whole = std::fs::read_to_string(world.path("all.jsonl")).expect("the file");
    let lines: Vec<&str> = whole.lines().collect();
    let without_end = lines[..lines.len() - 1].join("\n") + "\n";
    let without_a_row = whole.replacen(lines[2], "", 1).replacen("\n\n", "\n", 1);
    let target = sqlite(&world.path("new.db"));
    for (what, text) in [
        ("cut between lines", without_end.as_str()),
        ("cut within a line", &whole[..whole.len() / 2]),
        ("cut before its last line ends", &whole[..whole.len() - 1]),
        ("changed", &whole.replace("acme.com", "acne.com")),
        ("a row less", &without_a_row),
        ("more behind its end", &format!("{whole}[]\n")),
        ("no export", "Domain\nacme.com\n"),
        ("empty", ""),
    ] {
        std::fs::write(world.path("bad.jsonl"), text).expect("a file");
        let words = refused(&world, Some(&target), &["db", "import", "bad.jsonl"]).await;
        assert!(
            words.contains("bad.jsonl was not imported"),
            "{what}: {words}"
        );
    }
    done(&world, Some(&target), &["db", "import", "all.jsonl"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_something_is_not_imported_into() {
    let world = world_with_a_lead().await;
    done(&world, None, &["db", "export", "all.jsonl"]).await;
    let words = refused(&world, None, &["db", "import", "all.jsonl"]).await;
    assert!(words.contains("1 in \u{201c}lead\u{201d}"), "{words}");
    assert!(words.contains("Nothing was changed"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_worked_on_is_not_exported_but_goes_on() {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    world.with_webhooks().await;
    let service = world.serve().await;
    let words = refused(&world, None, &["db", "export", "all.jsonl"]).await;
    assert!(words.contains("Stop it first"), "{words}");
    assert!(!world.path("all.jsonl").exists());
    let added = service.add(&["acme.com"]).await;
    service
        .until_status(added[0]["id"].as_str().expect("an id"), "completed")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_database_is_left_behind_until_a_person_goes_on_with_it() {
    let world = world_with_a_lead().await;
    done(&world, None, &["db", "export", "all.jsonl"]).await;
    for command in [&["serve"][..], &["check"][..]] {
        let words = refused(&world, None, command).await;
        assert!(
            words.contains("warmsheet db restored"),
            "{command:?}: {words}"
        );
    }
    done(&world, None, &["db", "restored"]).await;
    let service = world.serve().await;
    assert_eq!(service.status().await["leads"]["held"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_leaves_nothing_and_moves_nothing() {
    let world = world_with_a_lead().await;
    std::fs::write(world.path("taken"), "mine").expect("a file");
    let before = std::fs::read_dir(world.dir.path())
        .expect("a folder")
        .count();
    // Where nothing can be written, and where something is already.
    for (place, why) in [("/proc/copy", "/proc"), ("taken", "not overwritten")] {
        for what in ["backup", "export"] {
            let words = refused(&world, None, &["db", what, place]).await;
            assert!(words.contains(why), "{what} {place}: {words}");
        }
    }
    assert_eq!(
        std::fs::read(world.path("taken")).expect("the file"),
        b"mine"
    );
    let after = std::fs::read_dir(world.dir.path())
        .expect("a folder")
        .count();
    assert_eq!(after, before);
    let service = world.serve().await;
    assert_eq!(
        service.status().await["leads"]["queued"],
        1,
        "it was not moved"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_not_made_to_be_copied() {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    for command in [
        &["db", "backup", "copy.db"][..],
        &["db", "export", "all.jsonl"],
        &["db", "restored"],
    ] {
        let words = refused(&world, None, command).await;
        assert!(words.contains("DATABASE_URL"), "{words}");
    }
    assert!(!world.path("warmsheet.db").exists());
}
