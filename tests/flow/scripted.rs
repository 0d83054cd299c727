use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use warmsheet::flow::ports::{CitedyApi, ReportFormat, WebhookDelivery, WebhookEndpoint};
use warmsheet::lead::run::{
    Account, ApiFault, IdempotencyKey, LookOutcome, RunSnapshot, StartOutcome,
};
use warmsheet::lead::{CompanyDomain, RequestOptions};

/// Answers in the order they were given; remembers the keys it was sent.
#[derive(Default)]
pub struct Scripted {
    pub starts: Mutex<VecDeque<StartOutcome>>,
    /// Starts of some companies are answered by hand.
    pub by_hand: Mutex<HashMap<String, oneshot::Receiver<StartOutcome>>>,
    pub looks: Mutex<VecDeque<LookOutcome>>,
    pub keys: Mutex<Vec<String>>,
    /// What `/me` tells, and how often it was asked.
    pub account: Mutex<Account>,
    pub asked: AtomicU32,
    /// What exports are answered with, and the runs that were exported.
    pub exports: Mutex<VecDeque<Result<Vec<u8>, ApiFault>>>,
    pub exported: Mutex<Vec<String>>,
    /// What both questions about webhooks are answered with; nothing more: a 404.
    pub webhooks: Mutex<VecDeque<Result<Vec<WebhookEndpoint>, ApiFault>>>,
    pub deliveries: Mutex<VecDeque<Result<Vec<WebhookDelivery>, ApiFault>>>,
}

impl Scripted {
    pub fn will_start(&self, outcome: StartOutcome) {
        self.starts.lock().expect("the script").push_back(outcome);
    }

    /// The start of this company is answered once the sender says how.
    pub fn answers_by_hand(&self, domain: &str) -> oneshot::Sender<StartOutcome> {
        let (sender, receiver) = oneshot::channel();
        let mut by_hand = self.by_hand.lock().expect("the script");
        by_hand.insert(domain.to_owned(), receiver);
        sender
    }

    pub fn will_look(&self, outcome: LookOutcome) {
        self.looks.lock().expect("the script").push_back(outcome);
    }

    pub fn has_credits(&self, credits: i64) {
        self.account.lock().expect("the account").credits = Some(credits);
    }

    pub fn sent(&self) -> Vec<String> {
        self.keys.lock().expect("the keys").clone()
    }
}

#[async_trait]
impl CitedyApi for Scripted {
    fn origin(&self) -> String {
        "https://www.citedy.com".to_owned()
    }

    fn key_fingerprint(&self) -> String {
        "0123456789ab".to_owned()
    }

    async fn start_run(
        &self,
        domain: &CompanyDomain,
        _: &RequestOptions,
        key: &IdempotencyKey,
    ) -> StartOutcome {
        let by_hand = || {
            let mut answers = self.by_hand.lock().expect("the script");
            answers.remove(domain.as_str())
        };
        let answer = by_hand();
        self.keys
            .lock()
            .expect("the keys")
            .push(key.as_str().to_owned());
        if let Some(answer) = answer {
            return answer.await.expect("an answer");
        }
        let next = self.starts.lock().expect("the script").pop_front();
        next.expect("no start was expected")
    }

    async fn fetch_run(&self, _: &str) -> LookOutcome {
        let next = self.looks.lock().expect("the script").pop_front();
        next.expect("no look was expected")
    }

    async fn account(&self) -> Result<Account, ApiFault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.account.lock().expect("the account").clone())
    }

    async fn export_run(&self, run_id: &str, format: ReportFormat) -> Result<Vec<u8>, ApiFault> {
        let mut exported = self.exported.lock().expect("the exports");
        exported.push(format!("{run_id}.{}", format.ending()));
        let next = self.exports.lock().expect("the script").pop_front();
        next.expect("no export was expected")
    }

    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, ApiFault> {
        let next = self.webhooks.lock().expect("the script").pop_front();
        next.unwrap_or(Err(ApiFault::NotFound))
    }

    async fn newest_deliveries(&self, _: u32) -> Result<Vec<WebhookDelivery>, ApiFault> {
        let next = self.deliveries.lock().expect("the script").pop_front();
        next.unwrap_or(Err(ApiFault::NotFound))
    }
}

pub fn run(domain: &str, status: &str, more: Value) -> Box<RunSnapshot> {
    let mut run = json!({
        "id": "run-1", "status": status, "domain": domain, "normalized_domain": domain,
        "credits_charged": 40,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        run[key] = value.clone();
    }
    Box::new(RunSnapshot::from_json(run).expect("a run"))
}

pub fn started(domain: &str) -> StartOutcome {
    StartOutcome::Started {
        run: run(domain, "queued", json!({})),
        idempotent: false,
    }
}

pub fn unknown() -> StartOutcome {
    StartOutcome::Unknown {
        why: "no answer in time".to_owned(),
    }
}
