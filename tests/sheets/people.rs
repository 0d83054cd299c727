//! What people do to a sheet while it is worked on.

use crate::google::{Book, Cell};
use crate::office::{Office, TAB, in_order, paste_three, row_of, shown, three_done};

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_between_reading_and_writing_buys_nothing_twice() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(paste_three);
    let sort = |book: &mut Book| book.sort(TAB, 1, 0, true, None);
    office.google.before_next_write(Box::new(sort));
    for (domain, owner) in [
        ("acme.com", "Kim"),
        ("globex.com", "Lee"),
        ("initech.com", "Max"),
    ] {
        office.until_shown(domain, "Status", "Done").await;
        assert_eq!(office.shown(domain, "Owner"), owner);
    }
    in_order(
        &office,
        &service,
        &["acme.com", "globex.com", "initech.com"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_inserted_between_reading_and_writing_costs_no_cell() {
    let office = Office::with_rows(&[&["Domain", "Owner", "Score"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 2).await;
    office.book(|book| {
        book.paste(TAB, 1, 0, &[&["acme.com", "Kim"], &["globex.com", "Lee"]]);
        book.set_cell(TAB, 1, 2, Cell::formula("=LEN(A2)", Cell::Number(8.0)));
    });
    let insert = |book: &mut Book| book.insert_columns(TAB, 0, 1);
    office.google.before_next_write(Box::new(insert));
    office.until_shown("acme.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    office.book(|book| {
        assert_eq!(shown(book, "acme.com", "Owner"), "Kim");
        assert_eq!(shown(book, "globex.com", "Owner"), "Lee");
        let row = row_of(book, "acme.com").expect("a row");
        let score = book.column(TAB, "Score").expect("a column");
        assert!(matches!(book.cell(TAB, row, score), Cell::Formula { .. }));
        assert_eq!(shown(book, "globex.com", "Score"), "");
    });
    in_order(&office, &service, &["acme.com", "globex.com"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_inserted_and_deleted_between_reading_and_writing_are_put_right() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(paste_three);
    office.google.before_next_write(Box::new(|book: &mut Book| {
        book.insert_rows(TAB, 1, 2);
        book.type_cell(TAB, 1, 0, "umbrella.com");
    }));
    let domains = ["acme.com", "globex.com", "initech.com", "umbrella.com"];
    for domain in domains {
        office.until_shown(domain, "Status", "Done").await;
    }
    in_order(&office, &service, &domains).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_cancelled_and_comes_back_to_life() {
    let office = Office::with_rows(&[
        &["Domain", "Owner"],
        &["acme.com", "Kim"],
        &["globex.com", "Lee"],
    ])
    .await;
    let service = office.serve().await;
    office
        .until_shown("acme.com", "Status", "Waiting for approval")
        .await;
    let row = office.book(|book| {
        let row = book.tab(TAB).row(1);
        book.delete_rows(TAB, 1, 1);
        row
    });
    service.until_count("cancelled", 1).await;
    assert_eq!(service.status().await["leads"]["held"], 1);
    office.book(|book| {
        for (column, cell) in row.into_iter().enumerate() {
            book.set_cell(TAB, 5, column, cell);
        }
    });
    service.until_count("held", 2).await;
    office
        .until_shown("acme.com", "Status", "Waiting for approval")
        .await;
    assert_eq!(office.charged().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_columns_come_back_when_they_are_deleted_and_may_be_moved() {
    let (office, service) = three_done().await;
    office.book(|book| {
        let column = book.column(TAB, "Status").expect("a column");
        book.move_column(TAB, column, 0);
        let column = book.column(TAB, "Lead ID").expect("a column");
        book.delete_columns(TAB, column, 1);
        book.rename_tab(TAB, "Prospects");
        book.reorder_tab("Prospects", 1);
        book.rename_tab("Prospects", TAB);
    });
    for domain in ["acme.com", "globex.com", "initech.com"] {
        office.until_shown(domain, "Lead ID", "L").await;
    }
    in_order(
        &office,
        &service,
        &["acme.com", "globex.com", "initech.com"],
    )
    .await;
    office.book(|book| assert_eq!(book.column(TAB, "Status"), Some(0)));
}
