//! The watched folder, with real files.

use std::path::Path;

use calamine::{Reader, Xlsx, open_workbook};

use crate::support::{World, eventually};

async fn until_exists(path: &Path) {
    eventually(&format!("{} exists", path.display()), || async {
        if path.exists() {
            return Ok(());
        }
        Err("not there".to_owned())
    })
    .await;
}

/// Domains in the third column of a report's first sheet.
fn reported(path: &Path) -> Result<Vec<String>, String> {
    let mut workbook: Xlsx<_> =
        open_workbook(path).map_err(|e: calamine::XlsxError| e.to_string())?;
    let sheet = workbook
        .worksheet_range("Warm leads")
        .map_err(|e| e.to_string())?;
    let mut domains: Vec<String> = sheet.rows().skip(1).map(|row| row[2].to_string()).collect();
    domains.dedup();
    Ok(domains)
}

async fn until_reported(path: &Path, domains: &[&str]) {
    eventually(&format!("the report holds {domains:?}"), || async {
        let seen = reported(path)?;
        if seen == domains {
            return Ok(());
        }
        Err(format!("{seen:?}"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_dropped_in_comes_back_as_a_report_and_new_rows_are_added() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let lists = world.lists();
    let service = world.serve().await;
    let list = lists.join("companies.csv");
    let report = lists.join("companies.csv.results.xlsx");
    until_watched(&service).await;
    std::fs::write(&list, "Website\nacme.com\nglobex.com\nacme.com/about\n").expect("written");
    until_reported(&report, &["acme.com", "globex.com"]).await;
    // Sorted, one row mended, one new: only those two are bought.
    std::fs::write(
        &list,
        "Website\nglobex.com\ninitech.com\nacme.com\nhooli.com\n",
    )
    .expect("written");
    until_reported(
        &report,
        &["acme.com", "globex.com", "initech.com", "hooli.com"],
    )
    .await;
    let mut charged = world.charged().await;
    charged.sort();
    assert_eq!(
        charged,
        ["acme.com", "globex.com", "hooli.com", "initech.com"]
    );
    assert_eq!(service.lead_of("acme.com").await["delivery"], "done");
    assert!(!lists.join("companies.csv.error.txt").exists());
    let odd: Vec<_> = std::fs::read_dir(&lists)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.') && name != ".warmsheet.lock")
        .collect();
    assert!(odd.is_empty(), "nothing unfinished is left: {odd:?}");
}

/// The folder has been looked at once: what comes now is new.
async fn until_watched(service: &crate::support::warmsheet::Warmsheet) {
    eventually("the folder was looked at", || async {
        let status = service.status().await;
        match status["parts"]["folder"]["lastOk"].as_str() {
            Some(_) => Ok(()),
            None => Err(status.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stood_there_before_waits_for_a_person_and_what_comes_later_does_not() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let lists = world.lists();
    std::fs::write(lists.join("old.csv"), "acme.com\nglobex.com\n").expect("written");
    let service = world.serve().await;
    service.until_count("held", 2).await;
    std::fs::write(lists.join("new.csv"), "initech.com\n").expect("written");
    until_reported(&lists.join("new.csv.results.xlsx"), &["initech.com"]).await;
    assert_eq!(world.charged().await, ["initech.com"]);
    let status = service.status().await;
    let batch = status["heldBatches"][0]["id"].as_str().expect("a batch");
    service
        .post(
            &format!("/api/v1/batches/{batch}/approve"),
            &serde_json::json!({}),
        )
        .await;
    until_reported(
        &lists.join("old.csv.results.xlsx"),
        &["acme.com", "globex.com"],
    )
    .await;
    std::fs::write(lists.join("old.csv"), "acme.com\nglobex.com\nhooli.com\n").expect("written");
    until_reported(
        &lists.join("old.csv.results.xlsx"),
        &["acme.com", "globex.com", "hooli.com"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_says_so_beside_it_until_it_is_mended() {
    let mut world = World::new().await;
    let lists = world.lists();
    let service = world.serve().await;
    until_watched(&service).await;
    let list = lists.join("towns.csv");
    std::fs::write(&list, "Name,Town\nAcme,Berlin\n").expect("written");
    let note = lists.join("towns.csv.error.txt");
    until_exists(&note).await;
    let words = std::fs::read_to_string(&note).expect("a note");
    assert!(
        words.contains("no column with domains") && words.contains("Name, Town"),
        "{words}"
    );
    std::fs::write(&list, "Name,Domain\nAcme,acme.com\n").expect("written");
    until_reported(&lists.join("towns.csv.results.xlsx"), &["acme.com"]).await;
    assert!(!note.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_renamed_to_look_like_a_list_buys_nothing() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let lists = world.lists();
    let service = world.serve().await;
    until_watched(&service).await;
    std::fs::write(lists.join("a.csv"), "acme.com\n").expect("written");
    until_reported(&lists.join("a.csv.results.xlsx"), &["acme.com"]).await;
    std::fs::copy(lists.join("a.csv.results.xlsx"), lists.join("copy.xlsx")).expect("copied");
    until_exists(&lists.join("copy.xlsx.error.txt")).await;
    assert_eq!(world.charged().await, ["acme.com"]);
}
