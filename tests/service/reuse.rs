//! One report serves every lead for its company, whatever its source.

use serde_json::{Value, json};

use crate::support::warmsheet::{Warmsheet, call};
use crate::support::{World, eventually};

fn id(entry: &Value) -> &str {
    entry["id"].as_str().expect("an id")
}

/// Posts one lead with more fields than its domain.
async fn post(service: &Warmsheet, lead: Value) -> Value {
    let (_, body) = service
        .post("/api/v1/leads", &json!({"leads": [lead]}))
        .await;
    body["leads"][0].clone()
}

/// The rows of a lead without the columns that name the lead.
fn contents(lead: &Value) -> Vec<Value> {
    let mut rows = lead["rows"].as_array().expect("rows").clone();
    for row in &mut rows {
        row.as_object_mut().expect("a row").remove("lead_id");
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_a_list_and_the_command_line_are_served_from_one_report() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let lists = world.lists();
    // A list that is there at the first look waits for a person.
    std::fs::write(lists.join("companies.csv"), "acme.com\n").expect("written");
    let service = world.serve().await;
    let bought = service.add(&["acme.com"]).await;
    let bought = service.until_status(id(&bought[0]), "completed").await;
    let again = service.add(&["acme.com"]).await;
    let again = service.until_status(id(&again[0]), "reused").await;
    assert_eq!(again["reusedFrom"]["lead"], bought["id"]);
    assert_eq!(again["credits"], 0);
    assert_eq!(again["runId"], bought["runId"]);
    assert_eq!(contents(&again), contents(&bought));
    assert_eq!(again["delivery"], "done");

    let report = lists.join("companies.csv.results.xlsx");
    let held = service.until_count("held", 1).await;
    let batch = &held["heldBatches"][0];
    assert_eq!((&batch["leads"], &batch["reused"]), (&json!(1), &json!(1)));
    assert_eq!(
        batch["price"],
        "1 lead, of which 1 is reused, 0 credits, 0.00 USD"
    );
    let approve = format!(
        "/api/v1/batches/{}/approve",
        batch["id"].as_str().expect("an id")
    );
    service.post(&approve, &json!({})).await;
    eventually("the list has its report", || async {
        report.exists().then_some(()).ok_or("not there".to_owned())
    })
    .await;

    std::fs::write(world.path("list.txt"), "acme.com\n").expect("written");
    let output = call(&world, &["run", "list.txt", "-o", "report.json"]).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("1 new (1 reused, 0 credits"), "{words}");
    assert!(words.contains("1  reused"), "{words}");
    let report = std::fs::read_to_string(world.path("report.json")).expect("the report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["summary"]["leads"]["reused"], 1);

    let rows = contents(&bought).len();
    let csv = String::from_utf8(service.bytes("/exports/leads.csv").await).expect("UTF-8");
    let of_run = csv
        .matches(bought["runId"].as_str().expect("a run"))
        .count();
    assert_eq!(of_run, 4 * rows, "every lead brings its rows");
    let only = service.bytes("/exports/leads.json?status=reused").await;
    let only: Value = serde_json::from_slice(&only).expect("JSON");
    assert_eq!(only["summary"]["leads"]["reused"], 3);
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn force_and_retry_buy_anew_and_other_options_are_another_report() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let first = service.add(&["acme.com"]).await;
    service.until_status(id(&first[0]), "completed").await;
    for lead in [
        json!({"domain": "acme.com", "force": true}),
        json!({"domain": "acme.com", "drafts": 1}),
    ] {
        let entry = post(&service, lead).await;
        service.until_status(id(&entry), "completed").await;
    }
    let forms = [
        ("domains", "acme.com"),
        ("form_id", "one"),
        ("force", "yes"),
    ];
    service.send_form("/submit", &forms).await;
    service.until_count("completed", 4).await;
    let entry = post(&service, json!({"domain": "acme.com", "drafts": 3})).await;
    service.until_status(id(&entry), "reused").await;
    let retry = format!("/api/v1/leads/{}/retry", id(&entry));
    let (code, _) = service.post(&retry, &json!({})).await;
    assert!(code.is_success());
    let lead = service.until_status(id(&entry), "completed").await;
    assert_eq!(
        (&lead["attempt"], &lead["credits"]),
        (&json!(2), &json!(40))
    );
    assert_eq!(lead["reusedFrom"], Value::Null);
    assert_eq!(world.charged().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_the_same_time_buy_one_report_even_if_it_is_killed_in_between() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_REUSE_DAYS", "0");
    let service = world.serve().await;
    let both = service.add(&["acme.com", "acme.com", "globex.com"]).await;
    service.until_count("waiting", 2).await;
    let waiting = service.lead(id(&both[1])).await;
    assert_eq!(waiting["status"], "queued");
    assert_eq!(waiting["reason"], format!("same as {}", id(&both[0])));
    service.kill().await;
    let service = world.serve().await;
    world.finish_all().await;
    let second = service.until_status(id(&both[1]), "reused").await;
    assert_eq!(second["reusedFrom"]["lead"], both[0]["id"]);
    service.until_count("completed", 2).await;
    assert_eq!(world.ledger().await["total"], 80);
    let later = service.add(&["acme.com"]).await;
    service.until_status(id(&later[0]), "waiting").await;
    assert_eq!(world.ledger().await["total"], 120, "reuse is off");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_needs_neither_resume_nor_room_under_the_cap() {
    let mut world = World::new().await;
    world.set("WARMSHEET_DAILY_CREDITS", "40");
    world.with_webhooks().await;
    let service = world.serve().await;
    let first = service.add(&["acme.com"]).await;
    service.until_status(id(&first[0]), "completed").await;
    service.post("/api/v1/pause", &json!({})).await;
    let again = service.add(&["acme.com", "globex.com"]).await;
    service.until_status(id(&again[0]), "reused").await;
    assert_eq!(service.lead(id(&again[1])).await["status"], "queued");
    let page = service.bytes(&format!("/leads/{}", id(&again[0]))).await;
    let page = String::from_utf8(page).expect("UTF-8");
    let said = format!("as {}", id(&first[0]));
    assert!(page.contains("Reused") && page.contains(&said), "{page}");
}
