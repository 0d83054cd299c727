//! Whichever instance learns of it, one tells it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::Shared;
use crate::support::receiver::{Receiver, configure};
use crate::support::warmsheet::{Warmsheet, holds_lease};
use crate::support::{World, eventually};

async fn until_sender(service: &Warmsheet) {
    eventually("this instance sends notices", || async {
        let status = service.status().await;
        match holds_lease(&status, "notify") {
            true => Ok(()),
            false => Err(status["leases"].to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_any_instance_records_is_told_once_and_goes_on_being_told_when_the_sender_dies() {
    let receiver = Receiver::start().await;
    let shared = Shared::of(World::new().await).await;
    configure(&shared.world, &[receiver.table("webhook", "crm")]);
    let sender = shared.serve().await;
    until_sender(&sender).await;
    let other = shared.serve().await;
    for service in [&sender, &other, &sender, &other] {
        service.post("/api/v1/pause", &json!({})).await;
        service.post("/api/v1/resume", &json!({})).await;
    }
    receiver.until(4).await;
    sender.kill().await;
    other.post("/api/v1/pause", &json!({})).await;
    // What was sent and not yet written down when it died comes again, by the same id.
    eventually("the fifth is told", || async {
        let messages = receiver.messages().await;
        let ids: BTreeSet<_> = messages
            .iter()
            .map(|message| message.header("webhook-id").to_owned())
            .collect();
        match ids.len() {
            5 => Ok(()),
            told => Err(told.to_string()),
        }
    })
    .await;
    until_sender(&other).await;
}
