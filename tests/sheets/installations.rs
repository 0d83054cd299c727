//! Several installations on one sheet.

use crate::google::Cell;
use crate::office::{Office, TAB, three_done};

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_installation_never_starts_a_run() {
    let office = Office::with_rows(&[&["Domain", "Lead ID"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["acme.com", "L0123456789AB"]]));
    office
        .until_shown("acme.com", "Status", "Handled elsewhere")
        .await;
    office.after_syncs(&service, 2).await;
    assert!(office.charged().await.is_empty());
    office.book(|book| book.set_cell(TAB, 1, 1, Cell::Empty));
    office.until_shown("acme.com", "Status", "Done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_installation_starts_nothing_before_it_takes_the_sheet_over() {
    let (office, service) = three_done().await;
    service.terminate().await;
    // The same sheet, another database.
    let mut other = office;
    other.world.set("DATABASE_URL", "sqlite://other.db");
    let service = other.serve().await;
    let problem = crate::support::eventually("the problem is told", || async {
        let status = service.status().await;
        let text = status["sheets"][crate::office::SHEET]["lastError"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if text.is_empty() {
            Err(status.to_string())
        } else {
            Ok(text)
        }
    })
    .await;
    assert!(problem.contains("sheet takeover"), "{problem}");
    other.book(|book| book.type_cell(TAB, 7, 0, "umbrella.com"));
    service.terminate().await;
    let taken = other
        .run(&["sheet", "takeover", crate::office::SHEET])
        .await;
    assert!(taken.contains("runs the sheet now"), "{taken}");
    let service = other.serve().await;
    other
        .until_shown("acme.com", "Status", "Handled elsewhere")
        .await;
    // To this installation it is an old row.
    other
        .until_shown("umbrella.com", "Status", "Waiting for approval")
        .await;
    assert_eq!(other.charged().await.len(), 3);
    drop(service);
}
