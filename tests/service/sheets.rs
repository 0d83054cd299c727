//! Leads whose rows also go to a connected spreadsheet.

use serde_json::json;

use crate::google::{GoogleStandIn, Tab};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

pub const SHEET: &str = "1Sheet-for_tests";
pub const RESULTS: &str = "Warm leads";

/// A spreadsheet with an empty input tab, connected to every service of this world.
pub async fn connected(world: &mut World) -> GoogleStandIn {
    let google = GoogleStandIn::start().await;
    let tab = Tab::with_rows(0, "Companies", &[&["Domain"]]);
    google.add_book(SHEET, "Campaign", vec![tab]);
    world.settings.extend(google.settings(world.dir.path()));
    world.set("WARMSHEET_SHEETS", SHEET);
    google
}

/// Waits until the results tab has rows of exactly these domains, in this order.
async fn until_results(google: &GoogleStandIn, domains: &[&str]) {
    eventually(&format!("the sheet has results of {domains:?}"), || async {
        let seen = google.book(SHEET, |book| {
            if !book.has_tab(RESULTS) {
                return Vec::new();
            }
            let column = book.column(RESULTS, "domain").expect("a domain column");
            let rows = book.rows(RESULTS).into_iter().skip(1);
            let mut domains: Vec<String> = rows.map(|row| row[column].clone()).collect();
            domains.dedup();
            domains
        });
        if seen == domains {
            return Ok(());
        }
        Err(format!("{seen:?}"))
    })
    .await;
}

async fn page(service: &Warmsheet, path: &str) -> String {
    String::from_utf8(service.bytes(path).await).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_an_api_lead_arrive_in_the_sheet_that_it_names() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let google = connected(&mut world).await;
    let service = world.serve().await;
    let address = format!("https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0");
    let post = json!({"leads": [{"domain": "acme.com"}], "deliverTo": address});
    let (code, body) = service.post("/api/v1/leads", &post).await;
    assert_eq!(code, 202, "{body}");
    let id = body["leads"][0]["id"].as_str().expect("an id");
    assert_eq!(service.lead(id).await["deliverTo"], SHEET);
    until_results(&google, &["acme.com"]).await;
    eventually("the delivery is done", || async {
        let lead = service.lead(id).await;
        match lead["delivery"].as_str() {
            Some("done") => Ok(()),
            _ => Err(lead.to_string()),
        }
    })
    .await;
    // A lead that names no sheet goes to none.
    let other = service.add(&["globex.com"]).await;
    let other = other[0]["id"].as_str().expect("an id");
    service.until_status(other, "completed").await;
    assert_eq!(service.lead(other).await.get("deliverTo"), None);
    assert_eq!(service.lead(other).await["delivery"], "done");
    until_results(&google, &["acme.com"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_is_not_connected_refuses_the_post_and_names_those_that_are() {
    let mut world = World::slow().await;
    let _google = connected(&mut world).await;
    let service = world.serve().await;
    for named in ["1Another-sheet", "not a sheet", ""] {
        let post = json!({"leads": [{"domain": "acme.com"}], "deliverTo": named});
        let (code, problem) = service.post("/api/v1/leads", &post).await;
        assert_eq!(code, 400, "{named}: {problem}");
    }
    let post = json!({"leads": [{"domain": "acme.com"}], "deliverTo": "1Another-sheet"});
    let (_, problem) = service.post("/api/v1/leads", &post).await;
    let words = problem["detail"].as_str().expect("words");
    for word in ["deliverTo", "1Another-sheet", SHEET, "WARMSHEET_SHEETS"] {
        assert!(words.contains(word), "{words}");
    }
    let all = service.get("/api/v1/leads").await;
    assert_eq!(all["leads"], json!([]), "nothing of a refused post stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connected_sheet_none_can_be_named() {
    let world = World::slow().await;
    let service = world.serve().await;
    let post = json!({"leads": [{"domain": "acme.com"}], "deliverTo": SHEET});
    let (code, problem) = service.post("/api/v1/leads", &post).await;
    assert_eq!(code, 400, "{problem}");
    let words = problem["detail"].as_str().expect("words");
    assert!(words.contains("WARMSHEET_SHEETS"), "{words}");
    assert!(!page(&service, "/submit").await.contains("deliver_to"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_external_id_for_another_sheet_is_a_conflict() {
    let mut world = World::slow().await;
    let _google = connected(&mut world).await;
    let service = world.serve().await;
    let post = |deliver_to: Option<&str>| {
        let leads = json!([{"domain": "acme.com", "externalId": "crm-7"}]);
        let mut post = json!({"leads": leads});
        if let Some(to) = deliver_to {
            post["deliverTo"] = to.into();
        }
        post
    };
    let (_, first) = service.post("/api/v1/leads", &post(Some(SHEET))).await;
    let tab = format!("{SHEET}#Companies");
    let (code, again) = service.post("/api/v1/leads", &post(Some(&tab))).await;
    assert_eq!(code, 202, "{again}");
    assert_eq!(first["leads"][0]["id"], again["leads"][0]["id"]);
    let (code, problem) = service.post("/api/v1/leads", &post(None)).await;
    assert_eq!(code, 409, "{problem}");
    assert!(problem["detail"].as_str().expect("words").contains("crm-7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_offers_the_connected_sheets() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let google = connected(&mut world).await;
    let service = world.serve().await;
    eventually("the form knows the sheet by its title", || async {
        let shown = page(&service, "/submit").await;
        if shown.contains(&format!("<option value=\"{SHEET}\">Campaign</option>")) {
            return Ok(());
        }
        Err(shown)
    })
    .await;
    let wrong = [("domains", "acme.com"), ("deliver_to", "1Another-sheet")];
    assert_eq!(service.send_form("/submit", &wrong).await, 422);
    let right = [("domains", "acme.com"), ("deliver_to", SHEET)];
    assert_eq!(service.send_form("/submit", &right).await, 303);
    until_results(&google, &["acme.com"]).await;
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_names_the_sheet_of_each_row() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let google = connected(&mut world).await;
    let lists = world.lists();
    let service = world.serve().await;
    eventually("the folder was looked at", || async {
        let status = service.status().await;
        match status["parts"]["folder"]["lastOk"].as_str() {
            Some(_) => Ok(()),
            None => Err(status.to_string()),
        }
    })
    .await;
    let list =
        format!("Domain,Deliver to\nacme.com,{SHEET}\nglobex.com,1Another-sheet\ninitech.com,\n");
    std::fs::write(lists.join("companies.csv"), list).expect("written");
    until_results(&google, &["acme.com"]).await;
    service.until_count("completed", 2).await;
    let wrong = service.lead_of("globex.com").await;
    assert_eq!(wrong["status"], "rejected");
    let reason = wrong["reason"].as_str().expect("words");
    for word in ["Deliver to", "1Another-sheet", SHEET, "WARMSHEET_SHEETS"] {
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(world.ledger().await["total"], 80);
}
