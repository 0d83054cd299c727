//! Citedy under the test's control: every start is remembered, every run has ended with a few rows
//! when it is looked at.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::{Value, json};
use warmsheet::flow::ports::{CitedyApi, ReportFormat, WebhookDelivery, WebhookEndpoint};
use warmsheet::lead::run::{
    Account, ApiFault, IdempotencyKey, LookOutcome, RunSnapshot, StartOutcome,
};
use warmsheet::lead::{CompanyDomain, RequestOptions};

/// A paid call as it came in.
#[derive(Clone, Debug)]
pub struct Start {
    pub key: String,
    pub domain: String,
    pub icp: String,
}

impl Start {
    /// `ws-{lead id}-{attempt}`
    pub fn lead(&self) -> &str {
        self.key.split('-').nth(1).unwrap_or_default()
    }
}

#[derive(Default)]
pub struct Citedy {
    starts: Mutex<Vec<Start>>,
}

impl Citedy {
    pub fn starts(&self) -> Vec<Start> {
        self.starts.lock().expect("the starts").clone()
    }
}

#[async_trait]
impl CitedyApi for Citedy {
    fn origin(&self) -> String {
        "https://www.citedy.com".to_owned()
    }

    fn key_fingerprint(&self) -> String {
        "0123456789ab".to_owned()
    }

    async fn start_run(
        &self,
        domain: &CompanyDomain,
        options: &RequestOptions,
        key: &IdempotencyKey,
    ) -> StartOutcome {
        let icp = options.icp.map_or("", |icp| icp.as_str());
        self.starts.lock().expect("the starts").push(Start {
            key: key.as_str().to_owned(),
            domain: domain.as_str().to_owned(),
            icp: icp.to_owned(),
        });
        let id = format!("run-{}", key.as_str());
        StartOutcome::Started {
            run: run(&id, "queued", &json!({"domain": domain.as_str()})),
            idempotent: false,
        }
    }

    async fn fetch_run(&self, id: &str) -> LookOutcome {
        // As many rows as the id says, and not always of one shape.
        let count = id.bytes().map(usize::from).sum::<usize>() % 4;
        let rows: Vec<Value> = (0..count)
            .map(|row| match row {
                2 => json!({"company": id, "score": row, "more": true}),
                _ => json!({"company": id, "score": row}),
            })
            .collect();
        let result = json!({"result": {"exportRows": rows}});
        LookOutcome::Run(run(id, "completed", &result))
    }

    async fn account(&self) -> Result<Account, ApiFault> {
        Ok(Account::default())
    }

    async fn export_run(&self, _: &str, _: ReportFormat) -> Result<Vec<u8>, ApiFault> {
        Err(ApiFault::NotFound)
    }

    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, ApiFault> {
        Ok(Vec::new())
    }

    async fn newest_deliveries(&self, _: u32) -> Result<Vec<WebhookDelivery>, ApiFault> {
        Ok(Vec::new())
    }
}

fn run(id: &str, status: &str, more: &Value) -> Box<RunSnapshot> {
    let mut run = json!({"id": id, "status": status, "credits_charged": 40});
    for (key, value) in more.as_object().into_iter().flatten() {
        run[key] = value.clone();
    }
    Box::new(RunSnapshot::from_json(run).expect("a run"))
}
