//! Each answer that Citedy can give to a paid call.

use serde_json::json;

use crate::support::{World, eventually};

/// Adds one domain while every paid call meets a fault, and waits until one did.
async fn meets(
    world: &World,
    service: &crate::support::warmsheet::Warmsheet,
    fault: &str,
) -> String {
    world.faults(&[&format!("{fault}=1.0")]).await;
    let added = service.add(&["acme.com"]).await;
    eventually("the fault was met", || async {
        let ledger = world.ledger().await;
        match ledger["faults"].as_object() {
            Some(faults) if !faults.is_empty() => Ok(()),
            _ => Err(ledger.to_string()),
        }
    })
    .await;
    added[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_400_rejects_the_lead_with_citedys_words_and_costs_nothing() {
    let world = World::new().await;
    let service = world.serve().await;
    let id = meets(&world, &service, "400").await;
    let lead = service.until_status(&id, "rejected").await;
    assert!(!lead["reason"].as_str().expect("a reason").is_empty());
    assert_eq!(service.status().await["credits"]["today"], 0);
    assert_eq!(world.ledger().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_402_pauses_starts_shows_the_top_up_link_and_ends_by_itself() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    eventually("the balance is told", || async {
        match service.status().await["credits"]["balance"].as_i64() {
            Some(10_000) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    world.control("credits", json!({"credits": 0})).await;
    let added = service.add(&["acme.com", "globex.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    // The pause is stored first, so that nothing more is sent; then the reservation is freed.
    let status = eventually("paused for credits, nothing reserved", || async {
        let status = service.status().await;
        match (
            status["pauses"][0]["kind"].as_str(),
            status["credits"]["today"].as_i64(),
        ) {
            (Some("credits"), Some(0)) => Ok(status),
            _ => Err(status.to_string()),
        }
    })
    .await;
    assert!(
        status["pauses"][0]["link"]
            .as_str()
            .expect("a link")
            .starts_with("http")
    );
    let lead = service.lead(id).await;
    assert_eq!(
        (lead["status"].as_str(), lead["reason"].as_str()),
        (Some("queued"), Some("balance"))
    );
    world.control("credits", json!({"credits": 400})).await;
    service.until_count("completed", 2).await;
    let status = service.status().await;
    assert_eq!(status["pauses"], json!([]));
    // The account was asked after the refusal, not only four hours later.
    assert_eq!(status["credits"]["balance"], 400);
    assert_eq!(world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_or_403_pauses_everything_and_says_why() {
    for fault in ["401", "403"] {
        let world = World::new().await;
        let service = world.serve().await;
        let id = meets(&world, &service, fault).await;
        eventually("paused for the key", || async {
            let status = service.status().await;
            match status["pauses"][0]["kind"].as_str() {
                Some("key") => Ok(()),
                _ => Err(status.to_string()),
            }
        })
        .await;
        // The account may have told before the start was answered.
        let lead = service.until_status(&id, "queued").await;
        assert_eq!(lead["reason"], "key", "{fault}: {lead}");
        assert!(!lead["message"].as_str().expect("words").is_empty());
        assert_eq!(world.ledger().await["total"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_409_on_a_first_send_is_for_a_person_to_look_at() {
    let world = World::new().await;
    let service = world.serve().await;
    let id = meets(&world, &service, "409").await;
    let lead = service.until_status(&id, "parked").await;
    assert_eq!(lead["credits"], 0);
    let (status, problem) = service
        .post(&format!("/api/v1/leads/{id}/retry"), &json!({}))
        .await;
    assert_eq!(status, 409, "a retry warns first: {problem}");
    assert!(
        problem["type"]
            .as_str()
            .expect("a type")
            .ends_with("charge-may-exist")
    );
    world.faults(&[]).await;
    let (status, _) = service
        .post(
            &format!("/api/v1/leads/{id}/retry"),
            &json!({"acceptPossibleCharge": true}),
        )
        .await;
    assert_eq!(status, 200);
    let lead = service.until_status(&id, "completed").await;
    assert_eq!(lead["attempt"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_is_waited_out_and_the_lead_starts_once() {
    let world = World::new().await;
    let service = world.serve().await;
    let id = meets(&world, &service, "429").await;
    world.faults(&[]).await;
    service.until_status(&id, "completed").await;
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_malformed_or_a_500_is_asked_for_again_with_the_same_key() {
    for fault in ["lost", "malformed", "500"] {
        let mut world = World::new().await;
        world.with_webhooks().await;
        let service = world.serve().await;
        let id = meets(&world, &service, fault).await;
        eventually("the outcome is unknown", || async {
            let status = service.status().await;
            match status["credits"]["reserved"].as_i64() {
                Some(40) => Ok(()),
                _ => Err(status.to_string()),
            }
        })
        .await;
        world.faults(&[]).await;
        let lead = service.until_status(&id, "completed").await;
        assert_eq!(lead["credits"], 40, "{fault}");
        assert_eq!(lead["attempt"], 1, "{fault}");
        assert_eq!(world.charged().await, ["acme.com"], "{fault}: one charge");
        let status = service.status().await;
        assert_eq!(
            (
                status["credits"]["reserved"].as_i64(),
                status["credits"]["charged"].as_i64()
            ),
            (Some(0), Some(40))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_citedy_is_away_leads_wait_and_nothing_is_reserved() {
    let world = World::new().await;
    let service = world.serve().await;
    let first = service.add(&["acme.com"]).await;
    // The account is known and a run is paid for; then nobody answers any more.
    let id = first[0]["id"].as_str().expect("an id");
    service.until_status(id, "waiting").await;
    let _world = world.stop_sandbox().await;
    let added = service.add(&["globex.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    eventually("the start was tried and nothing was sent", || async {
        let lead = service.lead(id).await;
        match lead["message"].as_str() {
            Some(words) if words.contains("could not be reached") => Ok(()),
            _ => Err(lead.to_string()),
        }
    })
    .await;
    let status = service.status().await;
    assert_eq!(status["leads"]["queued"], 1);
    assert_eq!(
        (&status["credits"]["today"], &status["credits"]["reserved"]),
        (&json!(40), &json!(0))
    );
    assert_eq!(service.terminate().await, Some(0));
}
