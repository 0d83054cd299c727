//! The leads that go in: half by API, half by files.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::evidence::Evidence;
use super::fleet::Fleet;
use super::plan::Plan;

/// Leads in one post, at most.
const LARGEST_POST: usize = 12;
/// Rows of one list.
const LIST: usize = 25;
/// How often a post that was answered is sent again all the same.
const REPEATED: f64 = 0.1;
const AGAIN_AFTER: Duration = Duration::from_millis(150);

/// One row as somebody typed it. No two say the same.
#[derive(Debug, Clone)]
pub struct Row {
    /// The external id of a row that goes in by API.
    pub name: String,
    pub domain: String,
}

impl Row {
    /// No report can be had for such a row.
    pub fn is_unusable(&self) -> bool {
        !self.domain.contains('.')
    }
}

/// What goes in where.
#[derive(Debug, Clone)]
pub struct Orders {
    pub by_api: Vec<Row>,
    pub by_list: Vec<Vec<Row>>,
}

impl Orders {
    pub fn draw(plan: &Plan) -> Self {
        let mut lots = plan.random("rows");
        let mut rows: Vec<Row> = (0..plan.leads).map(|n| row(n, &mut lots)).collect();
        let listed = rows.split_off(plan.leads / 2);
        Self {
            by_api: rows,
            by_list: listed.chunks(LIST).map(<[Row]>::to_vec).collect(),
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.by_api.iter().chain(self.by_list.iter().flatten())
    }
}

/// A company whose name decides how its run ends, now and then.
fn row(number: usize, lots: &mut StdRng) -> Row {
    let name = format!("row-{number}");
    let domain = match lots.random_range(0..100) {
        0..8 => format!("blocked-company{number}.com"),
        8..13 => format!("failed-company{number}.com"),
        13..18 => format!("norows-company{number}.com"),
        18..23 => format!("hostile-company{number}.com"),
        23..26 => format!("slow-company{number}.com"),
        26..29 => format!("no company {number}"),
        _ => format!("company{number}.com"),
    };
    Row { name, domain }
}

/// Posts every row, each until it is acknowledged.
pub async fn post_all(
    fleet: Fleet,
    evidence: Arc<Evidence>,
    rows: Vec<Row>,
    span: Duration,
    mut lots: StdRng,
) {
    let mut left = &rows[..];
    while !left.is_empty() {
        let count = lots.random_range(1..=LARGEST_POST.min(left.len()));
        let (batch, rest) = left.split_at(count);
        left = rest;
        post(&fleet, &evidence, batch).await;
        if lots.random_bool(REPEATED) {
            post(&fleet, &evidence, batch).await;
        }
        tokio::time::sleep(span.mul_f64(count as f64 / rows.len() as f64)).await;
    }
}

/// The same post again and again until somebody acknowledges it.
async fn post(fleet: &Fleet, evidence: &Evidence, rows: &[Row]) {
    let leads: Vec<Value> = rows
        .iter()
        .map(|row| json!({"domain": row.domain, "externalId": row.name}))
        .collect();
    let body = json!({"leads": leads});
    loop {
        let request = fleet.request(Method::POST, "/api/v1/leads").json(&body);
        // A status alone is no acknowledgement: the ids are what was promised.
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            match answer.json::<Value>().await {
                Ok(entries) if status == StatusCode::ACCEPTED => {
                    return acknowledged(evidence, rows, &entries);
                }
                Ok(problem) if status.is_client_error() => {
                    return evidence.violation(format!("a post was refused: {problem}"));
                }
                _ => {}
            }
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

fn acknowledged(evidence: &Evidence, rows: &[Row], answer: &Value) {
    let entries = answer["leads"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.len() != rows.len() {
        let what = format!("{} entries for {} leads", entries.len(), rows.len());
        return evidence.violation(what);
    }
    for (row, entry) in rows.iter().zip(entries) {
        evidence.lead_acknowledged(&row.name, entry["id"].as_str().unwrap_or_default());
    }
}
