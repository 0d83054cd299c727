//! Which row is whose, when ids and domains part.

use crate::google::Cell;
use crate::office::{Office, SHEET, TAB, in_order, row_of, shown, three_done};

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicated_row_is_marked_and_a_copy_with_another_domain_is_new() {
    let (office, service) = three_done().await;
    office.book(|book| book.duplicate_row(TAB, 1));
    crate::support::eventually("the copy is marked", || async {
        let rows = office.book(|book| book.rows(TAB));
        let copies = rows.iter().flatten().filter(|cell| *cell == "Copy").count();
        if copies == 1 {
            Ok(())
        } else {
            Err(format!("{rows:#?}"))
        }
    })
    .await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await.len(), 3);
    office.book(|book| {
        let row = book
            .rows(TAB)
            .iter()
            .position(|row| row.iter().any(|cell| cell == "Copy"));
        book.type_cell(TAB, row.expect("the copy"), 0, "umbrella.com");
    });
    office.until_shown("umbrella.com", "Status", "Done").await;
    in_order(
        &office,
        &service,
        &["acme.com", "globex.com", "initech.com", "umbrella.com"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_sorted_without_the_rest_find_their_leads_again() {
    let (office, service) = three_done().await;
    office.book(|book| book.sort(TAB, 1, 0, true, Some(0..1)));
    office.after_syncs(&service, 2).await;
    in_order(
        &office,
        &service,
        &["acme.com", "globex.com", "initech.com"],
    )
    .await;
    assert_eq!(office.shown("acme.com", "Owner"), "Max");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_domain_in_a_paid_row_buys_nothing_until_its_id_is_cleared() {
    let (office, service) = three_done().await;
    office.book(|book| book.type_cell(TAB, 1, 0, "umbrella.com"));
    let message = office
        .until_shown("umbrella.com", "Message", "The row says umbrella.com")
        .await;
    assert!(message.contains("clear the Lead ID"), "{message}");
    assert_eq!(
        office.shown("umbrella.com", "Status"),
        "Bought for acme.com"
    );
    office.choose("umbrella.com", "Retry");
    office.after_syncs(&service, 3).await;
    assert_eq!(office.charged().await.len(), 3);
    office.book(|book| {
        let column = book.column(TAB, "Lead ID").expect("a column");
        book.set_cell(TAB, 1, column, Cell::Empty);
    });
    office.until_shown("umbrella.com", "Status", "Done").await;
    assert_eq!(office.charged().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_text_in_between_approves_nothing() {
    let office = Office::with_rows(&[&["Domain"], &["acme.com"]]).await;
    let service = office.serve().await;
    office
        .until_shown("acme.com", "Status", "Waiting for approval")
        .await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme"));
    office.until_shown("acme", "Status", "Invalid").await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.org"));
    office
        .until_shown("acme.org", "Status", "Waiting for approval")
        .await;
    office.after_syncs(&service, 3).await;
    assert!(office.charged().await.is_empty());
    office.choose("acme.org", "Approve");
    office.until_shown("acme.org", "Status", "Done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_not_bought_when_their_ids_are_deleted_or_sorted_away() {
    let (office, service) = three_done().await;
    office.book(|book| book.duplicate_row(TAB, 1));
    office.after_syncs(&service, 2).await;
    // The ids alone are sorted: each stands beside another domain now.
    office.book(|book| {
        let ids = book.column(TAB, "Lead ID").expect("a column");
        book.sort(TAB, 1, ids, true, Some(ids..ids + 1));
    });
    office.after_syncs(&service, 3).await;
    assert_eq!(office.charged().await.len(), 3);
    office.book(|book| {
        let ids = book.column(TAB, "Lead ID").expect("a column");
        book.delete_columns(TAB, ids, 1);
    });
    // Without its id the copy is a row like any old one: it waits for a person.
    service.until_count("held", 1).await;
    office.after_syncs(&service, 3).await;
    assert_eq!(office.charged().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_moves_to_another_connected_tab_stays_the_same_lead() {
    let mut office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    office.book(|book| {
        book.add_tab("Second");
        book.paste("Second", 0, 0, &[&["Website", "Lead ID"]]);
    });
    office.set("WARMSHEET_SHEETS", format!("{SHEET}#{TAB}, {SHEET}#Second"));
    let service = office.serve().await;
    office.after_syncs(&service, 2).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["acme.com", "Kim"], &["globex.com", "Lee"]]));
    office.until_shown("acme.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    office.book(|book| {
        let id = shown(book, "acme.com", "Lead ID");
        let row = row_of(book, "acme.com").expect("a row");
        book.delete_rows(TAB, row, 1);
        book.paste("Second", 3, 0, &[&["acme.com", &id]]);
    });
    crate::support::eventually("its status there", || async {
        let rows = office.book(|book| book.rows("Second"));
        let there = rows.iter().flatten().any(|cell| cell.starts_with("Done"));
        if there {
            Ok(())
        } else {
            Err(format!("{rows:?}"))
        }
    })
    .await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await.len(), 2);
}
