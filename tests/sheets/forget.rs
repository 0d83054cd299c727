//! A company that stands in a sheet is forgotten: its rows are the user's to delete.

use crate::google::{Calls, Fault};
use crate::office::{Office, RESULTS, TAB, row_of, three_done};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_to_delete_are_listed_and_none_of_them_buys_anything() {
    let (office, service) = three_done().await;
    let rows = service.lead_of("acme.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("acme.com", rows).await;
    let text = office.run(&["forget", "acme.com", "--yes"]).await;
    let row = office
        .book(|book| row_of(book, "acme.com"))
        .expect("its row")
        + 1;
    assert!(
        text.contains(&format!("tab \u{201c}{TAB}\u{201d}: row {row}\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("tab \u{201c}{RESULTS}\u{201d}: row")),
        "{text}"
    );
    office
        .until_shown("acme.com", "Status", "Forgotten on")
        .await;
    // Neither the row that stays nor a new one buys anything, and neither is taken in twice.
    office.book(|book| book.type_cell(TAB, 8, 0, "https://www.acme.com/"));
    office
        .until_shown("https://www.acme.com/", "Status", "Forgotten on")
        .await;
    let before = service.status().await["leads"].clone();
    office.after_syncs(&service, 3).await;
    assert_eq!(service.status().await["leads"], before);
    assert_eq!(office.charged().await.len(), 3);
    let again = office.run(&["forget", "acme.com", "--dry-run"]).await;
    assert!(
        again.contains(&format!("rows {row}, 9")),
        "what is left can be listed again: {again}"
    );
    // Another company in its place is one like any other.
    office.book(|book| book.type_cell(TAB, 8, 0, "hooli.com"));
    office.until_shown("hooli.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    assert!(!service.log().contains("acme.com"), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_still_stands_when_its_company_may_be_bought_again_waits_for_a_person() {
    let (office, service) = three_done().await;
    office.run(&["forget", "hooli.com", "--yes"]).await;
    office.book(|book| book.type_cell(TAB, 8, 0, "hooli.com"));
    office
        .until_shown("hooli.com", "Status", "Forgotten on")
        .await;
    office
        .run(&["forget", "hooli.com", "--undo", "--yes"])
        .await;
    office
        .until_shown("hooli.com", "Status", "Waiting for approval")
        .await;
    office.after_syncs(&service, 3).await;
    assert_eq!(office.charged().await.len(), 3, "nobody has approved it");
    office.choose("hooli.com", "Approve");
    office.until_shown("hooli.com", "Status", "Done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_on_their_way_when_they_were_forgotten_hold_up_no_others() {
    let mut office = Office::of(World::slow().await, &[&["Domain"]]).await;
    office.set("GOOGLE_SHEETS_LATE_SECONDS", "5");
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    service.until_count("waiting", 1).await;
    office.after_syncs(&service, 2).await;
    // The request that carries its rows is lost, and may still arrive for five seconds.
    office.google.fault_on(Calls::Writes, Fault::LoseRequest);
    office.finish_all().await;
    office.after_fault().await;
    let text = office.run(&["forget", "acme.com", "--yes"]).await;
    assert!(text.contains("Forgotten: acme.com"), "{text}");
    office.book(|book| book.type_cell(TAB, 2, 0, "globex.com"));
    service.until_count("waiting", 1).await;
    office.finish_all().await;
    office.until_shown("globex.com", "Status", "Done").await;
    let rows = service.lead_of("globex.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("globex.com", rows).await;
    assert_eq!(office.results().len(), rows, "nothing of the other one");
}
