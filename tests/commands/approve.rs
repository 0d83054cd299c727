use serde_json::json;

use crate::support::warmsheet::{Warmsheet, call, words};
use crate::support::{World, eventually};

/// A service with a batch of three leads that waits for approval; answers its id and theirs.
async fn held(world: &World, domains: &[&str; 3]) -> (Warmsheet, String, Vec<String>) {
    let service = world.serve().await;
    account_known(&service).await;
    let added = service.add(domains).await;
    let ids: Vec<String> = added
        .iter()
        .map(|lead| lead["id"].as_str().expect("an id").to_owned())
        .collect();
    let batch = service.status().await["heldBatches"][0]["id"].clone();
    (service, batch.as_str().expect("a batch").to_owned(), ids)
}

/// Until then a price is the most that it can be: whose reports may serve is not known.
async fn account_known(service: &Warmsheet) {
    eventually("Citedy has told the balance", || async {
        let credits = service.status().await["credits"].clone();
        match credits["balance"].is_null() {
            false => Ok(()),
            true => Err(credits.to_string()),
        }
    })
    .await;
}

async fn strict() -> World {
    let mut world = World::new().await;
    world.with_webhooks().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "1");
    world
}

const THREE: [&str; 3] = ["a-one.com", "a-two.com", "a-three.com"];

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_and_approved_beside_a_running_service() {
    let mut world = strict().await;
    world.set("WARMSHEET_DAILY_CREDITS", "80");
    let (service, batch, ids) = held(&world, &THREE).await;
    let output = call(&world, &["approve"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let price = "3 leads, 120 credits, 1.20 USD, under the daily cap finished on";
    assert!(text.contains(&format!("{batch}  api: {price}")), "{text}");
    assert!(text.contains(&format!("{}  a-one.com", ids[0])), "{text}");

    let output = call(&world, &["approve", &batch]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains(price) && text.contains("--yes"), "{text}");
    assert_eq!(service.status().await["leads"]["held"], 3);

    let output = call(&world, &["approve", &batch, "--yes"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains(&format!("{batch}: 3 leads approved")),
        "{text}"
    );
    service.until_count("completed", 2).await;
    assert_eq!(world.ledger().await["total"], 80, "under the cap");
    let output = call(&world, &["approve"]).await;
    assert!(words(&output).contains("Nothing waits for approval"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_may_be_let_past_the_cap_and_a_single_lead_may_not() {
    let mut world = strict().await;
    world.set("WARMSHEET_DAILY_CREDITS", "0");
    let (service, batch, ids) = held(&world, &THREE).await;
    let output = call(&world, &["approve", &ids[0], "--lift-cap", "--yes"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("whole batches") && text.contains(&ids[0]),
        "{text}"
    );
    let output = call(&world, &["approve", &batch, "--lift-cap", "--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    service.until_count("completed", 3).await;
    assert_eq!(world.ledger().await["total"], 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_leads_are_approved_or_cancelled_and_all_means_the_rest() {
    let world = strict().await;
    let (service, batch, ids) = held(&world, &THREE).await;
    let output = call(&world, &["approve", &ids[0], "--cancel", "--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(service.lead(&ids[0]).await["status"], "cancelled");
    let output = call(&world, &["approve", &ids[1], "--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    service.until_status(&ids[1], "completed").await;
    let output = call(&world, &["approve", "--all", "--cancel"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("1 lead cancelled"), "{text}");
    let output = call(&world, &["approve", "--all", "--cancel", "--yes"]).await;
    let text = words(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains(&format!("{batch}: 1 lead cancelled")),
        "{text}"
    );
    assert_eq!(service.status().await["leads"]["cancelled"], 2);
    assert_eq!(world.ledger().await["total"], 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_fits_nothing_is_named_and_nothing_is_decided() {
    let world = strict().await;
    let (service, batch, ids) = held(&world, &THREE).await;
    let (code, _) = service
        .post(&format!("/api/v1/leads/{}/cancel", ids[0]), &json!({}))
        .await;
    assert_eq!(code, 200);
    for (arguments, word) in [
        (
            vec![batch.as_str(), "B0123456789AB", "--yes"],
            "B0123456789AB",
        ),
        (
            vec![batch.as_str(), "L0123456789AB", "--yes"],
            "L0123456789AB",
        ),
        (vec![batch.as_str(), "acme.com", "--yes"], "acme.com"),
        (vec![ids[0].as_str(), "--cancel", "--yes"], "is cancelled"),
        (vec!["--yes"], "--all"),
    ] {
        let arguments = [vec!["approve"], arguments].concat();
        let output = call(&world, &arguments).await;
        let text = words(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains(word), "{arguments:?}: {text}");
    }
    assert_eq!(service.status().await["leads"]["held"], 2);
    assert_eq!(world.ledger().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stored_reports_serve_is_not_in_the_price() {
    let world = strict().await;
    let service = world.serve().await;
    let bought = service.add(&["a-one.com"]).await;
    let id = bought[0]["id"].as_str().expect("an id");
    service.until_status(id, "completed").await;
    service.add(&THREE).await;
    let price = "3 leads, of which 1 is reused, 80 credits, 0.80 USD";
    for arguments in [vec!["approve"], vec!["approve", "--all"]] {
        let text = words(&call(&world, &arguments).await);
        assert!(text.contains(price), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_the_price_is_the_most_that_it_can_be() {
    let mut world = strict().await;
    let (_service, batch, _) = held(&world, &THREE).await;
    world.set("CITEDY_API_KEY", "");
    let text = words(&call(&world, &["approve", &batch]).await);
    let price = "3 leads, at most 120 credits, 1.20 USD";
    assert!(text.contains(price), "{text}");
}
