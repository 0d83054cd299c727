use reqwest::StatusCode;
use serde_json::json;
use warmsheet::sandbox::SandboxConfig;

use crate::google::{Book, Calls, Fault, Tab};
use crate::office::{Office, RESULTS, SHEET, TAB};
use crate::support::{World, eventually};

/// How often each (lead, row) stands in the results tab.
fn repeats(office: &Office) -> usize {
    office.book(|book| {
        let rows = book.rows(RESULTS);
        let keys: Vec<(String, String)> = rows
            .iter()
            .skip(1)
            .map(|row| (row[0].clone(), row[3].clone()))
            .collect();
        let different: std::collections::HashSet<_> = keys.iter().collect();
        keys.len() - different.len()
    })
}

/// Buys one company while every write of results meets this fault once.
async fn delivered_through(fault: Fault) -> Office {
    let office = Office::with_rows(&[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    // The write that brings the results is the first one that appends; faults wait for it.
    let lead = eventually("the run has ended", || async {
        let status = service.status().await;
        if status["leads"]["waiting"] == 1 {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
    lead.await;
    office.google.fault_on(Calls::Writes, fault);
    office.until_shown("acme.com", "Status", "Done").await;
    office.google.apply_late();
    let rows = service.lead_of("acme.com").await["rows"]
        .as_array()
        .map_or(0, Vec::len);
    office.until_results("acme.com", rows).await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.results().len(), rows);
    assert_eq!(repeats(&office), 0);
    assert_eq!(service.lead_of("acme.com").await["delivery"], "done");
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn results_whose_answer_was_lost_are_there_once() {
    delivered_through(Fault::LoseAnswerAfterApply).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_were_applied_before_a_503_are_there_once() {
    delivered_through(Fault::FailAfterApply(503)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_never_arrived_are_sent_again() {
    delivered_through(Fault::LoseRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_answer_is_no_answer() {
    delivered_through(Fault::Garbage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_while_it_delivers_goes_on_without_repeating() {
    let office = Office::with_rows(&[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.paste(TAB, 1, 0, &[&["acme.com"], &["globex.com"]]));
    service.until_count("waiting", 2).await;
    office.google.fault_on(Calls::Writes, Fault::HangAfterApply);
    service.until_count("completed", 2).await;
    eventually("results are there", || async {
        if office.results().is_empty() {
            Err("none")
        } else {
            Ok(())
        }
        .map_err(str::to_owned)
    })
    .await;
    service.kill().await;
    let service = office.serve().await;
    office.until_shown("acme.com", "Status", "Done").await;
    office.until_shown("globex.com", "Status", "Done").await;
    office.after_syncs(&service, 2).await;
    assert_eq!(repeats(&office), 0);
    let mut charged = office.charged().await;
    charged.sort();
    assert_eq!(charged, ["acme.com", "globex.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_counts_once_however_often_clearing_it_fails() {
    let office = Office::with_rows(&[&["Domain"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    office.until_shown("acme.com", "Status", "Done").await;
    office.google.fault_on(Calls::Writes, Fault::LoseRequest);
    office
        .google
        .fault_on(Calls::Writes, Fault::FailBeforeApply(503));
    office.google.fault_on(Calls::Writes, Fault::LoseRequest);
    office.choose("acme.com", "Retry");
    eventually("the second report", || async {
        let lead = service.lead_of("acme.com").await;
        if lead["attempt"] == 2 && lead["status"] == "completed" {
            Ok(())
        } else {
            Err(lead["attempt"].to_string())
        }
    })
    .await;
    eventually("the cell is cleared", || async {
        let seen = office.shown("acme.com", "Action");
        if seen.is_empty() { Ok(()) } else { Err(seen) }
    })
    .await;
    office.after_syncs(&service, 2).await;
    assert_eq!(office.charged().await, ["acme.com", "acme.com"]);
    // Cleared and seen so: the next decision counts.
    office.choose("acme.com", "Retry");
    eventually("the third report", || async {
        let lead = service.lead_of("acme.com").await;
        if lead["attempt"] == 3 {
            Ok(())
        } else {
            Err(lead["attempt"].to_string())
        }
    })
    .await;
    // What makes no sense is explained and stays.
    office.until_shown("acme.com", "Status", "Done").await;
    office.choose("acme.com", "Go!");
    office
        .until_shown("acme.com", "Message", "“Go!” is no action")
        .await;
    office.choose("acme.com", "Cancel");
    office
        .until_shown("acme.com", "Message", "“Cancel” is not possible")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_sheet_costs_one_cheap_request_a_sync() {
    let office = Office::with_rows(&[&["Domain"], &["acme.com/x"]]).await;
    let service = office.serve().await;
    office.until_shown("acme.com/x", "Status", "Invalid").await;
    // That the account is known is news for the sheet, too.
    eventually("the account is known", || async {
        let balance = service.status().await["credits"]["balance"].clone();
        match balance.is_null() {
            false => Ok(()),
            true => Err(balance.to_string()),
        }
    })
    .await;
    office.after_syncs(&service, 2).await;
    office.google.clear_requests();
    office.after_syncs(&service, 3).await;
    assert_eq!((office.google.reads(), office.google.writes()), (0, 0));
    assert!(office.google.drive_reads() >= 3);
    // Without Drive it is one read.
    office.google.set_drive_disabled(true);
    office.google.clear_requests();
    office.after_syncs(&service, 3).await;
    assert!(
        (2..=4).contains(&office.google.reads()),
        "{}",
        office.google.reads()
    );
    assert_eq!(office.google.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_leads_that_end_together_cost_six_writes_at_most() {
    let sandbox = SandboxConfig {
        speed: 0.001,
        credits: 100_000,
        ..World::calm()
    };
    let mut office = Office::of(World::with(sandbox).await, &[&["Domain"]]).await;
    office.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    office.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    let domains: Vec<String> = (0..1_000).map(|n| format!("company-{n}.com")).collect();
    let rows: Vec<Vec<&str>> = domains.iter().map(|domain| vec![domain.as_str()]).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    office.book(|book| book.paste(TAB, 1, 0, &rows));
    service.until_count("waiting", 1_000).await;
    office.after_syncs(&service, 2).await;
    // Nobody looks at the sheet while they end.
    office.google.fault_on(Calls::Drive, Fault::Hang);
    office.after_fault().await;
    office.finish_all().await;
    service.until_count("completed", 1_000).await;
    office.google.clear_requests();
    office.google.clear_faults();
    eventually("everything is delivered", || async {
        let status = office.shown("company-999.com", "Status");
        let results = office.results().len();
        if status.starts_with("Done") && results >= 1_000 {
            Ok(())
        } else {
            Err(format!("{status} {results}"))
        }
    })
    .await;
    office.after_syncs(&service, 2).await;
    let writes = office.google.writes();
    assert!(writes <= 6, "{writes} writes");
    assert_eq!(repeats(&office), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_loses_its_sharing_says_so_and_the_other_goes_on() {
    let mut office = Office::with_rows(&[&["Domain"]]).await;
    office.google.add_book(
        "Second",
        "Other campaign",
        vec![Tab::with_rows(0, TAB, &[&["Domain"]])],
    );
    office.set("WARMSHEET_SHEETS", format!("{SHEET},Second#{TAB}"));
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(|book| book.unshare(crate::google::ACCOUNT));
    let problem = eventually("the loss is told", || async {
        let status = service.status().await;
        match status["sheets"][SHEET]["lastError"].as_str() {
            Some(problem) => Ok(problem.to_owned()),
            None => Err(status["sheets"].to_string()),
        }
    })
    .await;
    assert!(problem.contains(crate::google::ACCOUNT), "{problem}");
    office.google.book("Second", |book: &mut Book| {
        book.type_cell(TAB, 1, 0, "acme.com")
    });
    service.until_count("completed", 1).await;
    let status = service.status().await;
    assert_eq!(status["sheets"]["Second"]["lastError"], json!(null));
    assert!(status["sheets"][SHEET]["nextTry"].is_string());
    let page = service
        .request(reqwest::Method::GET, "/")
        .send()
        .await
        .expect("a page");
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.expect("a body");
    assert!(
        page.contains("Google Sheet Campaign: the spreadsheet is not shared"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_before_and_after_they_expire() {
    let office = Office::with_rows(&[&["Domain"]]).await;
    office.google.set_token_seconds(61);
    let service = office.serve().await;
    office.after_syncs(&service, 3).await;
    office.google.revoke_tokens();
    office.book(|book| book.type_cell(TAB, 1, 0, "acme.com"));
    office.until_shown("acme.com", "Status", "Done").await;
    assert!(office.google.tokens() >= 2);
    assert!(!service.log().contains("eyJ"), "no token in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_arrive_late_and_were_sent_again_are_there_once() {
    delivered_through(Fault::ApplyLate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_sheets_stays_within_the_quota_of_one_account() {
    let mut office = Office::with_rows(&[&["Domain"]]).await;
    let mut sheets = vec![SHEET.to_owned()];
    for number in 0..4 {
        let id = format!("Sheet{number}");
        let tab = Tab::with_rows(0, TAB, &[&["Domain"]]);
        office.google.add_book(&id, &id, vec![tab]);
        sheets.push(id);
    }
    office.set("WARMSHEET_SHEETS", sheets.join(","));
    // The quota that is kept by default, with a look at each sheet every second.
    office.set("GOOGLE_SHEETS_REQUESTS_PER_MINUTE", "");
    office.google.set_drive_disabled(true);
    office.google.enforce_quota(true);
    let service = office.serve().await;
    eventually("every sheet was read", || async {
        let status = service.status().await;
        let read = |id: &&String| status["sheets"][id.as_str()]["lastRead"].is_string();
        let missing = sheets.iter().filter(|id| !read(id)).count();
        if missing == 0 {
            Ok(())
        } else {
            Err(status["sheets"].to_string())
        }
    })
    .await;
    let requests = office.google.requests();
    assert!(requests.iter().all(|request| request.status != 429));
}
