//! The spending guard: cap, approval, pause.

use serde_json::{Value, json};

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_cap_is_never_passed_and_says_when_it_opens_again() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_DAILY_CREDITS", "100");
    let service = world.serve().await;
    service
        .add(&["a-one.com", "a-two.com", "a-three.com", "a-four.com"])
        .await;
    let status = service.until_count("completed", 2).await;
    assert_eq!(status["credits"]["today"], 80);
    assert_eq!(status["capReached"], true);
    // Starts overlap, so which two were first is not settled.
    let queued = service.get("/api/v1/leads?status=queued").await;
    let waiting = queued["leads"][0].clone();
    assert_eq!(
        (waiting["status"].as_str(), waiting["reason"].as_str()),
        (Some("queued"), Some("cap"))
    );
    assert!(
        waiting["message"]
            .as_str()
            .expect("words")
            .contains("opens again")
    );
    let story = "Waiting for tomorrow's budget, or raise it";
    assert_eq!(waiting["story"], story);
    let opens = status["capReopensAt"].as_str().expect("a time");
    let page = dashboard(&service).await;
    assert!(
        page.contains("Waiting for tomorrow&#39;s budget, or raise it"),
        "{page}"
    );
    assert!(
        page.contains(&format!("{} 00:00 UTC", &opens[..10])),
        "{page}"
    );
    service.kill().await;
    // A restart forgets nothing of what was spent.
    let service = world.serve().await;
    service.add(&["a-five.com"]).await;
    let status = service.until_count("queued", 3).await;
    assert_eq!(status["credits"]["today"], 80);
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_batch_waits_for_a_person_with_its_price() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "2");
    let service = world.serve().await;
    let added = service
        .add(&["a-one.com", "a-two.com", "a-three.com", "not usable"])
        .await;
    assert_eq!(added[0]["status"], "held");
    assert_eq!(added[3]["status"], "rejected");
    let status = service.status().await;
    let batch = &status["heldBatches"][0];
    assert_eq!(batch["price"], "3 leads, 120 credits, 1.20 USD");
    let one = added[0]["id"].as_str().expect("an id");
    let (code, _) = service
        .post(&format!("/api/v1/leads/{one}/cancel"), &json!({}))
        .await;
    assert_eq!(code, 200);
    let batch = batch["id"].as_str().expect("an id");
    let (code, decided) = service
        .post(&format!("/api/v1/batches/{batch}/approve"), &json!({}))
        .await;
    assert_eq!((code.as_u16(), decided["changed"].as_u64()), (200, Some(2)));
    service.until_count("completed", 2).await;
    assert_eq!(service.lead(one).await["status"], "cancelled");
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_answer_to_a_pause_nothing_is_sent_and_resume_goes_on() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    // Ten requests a second, so that the pause comes before the end.
    world.set("CITEDY_REQUESTS_PER_MINUTE", "600");
    let service = world.serve().await;
    let domains: Vec<String> = (0..20).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains).await;
    eventually("the first is paid for", || async {
        match world.ledger().await["total"].as_i64() {
            Some(40..) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let (code, _) = service.post("/api/v1/pause", &json!({})).await;
    assert_eq!(code, 200);
    let charged = world.ledger().await["total"].clone();
    assert!(
        charged.as_i64() < Some(800),
        "the pause came before the end"
    );
    // Whatever was under way ends; nothing new begins.
    eventually("nothing is under way", || async {
        let status = service.status().await;
        if status["leads"]["starting"] == 0 && status["leads"]["waiting"] == 0 {
            return Ok(());
        }
        Err(status.to_string())
    })
    .await;
    assert_eq!(world.ledger().await["total"], charged);
    service.post("/api/v1/resume", &json!({})).await;
    service.until_count("completed", 20).await;
    assert_eq!(world.ledger().await["total"], 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_a_new_attempt_and_a_new_charge_and_only_an_end_allows_it() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let added = service.add(&["failed-acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, "failed").await;
    let (code, _) = service
        .post(&format!("/api/v1/leads/{id}/approve"), &json!({}))
        .await;
    assert_eq!(code, 409);
    let (code, _) = service
        .post(&format!("/api/v1/leads/{id}/retry"), &json!({}))
        .await;
    assert_eq!(code, 200);
    let lead = eventually("the second attempt has ended", || async {
        let lead = service.lead(id).await;
        if lead["attempt"] == 2 && lead["status"] == "failed" {
            return Ok(lead);
        }
        Err(lead.to_string())
    })
    .await;
    assert_eq!(lead["credits"], 80);
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_the_cap_stretches_says_until_when_and_can_be_let_past_it() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_DAILY_CREDITS", "80");
    world.set("WARMSHEET_APPROVE_ABOVE", "1");
    let service = world.serve().await;
    service.add(&["a-one.com", "a-two.com"]).await;
    service.until_count("held", 2).await;
    let fits = service.status().await["heldBatches"][0].clone();
    assert_eq!(fits["finishedOn"], Value::Null);
    let small = fits["id"].as_str().expect("an id");
    assert!(!dashboard(&service).await.contains("lift_cap"));
    let (code, _) = service
        .post(&format!("/api/v1/batches/{small}/cancel"), &json!({}))
        .await;
    assert_eq!(code, 200);

    service
        .add(&["b-one.com", "b-two.com", "b-three.com"])
        .await;
    let status = service.until_count("held", 3).await;
    let batch = &status["heldBatches"][0];
    let day = batch["finishedOn"].as_str().expect("a day");
    let opens = status["capReopensAt"].as_str().expect("a time");
    assert!(opens.starts_with(day), "{status}");
    let shown = dashboard(&service).await;
    let said = format!("Under the daily cap finished on <time datetime=\"{day}\">{day}</time>");
    assert!(shown.contains(&said), "{shown}");
    let (name, value) = named_button(&shown, "Approve without the daily cap");
    let id = batch["id"].as_str().expect("an id");
    let path = format!("/batches/{id}/approve");
    assert!(shown.contains(&format!("action=\"{path}\"")), "{shown}");
    assert_eq!(service.send_form(&path, &[(name, value)]).await, 303);
    let status = service.until_count("completed", 3).await;
    assert_eq!(status["credits"]["today"], 120, "past the cap of 80");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_can_be_cancelled_on_its_page_held_or_approved() {
    let mut world = World::new().await;
    world.set("WARMSHEET_DAILY_CREDITS", "0");
    world.set("WARMSHEET_APPROVE_ABOVE", "1");
    let service = world.serve().await;
    let added = service.add(&["a-one.com", "a-two.com"]).await;
    let lead = service.lead(added[0]["id"].as_str().expect("an id")).await;
    let id = lead["batchId"].as_str().expect("a batch");
    let approve = format!("/batches/{id}/approve");
    assert_eq!(service.send_form(&approve, &[]).await, 303);
    service.until_count("queued", 2).await;
    let page = service.bytes(&format!("/batches/{id}")).await;
    let page = String::from_utf8(page).expect("text");
    let cancel = format!("/batches/{id}/cancel");
    let button = "<button>Cancel what has not started</button>";
    let action = format!("action=\"{cancel}\"");
    let mut forms = page.split("<form");
    assert!(
        forms.any(|form| form.contains(&action) && form.contains(button)),
        "{page}"
    );
    assert_eq!(service.send_form(&cancel, &[]).await, 303);
    service.until_count("cancelled", 2).await;

    let added = service.add(&["b-one.com", "b-two.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    let page = service.bytes(&format!("/leads/{id}")).await;
    let page = String::from_utf8(page).expect("text");
    let cancel = format!("/leads/{id}/cancel");
    assert!(page.contains(&format!("action=\"{cancel}\"")), "{page}");
    assert_eq!(service.send_form(&cancel, &[]).await, 303);
    assert_eq!(service.lead(id).await["status"], "cancelled");
    assert_eq!(service.status().await["leads"]["held"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unlimited_switches_cap_and_approval_off() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    let service = world.serve().await;
    let domains: Vec<String> = (0..60).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains).await;
    let status = service.until_count("completed", 60).await;
    assert_eq!(
        status["credits"]["today"], 2400,
        "past the cap that is set when none is named"
    );
    assert_eq!(status["dailyCredits"], Value::Null);
    assert_eq!(world.ledger().await["total"], 2400);
}

async fn dashboard(service: &Warmsheet) -> String {
    String::from_utf8(service.bytes("/").await).expect("text")
}

/// Name and value of the button with this text: what pressing it sends.
fn named_button<'a>(page: &'a str, text: &str) -> (&'a str, &'a str) {
    let end = page.find(&format!(">{text}</button>")).expect("the button");
    let start = page[..end].rfind("<button").expect("its beginning");
    let attribute = |name: &str| {
        let rest = page[start..end]
            .split_once(&format!(" {name}=\""))
            .expect(name)
            .1;
        rest.split('"').next().unwrap_or_default()
    };
    (attribute("name"), attribute("value"))
}
