//! The instances together, with a supervisor that starts again what ends by itself, as systemd
//! and its like do.

use std::ops::Index;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::evidence::Evidence;
use super::instance::Instance;
use crate::support::eventually;
use crate::support::warmsheet::holds_lease;

const SUPERVISED_EVERY: Duration = Duration::from_millis(200);
/// How long an instance may take to say whether it is the owner.
const ASKED_FOR: Duration = Duration::from_secs(1);

/// Cheap to clone: every task has its own.
#[derive(Clone)]
pub struct Fleet {
    instances: Arc<[Instance]>,
    http: reqwest::Client,
    lots: Arc<Mutex<StdRng>>,
}

impl Fleet {
    pub fn new(instances: Vec<Instance>, http: reqwest::Client, lots: StdRng) -> Self {
        Self {
            instances: instances.into(),
            http,
            lots: Arc::new(Mutex::new(lots)),
        }
    }

    pub fn len(&self) -> usize {
        self.instances.len()
    }

    pub async fn start_all(&self) {
        for instance in self.instances.iter() {
            instance.start().await;
        }
    }

    /// Kills all at the same time; answers how many were alive.
    pub async fn kill_all(&self) -> usize {
        let kills = self.instances.iter().map(Instance::kill);
        let killed = futures_util::future::join_all(kills).await;
        killed.into_iter().filter(|alive| *alive).count()
    }

    /// Kills all without waiting: the end of a run, also of one that failed.
    pub fn abandon(&self) {
        for instance in self.instances.iter() {
            instance.abandon();
        }
    }

    pub async fn resume_all(&self) {
        for instance in self.instances.iter() {
            instance.resume().await;
        }
    }

    /// Starts again what ended by itself. An embedded database gives no reason to.
    pub async fn supervise(self, evidence: Arc<Evidence>, may_end: bool) {
        let mut ticks = tokio::time::interval(SUPERVISED_EVERY);
        loop {
            ticks.tick().await;
            for instance in self.instances.iter() {
                let Some(status) = instance.revive().await else {
                    continue;
                };
                let what = format!("instance {} ended by itself: {status}", instance.number);
                if may_end {
                    evidence.tell(&what);
                } else {
                    evidence.violation(what);
                }
            }
        }
    }

    /// One of the instances by lot, dead or alive.
    pub fn any(&self) -> &Instance {
        let mut lots = self.lots.lock().unwrap_or_else(PoisonError::into_inner);
        &self.instances[lots.random_range(0..self.instances.len())]
    }

    /// A request to an instance by lot.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.any().address);
        self.http.request(method, url)
    }

    /// Asks one instance after another until one answers.
    pub async fn get(&self, path: &str) -> Value {
        let bytes = self.bytes(path).await;
        serde_json::from_slice(&bytes).expect("JSON")
    }

    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        eventually(&format!("GET {path} is answered"), || async {
            let answer = self.request(Method::GET, path).send().await;
            let answer = answer.map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = answer.bytes().await.map_err(|error| error.to_string())?;
            match status {
                StatusCode::OK => Ok(body.to_vec()),
                _ => Err(format!("{status}: {}", String::from_utf8_lossy(&body))),
            }
        })
        .await
    }

    /// The place of the instance that drives the key, if one says that it does.
    pub async fn owner(&self) -> Option<usize> {
        let asked = self.instances.iter().map(|instance| async {
            let url = format!("{}/api/v1/status", instance.address);
            let answer = self.http.get(url).timeout(ASKED_FOR).send().await.ok()?;
            let status: Value = answer.json().await.ok()?;
            holds_lease(&status, "agent:").then_some(())
        });
        let answers = futures_util::future::join_all(asked).await;
        answers.into_iter().position(|owner| owner.is_some())
    }

    /// Every lead, page by page.
    pub async fn leads(&self) -> Vec<Value> {
        let mut leads = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/api/v1/leads?limit=1000{cursor}")).await;
            leads.extend(page["leads"].as_array().expect("leads").iter().cloned());
            match &page["nextCursor"] {
                Value::Null => return leads,
                next => cursor = format!("&cursor={next}"),
            }
        }
    }

    pub fn log_tails(&self) -> String {
        let tail = |i: &Instance| format!("-- instance {}\n{}", i.number, i.log_tail());
        let tails: Vec<String> = self.instances.iter().map(tail).collect();
        tails.join("\n")
    }
}

impl Index<usize> for Fleet {
    type Output = Instance;

    fn index(&self, place: usize) -> &Instance {
        &self.instances[place]
    }
}
