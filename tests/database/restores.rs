//! What a restored database does not know is not bought again by itself.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};
use crate::{done, number, refused, sql};

/// A file in the place of the world's database.
fn restore(world: &World, copy: &str) {
    for journal in ["warmsheet.db-wal", "warmsheet.db-shm"] {
        let _ = std::fs::remove_file(world.path(journal));
    }
    std::fs::copy(world.path(copy), world.path("warmsheet.db")).expect("restored");
}

/// Tests of SQLite files say so, wherever else tests run.
async fn world() -> World {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    world.with_webhooks().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    world.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    world
}

async fn queue_while_paused(service: &Warmsheet, domain: &str) -> String {
    service.post("/api/v1/pause", &json!({})).await;
    let added = service.add(&[domain]).await;
    added[0]["id"].as_str().expect("an id").to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn pause_kinds(status: &Value) -> Vec<&str> {
    let pauses = status["pauses"].as_array().expect("pauses");
    pauses
        .iter()
        .map(|pause| pause["kind"].as_str().expect("a kind"))
        .collect()
}

async fn charged_once(world: &World, domain: &str) {
    let charged = world.charged().await;
    let times = charged.iter().filter(|one| *one == domain).count();
    assert_eq!(times, 1, "{domain}: {charged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_after_the_back_up_is_not_bought_again_by_a_restored_service() {
    let mut world = world().await;
    let lists = world.lists();
    let service = world.serve().await;
    let load: Vec<String> = (0..40).map(|n| format!("load-{n}.com")).collect();
    let load: Vec<&str> = load.iter().map(String::as_str).collect();
    service.add(&load).await;
    done(&world, None, &["db", "backup", "under-load.db"]).await;
    service.until_count("completed", 40).await;
    let queued = queue_while_paused(&service, "queued.com").await;
    done(&world, None, &["db", "backup", "copy.db"]).await;
    let mode = std::fs::metadata(world.path("copy.db")).expect("the copy");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);

    // After the back-up both are bought.
    service.post("/api/v1/resume", &json!({})).await;
    std::fs::write(lists.join("after.csv"), "Domain\nlater.com\n").expect("a list");
    service.until_count("completed", 42).await;
    eventually("the report is written", || async {
        let names = names(&lists);
        let written = names.iter().any(|name| name == "after.csv.results.xlsx");
        written.then_some(()).ok_or(format!("{names:?}"))
    })
    .await;
    service.kill().await;
    restore(&world, "copy.db");
    let check = done(&world, None, &["check"]).await;
    assert!(check.contains("is a back-up of"), "{check}");

    let service = world.serve().await;
    eventually("the log tells of the restore", || async {
        match service.log() {
            log if log.contains("restored from a back-up") => Ok(()),
            log => Err(log),
        }
    })
    .await;
    let status = service.until_count("held", 2).await;
    assert!(pause_kinds(&status).contains(&"restored"), "{status}");
    let lead = service.lead(&queued).await;
    assert_eq!(lead["status"], "held");
    assert!(
        lead["reason"].as_str().expect("why").contains("back-up"),
        "{lead}"
    );
    assert_eq!(service.lead_of("later.com").await["status"], "held");
    let fresh = service.add(&["fresh.com"]).await;
    assert_eq!(fresh[0]["status"], "held", "no limit is set, and yet");
    let page = service.bytes("/").await;
    let page = String::from_utf8_lossy(&page);
    assert!(page.contains("Restored from a back-up") && page.contains("Resume"));

    // Agreed: what comes now starts by itself, what waits is decided one by one.
    service.post("/api/v1/resume", &json!({})).await;
    assert!(pause_kinds(&service.status().await).is_empty());
    let next = service.add(&["next.com"]).await;
    service
        .until_status(next[0]["id"].as_str().expect("an id"), "completed")
        .await;
    assert_eq!(service.status().await["leads"]["held"], 3);
    service
        .post(&format!("/api/v1/leads/{queued}/approve"), &json!({}))
        .await;
    service.until_status(&queued, "completed").await;
    // Its results file is written anew; the one that tells what was bought stays.
    let later = service.lead_of("later.com").await;
    let later = later["id"].as_str().expect("an id");
    service
        .post(&format!("/api/v1/leads/{later}/cancel"), &json!({}))
        .await;
    eventually("the earlier report is put aside", || async {
        let names = names(&lists);
        let aside = |name: &String| name.starts_with("after.csv.before-restore-");
        if names.iter().any(aside) && names.iter().any(|name| name == "after.csv.results.xlsx") {
            return Ok(());
        }
        Err(format!("{names:?}"))
    })
    .await;
    for domain in ["queued.com", "later.com", "next.com"] {
        charged_once(&world, domain).await;
    }
    assert_eq!(world.ledger().await["total"], 43 * 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_made_under_load_opens_and_its_leads_go_on_without_a_second_charge() {
    let world = world().await;
    let service = world.serve().await;
    let domains: Vec<String> = (0..60).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains).await;
    eventually("some are bought and some are not", || async {
        match service.status().await["leads"]["completed"].as_u64() {
            Some(1..) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    done(&world, None, &["db", "backup", "copy.db"]).await;
    service.until_count("completed", 60).await;
    service.kill().await;
    restore(&world, "copy.db");

    let service = world.serve().await;
    service.post("/api/v1/resume", &json!({})).await;
    let found = service.get("/api/v1/leads?status=held&limit=100").await;
    for lead in found["leads"].as_array().expect("leads") {
        let id = lead["id"].as_str().expect("an id");
        service
            .post(&format!("/api/v1/leads/{id}/approve"), &json!({}))
            .await;
    }
    // While Citedy knows their keys, it answers with the runs that it has.
    service.until_count("completed", 60).await;
    assert_eq!(world.ledger().await["total"], 60 * 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_call_is_not_sent_again_before_a_person_resumes() {
    let world = world().await;
    let service = world.serve().await;
    world.faults(&["lost=1.0"]).await;
    let added = service.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, "starting").await;
    done(&world, None, &["db", "backup", "copy.db"]).await;
    service.kill().await;
    world.faults(&[]).await;
    restore(&world, "copy.db");
    let posts = async || {
        let ledger = world.ledger().await;
        ledger["requests"]["POST /api/agent/citedy-warm-lead"].as_u64()
    };
    let before = posts().await;
    let service = world.serve().await;
    assert_eq!(service.lead(id).await["status"], "starting");
    assert_eq!(posts().await, before);
    service.post("/api/v1/resume", &json!({})).await;
    service.until_status(id, "completed").await;
    charged_once(&world, "acme.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_by_other_means_is_a_restored_one_once_a_person_says_so() {
    let world = world().await;
    let service = world.serve().await;
    queue_while_paused(&service, "acme.com").await;
    service.terminate().await;
    let words = done(&world, None, &["db", "restored"]).await;
    assert!(words.contains("1 lead waits for approval"), "{words}");
    let check = refused(&world, None, &["check"]).await;
    assert!(check.contains("warmsheet db resume"), "{check}");
    sql(
        &world.path("warmsheet.db"),
        "DELETE FROM pause WHERE kind = 'person'",
    )
    .await;

    std::fs::write(world.path("list.csv"), "Domain\nglobex.com\n").expect("a list");
    let run = ["run", "list.csv", "-o", "report.csv", "--yes"];
    // Also the second time, when its rows are known and waiting.
    for _ in 0..2 {
        let output = crate::call(&world, None, &run).await;
        let words = crate::words(&output);
        assert_eq!(output.status.code(), Some(6), "{words}");
        assert!(words.contains("warmsheet db resume"), "{words}");
        let held = "SELECT COUNT(*) FROM lead WHERE status = 'held'";
        assert_eq!(number(&world.path("warmsheet.db"), held).await, 2);
    }
    assert!(world.charged().await.is_empty());

    done(&world, None, &["db", "resume"]).await;
    done(&world, None, &run).await;
    assert_eq!(world.charged().await, ["globex.com"]);
}
