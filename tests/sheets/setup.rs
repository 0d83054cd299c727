//! `warmsheet sheet setup` and `warmsheet check`: what a person does before the first row.

use crate::google::{ACCOUNT, Area, Calls, Cell, Fault, Tab};
use crate::office::{Office, RESULTS, SHEET, TAB};

#[tokio::test(flavor = "multi_thread")]
async fn setup_prepares_an_empty_sheet_and_doing_it_again_changes_nothing() {
    let office = Office::with_rows(&[]).await;
    let address = format!("https://docs.google.com/spreadsheets/d/{SHEET}/edit");
    let said = office.run(&["sheet", "setup", &address, "--run"]).await;
    assert!(said.contains("Domain, Run"), "{said}");
    office.book(|book| {
        let tab = book.tab(TAB);
        assert_eq!(tab.frozen_rows, 1);
        let run = book.column(TAB, "Run").expect("a Run column");
        let rule = tab.validation(1, run).expect("checkboxes").to_string();
        assert!(rule.contains("BOOLEAN"), "{rule}");
        let action = book.column(TAB, "Action").expect("an Action column");
        let rule = tab.validation(7, action).expect("a drop-down").to_string();
        for choice in ["Approve", "Retry", "Cancel"] {
            assert!(rule.contains(choice), "{rule}");
        }
        assert!(!tab.conditional_formats.is_empty(), "colours by status");
        assert_eq!(
            book.rows(RESULTS)[0],
            ["lead_id", "run_id", "domain", "row"]
        );
        assert_eq!(book.tab(RESULTS).frozen_rows, 1);
    });
    let before = office.book(|book| (book.rows(TAB), book.rows(RESULTS), book.tabs.len()));
    let said = office.run(&["sheet", "setup", SHEET, "--run"]).await;
    assert!(said.contains("nothing was changed"), "{said}");
    let after = office.book(|book| (book.rows(TAB), book.rows(RESULTS), book.tabs.len()));
    assert_eq!(before, after);
    let said = office.run(&["check"]).await;
    assert!(said.contains("ok    sheet"), "{said}");
    // And it works: a ticked row is bought, and its rows go to that tab.
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["acme.com", "TRUE"]]));
    office.until_shown("acme.com", "Status", "Done").await;
    assert!(!office.results().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_of_a_sheet_in_use_only_adds_what_is_missing() {
    let rows: &[&[&str]] = &[
        &["My campaign", "", ""],
        &["Website", "Owner", "Status"],
        &["acme.com", "Kim", "called"],
    ];
    let office = Office::with_rows(rows).await;
    office.book(|book| {
        book.set_cell(
            TAB,
            2,
            1,
            Cell::formula("=UPPER(\"kim\")", Cell::text("KIM")),
        )
    });
    let said = office.run(&["sheet", "setup", SHEET, "--options"]).await;
    assert!(said.contains("Added ICP"), "{said}");
    office.book(|book| {
        let shown = book.rows(TAB);
        assert_eq!(shown[0][0], "My campaign");
        assert_eq!(shown[1][..3], ["Website", "Owner", "Status"]);
        assert_eq!(shown[2][..3], ["acme.com", "KIM", "called"]);
        assert!(matches!(book.cell(TAB, 2, 1), Cell::Formula { .. }));
        assert_eq!(book.tab(TAB).frozen_rows, 0);
        assert_eq!(shown[1][3], "ICP");
        assert!(book.column(TAB, "Lead ID").is_some());
    });
    let office = Office::with_rows(&[&["Company", "Owner"], &["Acme", "Kim"]]).await;
    let said = office.run(&["sheet", "setup", SHEET]).await;
    assert!(said.contains("Company, Owner"), "{said}");
}

/// What `check` says of the sheet, in an office to which something was done.
async fn checked(change: impl FnOnce(&Office)) -> String {
    let office = Office::with_rows(&[&["Domain", "Owner"], &["acme.com", "Kim"]]).await;
    change(&office);
    let said = office.run(&["check"]).await;
    assert!(said.contains("FAULT"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_what_is_wrong_and_what_to_do() {
    let not_shared = checked(|office| office.book(|book| book.unshare(ACCOUNT))).await;
    assert!(
        not_shared.contains(&format!("share the spreadsheet with {ACCOUNT}")),
        "{not_shared}"
    );
    let reader = checked(|office| {
        office.book(|book| book.share_with(ACCOUNT, crate::google::Role::Reader));
    })
    .await;
    assert!(reader.contains("as an Editor"), "{reader}");
    let disabled = checked(|office| office.google.set_api_disabled(true)).await;
    assert!(
        disabled.contains("enable the Google Sheets API"),
        "{disabled}"
    );
    let headers = checked(|office| office.book(|book| book.type_cell(TAB, 0, 0, "Company"))).await;
    assert!(headers.contains("Company, Owner"), "{headers}");
    let protected = checked(|office| office.book(|book| book.protect_tab(TAB))).await;
    assert!(
        protected.contains("Protect sheets and ranges"),
        "{protected}"
    );
    let quota = checked(|office| {
        office
            .google
            .fault_on(Calls::Reads, Fault::FailBeforeApply(429))
    })
    .await;
    assert!(quota.contains("quota"), "{quota}");
    let clock = checked(|office| office.google.set_clock_skew_seconds(-900)).await;
    assert!(clock.contains("clock"), "{clock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_a_wrong_id_a_wrong_tab_and_a_wrong_key() {
    let mut office = Office::with_rows(&[&["Domain"]]).await;
    office.set("WARMSHEET_SHEETS", "1Nobody");
    let said = office.run(&["check"]).await;
    assert!(
        said.contains("no spreadsheet with the id “1Nobody”"),
        "{said}"
    );
    office.set("WARMSHEET_SHEETS", format!("{SHEET}#Prospects"));
    let said = office.run(&["check"]).await;
    assert!(said.contains("the tabs are: Companies"), "{said}");
    office.set("WARMSHEET_SHEETS", SHEET);
    let key = office.path("key.json");
    std::fs::write(&key, "{}").expect("written");
    office.set("GOOGLE_APPLICATION_CREDENTIALS", key.display().to_string());
    let said = office.run(&["check"]).await;
    assert!(
        said.contains("not the key file of a service account"),
        "{said}"
    );
    office.set("GOOGLE_APPLICATION_CREDENTIALS", "");
    let said = office.run(&["check"]).await;
    assert!(
        said.contains("GOOGLE_APPLICATION_CREDENTIALS: is not set"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_range_elsewhere_is_no_fault_and_one_over_our_columns_is_told() {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    office.book(|book| {
        book.protect(
            TAB,
            Some(Area {
                rows: 0..100,
                cols: 0..2,
            }),
        )
    });
    let said = office.run(&["check"]).await;
    assert!(said.contains("ok    sheet"), "{said}");
    office.book(|book| book.protect_tab(TAB));
    let service = office.serve().await;
    let problem = crate::support::eventually("the protection is told", || async {
        let status = service.status().await;
        status["sheets"][SHEET]["lastError"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| status.to_string())
    })
    .await;
    assert!(problem.contains("protected range"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_gid_names_its_tab_and_the_results_tab_is_no_input() {
    let mut office = Office::with_rows(&[&["Domain"]]).await;
    office.google.add_book(
        "Two",
        "Two lists",
        vec![
            Tab::with_rows(3, "Notes", &[&["Ideas"]]),
            Tab::with_rows(7, TAB, &[&["Domain"]]),
        ],
    );
    office.set(
        "WARMSHEET_SHEETS",
        "https://docs.google.com/spreadsheets/d/Two/edit?gid=7#gid=7",
    );
    let said = office.run(&["check"]).await;
    assert!(said.contains("tab “Companies”"), "{said}");
}
