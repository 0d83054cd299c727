use serde_json::json;

use crate::google::Cell;
use crate::office::{Office, SHEET, TAB};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_domain_is_bought_once_and_its_rows_appear() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[&["acme.com", "Kim"], &["", ""], &["globex.com", "Lee"]],
        );
    });
    office.until_shown("acme.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    let lead = service.lead_of("acme.com").await;
    let rows = lead["rows"].as_array().map_or(0, Vec::len);
    office.until_results("acme.com", rows).await;
    let plural = if rows == 1 { "row" } else { "rows" };
    let shown = |header: &str| office.shown("acme.com", header);
    assert_eq!(shown("Status"), format!("Done, {rows} {plural}"));
    assert_eq!(shown("Credits"), "40");
    assert_eq!(shown("Lead ID"), lead["id"].as_str().expect("an id"));
    assert_eq!(shown("Run ID"), lead["runId"].as_str().expect("a run"));
    assert_eq!(shown("Owner"), "Kim");
    let mut charged = office.charged().await;
    charged.sort();
    assert_eq!(charged, ["acme.com", "globex.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_is_a_number_with_a_date_format_and_action_a_drop_down() {
    let mut office = Office::with_rows(&[&["Domain"]]).await;
    office.set("WARMSHEET_PUBLIC_URL", "https://leads.example.com");
    office.set("WARMSHEET_ADMIN_TOKEN", "a-long-enough-token");
    let _service = office.serve().await;
    crate::support::eventually("our columns", || async {
        let there = office.book(|book| book.column(TAB, "Action").is_some());
        if there {
            Ok(())
        } else {
            Err("not yet".to_owned())
        }
    })
    .await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    office.until_shown("acme.com", "Status", "Done").await;
    office.book(|book| {
        let column = |header: &str| book.column(TAB, header).expect("a column");
        let updated = book.cell(TAB, 1, column("Updated"));
        assert!(
            matches!(updated, Cell::Number(days) if days > 46_000.0),
            "{updated:?}"
        );
        let formats = serde_json::to_string(
            &book
                .tab(TAB)
                .formats
                .iter()
                .map(|f| format!("{f:?}"))
                .collect::<Vec<_>>(),
        );
        assert!(formats.expect("JSON").contains("DATE_TIME"));
        let rule = book.tab(TAB).validation(1, column("Action"));
        assert!(rule.expect("a rule").to_string().contains("Retry"));
        let link = book.shown(TAB, 1, column("Report"));
        assert!(
            link.starts_with("https://leads.example.com/leads/L"),
            "{link}"
        );
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_wait_with_their_price_and_are_approved_in_the_sheet() {
    let rows: &[&[&str]] = &[
        &["Domain"],
        &["acme.com"],
        &["globex.com"],
        &["initech.com"],
        &["no domain"],
    ];
    let office = Office::with_rows(rows).await;
    let service = office.serve().await;
    let message = office
        .until_shown("acme.com", "Message", "3 rows wait")
        .await;
    assert!(message.contains("120 credits, 1.20 USD"), "{message}");
    assert_eq!(office.shown("acme.com", "Status"), "Waiting for approval");
    office.until_shown("no domain", "Status", "Invalid: ").await;
    // New rows go ahead of those that wait.
    office.book(|book| book.type_cell(TAB, 9, 0, "umbrella.com"));
    office.until_shown("umbrella.com", "Status", "Done").await;
    assert_eq!(office.charged().await, ["umbrella.com"]);
    office.choose("globex.com", "approve");
    office.until_shown("globex.com", "Status", "Done").await;
    office
        .until_shown("acme.com", "Message", "2 rows wait")
        .await;
    assert_eq!(office.charged().await, ["umbrella.com", "globex.com"]);
    office.choose("acme.com", "Approve all");
    office.until_shown("initech.com", "Status", "Done").await;
    office.until_shown("acme.com", "Action", "").await;
    service.until_count("completed", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_beyond_the_days_cap_tells_its_last_day_and_may_pass_the_cap() {
    let rows: &[&[&str]] = &[
        &["Domain"],
        &["acme.com"],
        &["globex.com"],
        &["initech.com"],
    ];
    let mut office = Office::with_rows(rows).await;
    office.set("WARMSHEET_DAILY_CREDITS", "40");
    let service = office.serve().await;
    let message = office.until_shown("acme.com", "Message", "3 rows").await;
    let last = (chrono::Utc::now() + chrono::TimeDelta::days(2)).date_naive();
    assert!(message.contains(&last.to_string()), "{message}");
    office.choose("acme.com", "Approve all, no daily cap");
    service.until_count("completed", 3).await;
    assert_eq!(office.charged().await.len(), 3);
    office.book(|book| book.type_cell(TAB, 5, 0, "umbrella.com"));
    office
        .until_shown("umbrella.com", "Status", "Waiting for tomorrow")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_typed_domain_is_never_bought() {
    let office = Office::with_rows(&[&["Domain"], &[""]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.co"));
    // The read has seen acme.co; before its id is written the domain is finished.
    let mend = |book: &mut crate::google::Book| book.type_cell(TAB, 1, 0, "acme.com");
    office.google.before_next_write(Box::new(mend));
    office.until_shown("acme.com", "Status", "Done").await;
    assert_eq!(office.charged().await, ["acme.com"]);
    assert_eq!(service.status().await["leads"]["completed"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_run_column_only_ticked_rows_start() {
    let office = Office::with_rows(&[&["Run", "Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["TRUE", "acme.com"],
                &["FALSE", "globex.com"],
                &["", "initech.com"],
            ],
        );
    });
    office.until_shown("acme.com", "Status", "Done").await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await, ["acme.com"]);
    assert_eq!(office.shown("globex.com", "Lead ID"), "");
    office.book(|book| book.type_cell(TAB, 2, 0, "TRUE"));
    office.until_shown("globex.com", "Status", "Done").await;
    assert_eq!(office.charged().await, ["acme.com", "globex.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_come_from_the_row_and_a_wrong_one_is_named() {
    let office = Office::with_rows(&[&["Domain", "ICP", "Max contacts", "Buyer roles"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["acme.com", "vertical-saas", "2", "CMO; Founder"],
                &["globex.com", "anything", "", ""],
            ],
        );
    });
    office.until_shown("acme.com", "Status", "Done").await;
    let lead = service.lead_of("acme.com").await;
    assert_eq!(lead["icp"], "vertical-saas");
    assert_eq!(lead["maxContacts"], 2);
    assert_eq!(lead["buyerRoles"], json!(["CMO", "Founder"]));
    let status = office
        .until_shown("globex.com", "Status", "Invalid: ICP")
        .await;
    assert!(status.contains("seo-geo-agency"), "{status}");
    office.book(|book| book.type_cell(TAB, 2, 1, "seo-geo-agency"));
    office.until_shown("globex.com", "Status", "Done").await;
    assert_eq!(office.charged().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_tells_its_story() {
    let office = Office::of(World::new().await, &[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.paste(
            TAB,
            1,
            0,
            &[
                &["acme.com/about"],
                &["blocked-acme.com"],
                &["failed-acme.com"],
                &["hostile-acme.com"],
            ],
        );
    });
    office
        .until_shown("blocked-acme.com", "Status", "Blocked: ")
        .await;
    office
        .until_shown("failed-acme.com", "Status", "Failed")
        .await;
    office
        .until_shown("acme.com/about", "Status", "Invalid: has a path")
        .await;
    office
        .until_shown("hostile-acme.com", "Status", "Done")
        .await;
    // Whatever a result says, it is never a formula.
    let formulas = office.book(|book| {
        let tab = book.tab(crate::office::RESULTS);
        let mut formulas = 0;
        for row in 0..tab.used_rows() {
            for cell in tab.row(row) {
                formulas += usize::from(matches!(cell, Cell::Formula { .. }));
            }
        }
        formulas
    });
    assert_eq!(formulas, 0);
    let status = service.status().await;
    assert_eq!(status["sheets"][SHEET]["title"], "Campaign");
    assert_eq!(status["sheets"][SHEET]["lastError"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_a_formula_shows_is_read_and_the_formula_stays() {
    let office = Office::with_rows(&[&["Name", "Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| {
        book.set_cell(TAB, 1, 0, Cell::text("acme"));
        book.set_cell(
            TAB,
            1,
            1,
            Cell::formula("=A2&\".com\"", Cell::text("acme.com")),
        );
    });
    office.until_shown("acme.com", "Status", "Done").await;
    assert_eq!(office.charged().await, ["acme.com"]);
    let cell = office.book(|book| book.cell(TAB, 1, 1));
    assert!(matches!(cell, Cell::Formula { .. }), "{cell:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_the_users_that_is_called_like_one_of_ours_stays_theirs() {
    let rows: &[&[&str]] = &[
        &["Domain", "Status", "Action"],
        &["acme.com", "called", "call again"],
    ];
    let office = Office::with_rows(rows).await;
    let service = office.serve().await;
    office
        .until_shown("acme.com", "Lead status", "Waiting for approval")
        .await;
    office.book(|book| {
        let column = book.column(TAB, "Lead action").expect("a column");
        book.type_cell(TAB, 1, column, "Approve");
    });
    office.until_shown("acme.com", "Lead status", "Done").await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.shown("acme.com", "Status"), "called");
    assert_eq!(office.shown("acme.com", "Action"), "call again");
    let drop_down = office.book(|book| {
        let column = book.column(TAB, "Action").expect("a column");
        book.tab(TAB).validation(1, column).cloned()
    });
    assert_eq!(drop_down, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_run_column_a_sheet_waits_for_a_person() {
    let office = Office::with_rows(&[&["Run", "Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["TRUE", "acme.com"]]));
    office.until_shown("acme.com", "Status", "Done").await;
    office.book(|book| {
        let column = book.column(TAB, "Run").expect("a column");
        book.type_cell(TAB, 0, column, "Go");
        book.paste(TAB, 2, 0, &[&["FALSE", "globex.com"]]);
    });
    office
        .until_shown("globex.com", "Status", "Waiting for approval")
        .await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await, ["acme.com"]);
    office.choose("globex.com", "Approve");
    office.until_shown("globex.com", "Status", "Done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_deleted_while_the_service_was_down_is_not_bought() {
    let mut office = Office::with_rows(&[&["Domain"], &["acme.com"], &["globex.com"]]).await;
    office.set("WARMSHEET_DAILY_CREDITS", "0");
    let service = office.serve().await;
    office.until_shown("acme.com", "Status", "Waiting").await;
    office.choose("acme.com", "Approve all");
    service.until_count("queued", 2).await;
    office.after_syncs(&service, 2).await;
    service.terminate().await;
    office.book(|book| {
        let row = crate::office::row_of(book, "acme.com").expect("a row");
        book.delete_rows(TAB, row, 1);
    });
    office.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    let service = office.serve().await;
    office.until_shown("globex.com", "Status", "Done").await;
    service.until_count("cancelled", 1).await;
    assert_eq!(office.charged().await, ["globex.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_column_of_the_users_is_left_alone_without_an_address_of_ours() {
    let office = Office::with_rows(&[&["Domain", "Report"]]).await;
    let said = office.run(&["sheet", "setup", SHEET]).await;
    assert!(said.contains("Lead ID"), "{said}");
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["acme.com", "sent on Monday"]]));
    office.until_shown("acme.com", "Status", "Done").await;
    assert_eq!(office.shown("acme.com", "Report"), "sent on Monday");
}
