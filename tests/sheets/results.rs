//! The results tab belongs to the user.

use crate::office::{Office, RESULTS, TAB, three_done};
use crate::support::World;

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
async fn a_protected_tab_of_rows_does_not_hold_up_the_results() {
    let (office, service) = three_done().await;
    let before = office.results().len();
    office.book(|book| {
        book.type_cell(TAB, 6, 0, "umbrella.com");
    });
    office.until_shown("umbrella.com", "Lead ID", "L").await;
    office.book(|book| book.protect_tab(TAB));
    service.until_count("completed", 4).await;
    crate::support::eventually("its results", || async {
        let seen = office.results().len();
        if seen > before {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    })
    .await;
    office.book(|book| book.unprotect(TAB));
    office.until_shown("umbrella.com", "Status", "Done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_moved_while_rows_are_written_costs_no_cell_its_header() {
    let office = Office::of(World::slow().await, &[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    for (row, domain) in [(1, "acme.com"), (2, "globex.com")] {
        office.book(|book| book.type_cell(TAB, row, 0, domain));
        service.until_count("waiting", 1).await;
        office.after_syncs(&service, 3).await;
        if row == 2 {
            // Nothing is left to write but what the end of the run brings.
            office.google.before_next_write(Box::new(|book| {
                let column = book.column(RESULTS, "domain").expect("a column");
                book.move_column(RESULTS, column, 0);
            }));
        }
        office.finish_all().await;
        office.until_shown(domain, "Status", "Done").await;
        office.after_syncs(&service, 2).await;
    }
    let rows = service.lead_of("globex.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("globex.com", rows).await;
    office.book(|book| {
        assert_eq!(book.rows(RESULTS)[0][0], "domain", "the column was moved");
        let column = book.column(RESULTS, "lead_id").expect("a column");
        for row in book.rows(RESULTS).iter().skip(1) {
            let id = &row[column];
            assert!(id.starts_with('L') && id.len() == 13, "{row:?}");
        }
    });
}
