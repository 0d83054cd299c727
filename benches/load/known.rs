//! Names that the filled databases and the questions to them share.

use secrecy::SecretString;
use warmsheet::flow::ports::Payer;
use warmsheet::lead::webhook::{VerifiedWebhook, WebhookSecrets};

use crate::support::signed;

pub const SECRET: &str = "whsec_bench";
pub const ORIGIN: &str = "https://www.citedy.com";
pub const AGENT: &str = "agent-bench";
/// What the number of a lead is added to, so that all ids are of one length.
pub const FIRST: u64 = 100_000_000_000;

pub fn payer() -> Payer {
    Payer {
        origin: ORIGIN.to_owned(),
        agent: AGENT.to_owned(),
    }
}

pub fn run_id(lead: u64) -> String {
    format!("00000000-0000-4000-8000-{}", FIRST + lead)
}

/// A callback of about 2 KiB as Citedy sends it: its signature and its body.
pub fn event(run: u64) -> (String, Vec<u8>) {
    let event = serde_json::json!({
        "event_id": format!("evt_{}", uuid::Uuid::new_v4()),
        "event_type": "warm_lead.run.completed",
        "data": {"run_id": run_id(run), "summary": "x".repeat(1_850)},
    });
    signed(SECRET, &event)
}

pub fn verified(run: u64) -> VerifiedWebhook {
    let (signature, body) = event(run);
    WebhookSecrets::new(vec![SecretString::from(SECRET)])
        .verify(Some(&signature), body.into())
        .expect("genuine")
}
