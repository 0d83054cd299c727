//! One instance writes a sheet; the pages of every one tell how it is doing.

use crate::Shared;
use crate::google::{GoogleStandIn, Tab};
use crate::support::warmsheet::{Warmsheet, holds_lease};
use crate::support::{World, eventually};

const SHEET: &str = "1Sheet-for_tests";

async fn office() -> (Shared, GoogleStandIn) {
    let mut world = World::new().await;
    let google = GoogleStandIn::start().await;
    let rows: &[&[&str]] = &[&["Domain"]];
    google.add_book(
        SHEET,
        "Campaign",
        vec![Tab::with_rows(0, "Companies", rows)],
    );
    world.settings.extend(google.settings(world.dir.path()));
    world.set("GOOGLE_SHEETS_LATE_SECONDS", "2");
    world.set("WARMSHEET_SHEETS", SHEET);
    (Shared::of(world).await, google)
}

async fn until_writer(service: &Warmsheet) {
    eventually("this instance writes the sheet", || async {
        let status = service.status().await;
        if holds_lease(&status, "sheet:") && status["sheets"][SHEET]["lastOk"].is_string() {
            return Ok(());
        }
        Err(status.to_string())
    })
    .await;
}

async fn until_done(google: &GoogleStandIn, domain: &str) {
    eventually(&format!("{domain} is done"), || async {
        let rows = google.book(SHEET, |book| book.rows("Companies"));
        let row = rows
            .iter()
            .find(|row| row.iter().any(|cell| cell == domain));
        match row {
            Some(row) if row.iter().any(|cell| cell.starts_with("Done")) => Ok(()),
            _ => Err(format!("{rows:#?}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_writer_is_killed_another_one_keeps_the_sheet_and_nothing_is_there_twice() {
    let (shared, google) = office().await;
    let first = shared.serve().await;
    until_writer(&first).await;
    let second = shared.serve().await;
    google.book(SHEET, |book| {
        book.paste("Companies", 1, 0, &[&["acme.com"]])
    });
    until_done(&google, "acme.com").await;
    eventually("the other one tells of it", || async {
        let status = second.status().await;
        match status["sheets"][SHEET]["title"].as_str() {
            Some("Campaign") => Ok(()),
            _ => Err(status["sheets"].to_string()),
        }
    })
    .await;
    first.kill().await;
    until_writer(&second).await;
    google.book(SHEET, |book| {
        book.paste("Companies", 2, 0, &[&["globex.com"]])
    });
    until_done(&google, "globex.com").await;
    let results = google.book(SHEET, |book| book.rows("Warm leads"));
    let mut rows: Vec<String> = results.iter().map(|row| row[..4].join(" ")).collect();
    let all = rows.len();
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), all, "{rows:#?}");
    assert_eq!(shared.world.charged().await, ["acme.com", "globex.com"]);
}
