use reqwest::Method;

use super::{TOKEN, world};
use crate::sheets::{RESULTS, SHEET, connected};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

async fn look(service: &Warmsheet, token: &str) -> u16 {
    let request = service.request(Method::POST, "/forms/look");
    let answer = request.bearer_auth(token).send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_says_look_now_is_read_before_its_time() {
    let mut world = world(&format!("form_token = \"{TOKEN}\"\n")).await;
    let google = connected(&mut world).await;
    world.set("WARMSHEET_SYNC_SECONDS", "600");
    let service = world.serve().await;
    let read = || async {
        let sheets = service.status().await["sheets"].to_string();
        if sheets.contains("lastOk\":\"") {
            Ok(())
        } else {
            Err(sheets)
        }
    };
    eventually("the first read", read).await;
    google.book(SHEET, |book| book.type_cell("Companies", 1, 0, "acme.com"));
    assert_eq!(look(&service, "wrong").await, 401);
    assert_eq!(look(&service, TOKEN).await, 202);
    eventually("the row is a lead", || async {
        let found = service.get("/api/v1/leads?q=acme.com").await;
        match found["leads"][0]["id"].as_str() {
            Some(_) => Ok(()),
            None => Err(found.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_forms_lead_arrive_in_the_sheet_that_it_is_set_to() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let google = connected(&mut world).await;
    let toml = format!(
        "[[forms]]\nprovider = \"generic\"\ntoken = \"{TOKEN}\"\ndeliver_to = \"{SHEET}\"\n"
    );
    std::fs::write(world.path("warmsheet.toml"), toml).expect("a file");
    let service = world.serve().await;
    let url = format!("/forms/generic?token={TOKEN}");
    let (status, answer) = super::send(&service, &url, &[], r#"{"domain":"acme.com"}"#).await;
    assert_eq!(status, 200, "{answer}");
    eventually("its rows are in the results tab", || async {
        let rows = google.book(SHEET, |book| match book.has_tab(RESULTS) {
            true => book.rows(RESULTS),
            false => Vec::new(),
        });
        if rows.iter().flatten().any(|cell| cell == "acme.com") {
            Ok(())
        } else {
            Err(format!("{rows:?}"))
        }
    })
    .await;
}
