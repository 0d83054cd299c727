use crate::google::{Book, Cell};
use crate::office::{Office, RESULTS, TAB, row_of, shown};

/// A sheet with three companies that are done.
async fn three_done() -> (Office, crate::support::warmsheet::Warmsheet) {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["acme.com", "Kim"],
                &["globex.com", "Lee"],
                &["initech.com", "Max"],
            ],
        );
    });
    for domain in ["acme.com", "globex.com", "initech.com"] {
        office.until_shown(domain, "Status", "Done").await;
    }
    (office, service)
}

/// Every row shows the id of its own domain's lead, and nothing was bought twice.
async fn in_order(
    office: &Office,
    service: &crate::support::warmsheet::Warmsheet,
    domains: &[&str],
) {
    for domain in domains {
        let id = service.lead_of(domain).await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        office.until_shown(domain, "Lead ID", &id).await;
    }
    let mut charged = office.charged().await;
    charged.sort();
    let mut wanted: Vec<&str> = domains.to_vec();
    wanted.sort_unstable();
    assert_eq!(charged, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_between_reading_and_writing_buys_nothing_twice() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["acme.com", "Kim"],
                &["globex.com", "Lee"],
                &["initech.com", "Max"],
            ],
        );
    });
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
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["acme.com", "Kim"],
                &["globex.com", "Lee"],
                &["initech.com", "Max"],
            ],
        );
    });
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

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_results_tab_is_made_again_without_the_old_rows_unless_asked() {
    let (office, service) = three_done().await;
    let before = office.results().len();
    office.book(|book| book.delete_tab(RESULTS));
    office.book(|book| book.type_cell(TAB, 5, 0, "umbrella.com"));
    office.until_shown("umbrella.com", "Status", "Done").await;
    crate::support::eventually("results of the new one only", || async {
        let seen = office.results();
        let fine = !seen.is_empty() && seen.iter().all(|domain| domain == "umbrella.com");
        if fine {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
    let new = office.results().len();
    let resent = office.run(&["sheet", "resend", crate::office::SHEET]).await;
    assert!(resent.contains("4 results"), "{resent}");
    crate::support::eventually("all rows again", || async {
        let seen = office.results().len();
        if seen == before + 2 * new {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    })
    .await;
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_rows_belong_to_the_user() {
    let (office, service) = three_done().await;
    let all = office.results().len();
    office.book(|book| {
        let column = book.column(RESULTS, "domain").expect("a column");
        book.sort(RESULTS, 1, column, true, None);
        book.delete_rows(RESULTS, 1, 1);
        book.type_cell(RESULTS, 1, column, "mine.example");
        book.move_column(RESULTS, column, 0);
    });
    office.book(|book| book.type_cell(TAB, 6, 0, "umbrella.com"));
    office.until_shown("umbrella.com", "Status", "Done").await;
    let rows = service.lead_of("umbrella.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("umbrella.com", rows).await;
    let seen = office.results();
    assert_eq!(seen.len(), all - 1 + rows);
    assert!(seen.contains(&"mine.example".to_owned()));
    drop(service);
}

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
