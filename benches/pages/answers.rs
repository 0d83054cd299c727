//! Every page's median, with few and with many leads, and its size.

use std::time::Instant;

use chrono::{Days, Utc};

use crate::engine::Engine;
use crate::stored::Stored;
use crate::{FEW, MANY, quantile};

const ROUNDS: usize = 41;
/// Rounds that fill the caches.
const WARM_UP: usize = 8;
/// Rounds that tell one in a hundred.
const MANY_ROUNDS: usize = 500;
/// Of the dashboard's slowest hundredth with many leads, to that with few.
const GROWTH: f64 = 2.0;
/// Of a page's median, ms.
const GOAL: f64 = 50.0;
/// Domains in a preview.
const PREVIEWED: u64 = 100;

type Address = fn(&Stored) -> String;

/// What people and programs look at.
const PAGES: [(&str, Address); 23] = [
    ("dashboard", |_| "/".into()),
    ("by state", |_| "/?status=completed".into()),
    ("by state and source", |_| {
        "/?status=failed&source=folder".into()
    }),
    ("by source", |_| "/?source=folder".into()),
    ("search: a part that few have", |_| "/?q=pany-777".into()),
    ("search: a part that many have", |_| "/?q=company".into()),
    ("search: a part that none has", |_| "/?q=nobody".into()),
    ("search: a lead's id", |s| format!("/?q={}", s.completed)),
    ("search by state", |_| "/?q=company-9&status=failed".into()),
    ("a deep page", |s| format!("/?before={}", s.leads / 2)),
    ("the dashboard of a batch", |s| {
        format!("/?batch={}", s.large)
    }),
    ("a month", |_| span(40, 10)),
    ("a day", |_| span(20, 20)),
    ("a lead, completed", |s| format!("/leads/{}", s.completed)),
    ("a lead, queued", |s| format!("/leads/{}", s.queued)),
    ("a lead with a long story", |s| format!("/leads/{}", s.told)),
    ("a batch, small", |s| format!("/batches/{}", s.small)),
    ("a batch, a tenth of all", |s| {
        format!("/batches/{}", s.large)
    }),
    ("a batch, held", |s| format!("/batches/{}", s.held)),
    ("the form", |_| "/submit".into()),
    ("the system", |_| "/system".into()),
    ("API: status", |_| "/api/v1/status".into()),
    ("API: leads", |_| "/api/v1/leads?limit=50".into()),
];
const PREVIEW: &str = "a preview of 100 domains";

pub async fn measure(engine: &Engine) {
    let few = Stored::new(engine, FEW, "answers", "warn,warmsheet::cli=info").await;
    let many = Stored::new(engine, MANY, "answers", "warn,warmsheet::cli=info").await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .build()
        .expect("a client");
    println!(
        "\n{}: ms of {ROUNDS} requests, median (p95), with {FEW} and with {MANY} leads; \
         goal: a median of at most {GOAL} ms",
        engine.name()
    );
    let mut missed = Vec::new();
    let entries = PAGES.map(|(name, address)| (name, Some(address)));
    for (name, address) in entries.into_iter().chain([(PREVIEW, None)]) {
        let mut small = Times::of(&client, &few, address, ROUNDS).await;
        let mut large = Times::of(&client, &many, address, ROUNDS).await;
        let (before, after) = (small.at(0.5), large.at(0.5));
        let met = after <= GOAL;
        if !met {
            missed.push(name);
        }
        println!(
            "{name:32} {before:7.1} ({:6.1}) {after:7.1} ({:6.1})  × {:5.2} {:6.1} KB {}",
            small.at(0.95),
            large.at(0.95),
            after / before,
            large.bytes as f64 / 1_000.0,
            if met { '✓' } else { '✗' }
        );
    }
    println!("missed: {missed:?}");
    slowest(&client, &few, &many).await;
}

async fn slowest(client: &reqwest::Client, few: &Stored, many: &Stored) {
    let dashboard: Option<Address> = Some(|_| "/".into());
    let mut small = Times::of(client, few, dashboard, MANY_ROUNDS).await;
    let mut large = Times::of(client, many, dashboard, MANY_ROUNDS).await;
    let (before, after) = (small.at(0.99), large.at(0.99));
    println!(
        "dashboard, p99 of {MANY_ROUNDS}: {before:.1} and {after:.1}  × {:.2} (goal: at most {GROWTH})",
        after / before
    );
}

fn span(from: u64, to: u64) -> String {
    let day = |ago| Utc::now().date_naive() - Days::new(ago);
    format!("/?from={}&to={}", day(from), day(to))
}

struct Times {
    all: Vec<f64>,
    bytes: usize,
}

impl Times {
    async fn of(
        client: &reqwest::Client,
        stored: &Stored,
        address: Option<Address>,
        rounds: usize,
    ) -> Self {
        let mut times = Self {
            all: Vec::new(),
            bytes: 0,
        };
        for round in 0..WARM_UP + rounds {
            let request = match address {
                Some(address) => {
                    client.get(format!("{}{}", stored.service.address, address(stored)))
                }
                None => preview(client, stored),
            };
            let started = Instant::now();
            let answer = request.send().await.expect("an answer");
            let status = answer.status();
            let body = answer.bytes().await.expect("a body");
            assert!(
                status.is_success(),
                "{status} {}",
                String::from_utf8_lossy(&body)
            );
            if round >= WARM_UP {
                times.all.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            times.bytes = body.len();
        }
        times
    }

    fn at(&mut self, share: f64) -> f64 {
        quantile(&mut self.all, share)
    }
}

/// Half of the companies are known already.
fn preview(client: &reqwest::Client, stored: &Stored) -> reqwest::RequestBuilder {
    const BOUNDARY: &str = "warmsheet-bench-boundary";
    let domains: Vec<String> = (1..=PREVIEWED)
        .map(|n| match n % 2 {
            0 => format!("company-{}.com", n * stored.leads / 200),
            _ => format!("another-company-{n}.com"),
        })
        .collect();
    let part = |name: &str, text: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body = part("domains", &domains.join("\n")) + &format!("--{BOUNDARY}--\r\n");
    client
        .post(format!("{}/submit/preview", stored.service.address))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(body)
}
