//! A balance that is low is told before it is empty.

use serde_json::{Value, json};

use super::webhooks::{SECRET, send_signed};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

/// Citedy speaks of billing, and the account tells a new balance.
async fn billing(world: &World, service: &Warmsheet, event: &str, credits: i64) {
    world.control("credits", json!({"credits": credits})).await;
    let body = json!({
        "event_id": event, "event_type": "billing.credits_low", "data": {"credits": 1},
    })
    .to_string()
    .into_bytes();
    assert_eq!(send_signed(service, body).await, 200);
    until_balance(service, credits).await;
}

async fn until_balance(service: &Warmsheet, credits: i64) {
    eventually(&format!("the balance is {credits}"), || async {
        let status = service.status().await;
        match status["credits"]["balance"].as_i64() {
            Some(told) if told == credits => Ok(()),
            _ => Err(status.to_string()),
        }
    })
    .await;
}

fn times_told(service: &Warmsheet) -> usize {
    service.log().matches("the balance is low:").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_balance_is_told_everywhere_and_in_the_log_once() {
    let mut world = World::new().await;
    world.set("CITEDY_WEBHOOK_SECRETS", SECRET);
    world.set("WARMSHEET_DAILY_CREDITS", "0");
    world.set("WARMSHEET_APPROVE_ABOVE", "12");
    world.control("credits", json!({"credits": 400})).await;
    let service = world.serve().await;
    until_balance(&service, 400).await;
    let domains: Vec<String> = (0..24).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains[..10]).await;
    assert_eq!(
        service.status().await["balanceLow"],
        Value::Null,
        "ten reports and ten leads"
    );
    service.add(&domains[10..23]).await;
    let status = service.until_count("held", 13).await;
    assert_eq!(
        status["balanceLow"],
        Value::Null,
        "what is held may be cancelled"
    );
    service.add(&domains[23..]).await;
    let status = service.status().await;
    assert_eq!(status["balanceLow"]["credits"], 400);
    assert_eq!(
        status["balanceLow"]["message"],
        "400 credits (4.00 USD) are left, enough for 10 reports; more than that are queued"
    );
    let page = String::from_utf8(service.bytes("/submit").await).expect("text");
    assert!(page.contains("Credits are running low"), "{page}");

    billing(&world, &service, "evt_1", 390).await;
    billing(&world, &service, "evt_2", 160).await;
    eventually("the log tells it", || async {
        match times_told(&service) {
            0 => Err(service.log()),
            _ => Ok(()),
        }
    })
    .await;
    let status = service.status().await;
    assert_eq!(status["balanceLow"]["credits"], 160);
    billing(&world, &service, "evt_3", 5000).await;
    assert_eq!(service.status().await["balanceLow"], Value::Null);
    eventually("the log says that it is over", || async {
        match service.log().contains("not low any more") {
            true => Ok(()),
            false => Err(service.log()),
        }
    })
    .await;
    assert_eq!(times_told(&service), 1, "{}", service.log());
}
