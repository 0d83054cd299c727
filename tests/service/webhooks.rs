//! Callbacks: duplicate, replayed, forged, oversized, out of order.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually, signature};

pub const SECRET: &str = "whsec_test";
const HEADER: &str = "X-Citedy-Signature-256";

fn event(id: &str, run: &str) -> Vec<u8> {
    json!({
        "event_id": id, "event_type": "warm_lead.completed", "api_version": "2026-02-25",
        "timestamp": "2026-02-25T10:00:00.000Z", "tenant_id": "t", "agent_id": "a",
        "data": {"run_id": run},
    })
    .to_string()
    .into_bytes()
}

/// Sends what Citedy would send.
pub async fn send_signed(service: &Warmsheet, body: Vec<u8>) -> StatusCode {
    send(service, Some(signature(SECRET, &body)), body).await
}

async fn send(service: &Warmsheet, signature: Option<String>, body: Vec<u8>) -> StatusCode {
    let mut request = service.request(Method::POST, "/webhooks/citedy").body(body);
    if let Some(signature) = signature {
        request = request.header(HEADER, signature);
    }
    request.send().await.expect("an answer").status()
}

/// A service with one lead whose run is known and has not ended.
async fn waiting() -> (World, Warmsheet, String, String) {
    let mut world = World::slow().await;
    world.set("CITEDY_WEBHOOK_SECRETS", format!("whsec_new,{SECRET}"));
    let service = world.serve().await;
    let added = service.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id").to_owned();
    let lead = service.until_status(&id, "waiting").await;
    let run = lead["runId"].as_str().expect("a run").to_owned();
    (world, service, id, run)
}

async fn looks(world: &World) -> Value {
    world.ledger().await["requests"]["GET /api/agent/citedy-warm-lead/{id}"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_callback_fetches_its_run_and_a_repeat_does_nothing() {
    let (world, service, id, run) = waiting().await;
    world.finish_all().await;
    let body = event("evt_1", &run);
    for _ in 0..3 {
        let status = send_signed(&service, body.clone()).await;
        assert_eq!(status, 200, "a repeat is acknowledged too");
    }
    service.until_status(&id, "completed").await;
    assert_eq!(looks(&world).await, 1);
    assert_eq!(world.ledger().await["total"], 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_callback_is_refused_and_moves_nothing() {
    let (world, service, id, run) = waiting().await;
    world.finish_all().await;
    let body = event("evt_1", &run);
    let changed = event("evt_2", &run);
    for (signature, body) in [
        (None, body.clone()),
        (Some("v1=".to_owned() + &"0".repeat(64)), body.clone()),
        (Some(signature("whsec_wrong", &body)), body.clone()),
        (Some(signature(SECRET, &body)), changed),
        (
            Some(signature(SECRET, &body).replace("v1=", "v2=")),
            body.clone(),
        ),
        (Some(String::new()), body),
    ] {
        assert_eq!(send(&service, signature, body).await, 401);
    }
    // The same event, signed, is news: nothing of the forgeries was stored.
    assert_eq!(service.lead(&id).await["status"], "waiting");
    let body = event("evt_1", &run);
    assert_eq!(send_signed(&service, body).await, 200);
    service.until_status(&id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_over_a_mebibyte_is_refused_and_one_of_just_that_is_not() {
    let (_world, service, _, _) = waiting().await;
    let body = vec![b' '; 1024 * 1024];
    assert_eq!(send_signed(&service, body).await, 200);
    let body = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(send_signed(&service, body).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_body_that_means_nothing_is_stored_and_acknowledged() {
    let (_world, service, id, _) = waiting().await;
    for body in [
        b"not json \xff".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        br#"{"event_id":"e","event_type":"article.generated","data":{"id":"x"}}"#.to_vec(),
        br#"{"event_id":5,"data":"x"}"#.to_vec(),
    ] {
        assert_eq!(send_signed(&service, body).await, 200);
    }
    assert_eq!(service.lead(&id).await["status"], "waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_quicker_than_the_start_answer_is_kept_and_matched() {
    let mut world = World::slow().await;
    world.set("CITEDY_WEBHOOK_SECRETS", SECRET);
    let service = world.serve().await;
    // The call is processed, its answer is lost: the run exists, and we do not know its id.
    world.faults(&["lost=1.0"]).await;
    let added = service.add(&["acme.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    let run = eventually("the run exists", || async {
        let ledger = world.ledger().await;
        match ledger["charges"][0]["run_id"].as_str() {
            Some(run) => Ok(run.to_owned()),
            None => Err(ledger.to_string()),
        }
    })
    .await;
    world.finish_all().await;
    let body = event("evt_early", &run);
    assert_eq!(send_signed(&service, body).await, 200);
    assert_eq!(service.lead(id).await["status"], "starting");
    world.faults(&[]).await;
    service.until_status(id, "completed").await;
    assert_eq!(
        looks(&world).await,
        1,
        "the early hint made the first look count"
    );
    assert_eq!(world.ledger().await["total"], 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_citedy_is_asked_to_come_back_not_blamed() {
    let world = World::new().await;
    let service = world.serve().await;
    let body = event("evt_1", "run");
    assert_eq!(send_signed(&service, body).await, 503);
}
