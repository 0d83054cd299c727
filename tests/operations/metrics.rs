//! `/metrics`: what is told after things have happened, and that no more and no less is documented.

use std::collections::BTreeSet;
use std::fs;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::exposition::Exposition;
use crate::google::{GoogleStandIn, Tab};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually, signature};

const TOKEN: &str = "a-long-admin-token-for-tests";
const DOCUMENT: &str = "docs/metrics.md";
const RUNS: &str = "/api/agent/citedy-warm-lead";

async fn scrape(service: &Warmsheet) -> Exposition {
    let request = service.request(Method::GET, "/metrics").bearer_auth(TOKEN);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()["content-type"].to_str().expect("text");
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    Exposition::parse(&answer.text().await.expect("a body"))
}

/// Waits until a figure is as it should be.
async fn until(
    service: &Warmsheet,
    name: &str,
    labels: &[(&str, &str)],
    fits: impl Fn(f64) -> bool,
) -> Exposition {
    eventually(&format!("{name} {labels:?}"), || async {
        let seen = scrape(service).await;
        match seen.value(name, labels) {
            Some(value) if fits(value) => Ok(seen),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

async fn webhook(service: &Warmsheet, secret: &str, body: Vec<u8>) -> StatusCode {
    let request = service.request(Method::POST, "/webhooks/citedy");
    let signed = request.header("X-Citedy-Signature-256", signature(secret, &body));
    signed.body(body).send().await.expect("an answer").status()
}

/// A service on a folder and a sheet that has bought something for each.
async fn busy() -> (World, GoogleStandIn, Warmsheet, String) {
    let mut world = World::new().await;
    let secret = world.with_webhooks().await.to_owned();
    let lists = world.lists();
    let google = GoogleStandIn::start().await;
    let tab = Tab::with_rows(0, "Companies", &[&["Domain"]]);
    google.add_book("1Sheet-for_tests", "Campaign", vec![tab]);
    world.settings.extend(google.settings(world.dir.path()));
    world.set("WARMSHEET_SHEETS", "1Sheet-for_tests");
    world.set("WARMSHEET_DAILY_CREDITS", "120");
    let service = world.serve().await;
    // Lists that a first look finds wait for approval; this one comes later.
    eventually("the folder is watched", || async {
        let seen = service.status().await;
        let watched = seen["parts"]["folder"]["lastOk"].is_string();
        watched.then_some(()).ok_or_else(|| seen.to_string())
    })
    .await;
    fs::write(lists.join("companies.csv"), "domain\nacme.com\n").expect("a list");
    let to_sheet = json!({"leads": [{"domain": "beta.com"}], "deliverTo": "1Sheet-for_tests"});
    let (status, body) = service.post("/api/v1/leads", &to_sheet).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    service.add(&["not a domain"]).await;
    service.until_count("completed", 2).await;
    (world, google, service, secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_and_all_of_it_is_documented() {
    let (world, _google, service, secret) = busy().await;
    let event = br#"{"event_id": "evt_1", "event_type": "x", "data": {}}"#.to_vec();
    assert_eq!(webhook(&service, &secret, event.clone()).await, 200);
    assert_eq!(webhook(&service, &secret, event.clone()).await, 200);
    assert_eq!(webhook(&service, "whsec_other", event).await, 401);
    assert_eq!(
        webhook(&service, &secret, vec![b' '; 1024 * 1024 + 1]).await,
        413
    );
    service
        .request(Method::GET, "/api/v1/leads/L000")
        .send()
        .await
        .expect("an answer");
    service
        .request(Method::GET, "/nothing/here")
        .send()
        .await
        .expect("an answer");

    until(
        &service,
        "warmsheet_delivery_duration_seconds_count",
        &[],
        |n| n >= 1.0,
    )
    .await;
    until(
        &service,
        "warmsheet_google_requests_total",
        &[("call", "write"), ("status", "200")],
        |n| n >= 1.0,
    )
    .await;
    let seen = until(
        &service,
        "warmsheet_leads",
        &[("status", "completed")],
        |n| n == 2.0,
    )
    .await;
    let value = |name: &str, labels: &[(&str, &str)]| seen.value(name, labels);
    assert_eq!(
        value("warmsheet_leads", &[("status", "rejected")]),
        Some(1.0)
    );
    assert_eq!(value("warmsheet_leads", &[("status", "parked")]), Some(0.0));
    for (outcome, times) in [
        ("repeated", 1.0),
        ("refused", 1.0),
        ("too_large", 1.0),
        ("no_secret", 0.0),
    ] {
        assert_eq!(
            value("warmsheet_webhooks_total", &[("outcome", outcome)]),
            Some(times),
            "{outcome}"
        );
    }
    let bought = [("method", "POST"), ("route", RUNS), ("status", "202")];
    assert_eq!(value("warmsheet_citedy_requests_total", &bought), Some(2.0));
    let lead = [("route", "/api/v1/leads/{id}"), ("status", "404")];
    assert_eq!(value("warmsheet_http_requests_total", &lead), Some(1.0));
    let nowhere = [("route", "unmatched"), ("status", "404")];
    assert_eq!(value("warmsheet_http_requests_total", &nowhere), Some(1.0));
    assert_eq!(value("warmsheet_credits_charged_total", &[]), Some(80.0));
    assert_eq!(value("warmsheet_daily_credits_left", &[]), Some(40.0));
    assert_eq!(value("warmsheet_database_up", &[]), Some(1.0));
    assert_eq!(
        value("warmsheet_paused", &[("reason", "person")]),
        Some(0.0)
    );
    assert!(value("warmsheet_credits_balance", &[]).is_some());
    assert!(value("warmsheet_citedy_budget_left_requests", &[]).is_some());

    for label in seen.samples.iter().flat_map(|one| one.labels.values()) {
        let foreign = ["acme", "beta", "evt_1", "1Sheet", "L000", "nothing"];
        assert!(
            !foreign.iter().any(|word| label.contains(word)),
            "{label} is no label"
        );
    }
    let told: BTreeSet<String> = seen.families.keys().cloned().collect();
    assert_eq!(told, documented(), "{DOCUMENT} and /metrics differ");
    drop(world);
}

/// The names in the tables of the document.
fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string(DOCUMENT).expect("the document");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `warmsheet_"));
    let names = rows.map(|row| row.split(['`', '{']).next().unwrap_or_default());
    names.map(|name| format!("warmsheet_{name}")).collect()
}

/// The names that rules ask for are measured.
#[test]
fn the_alerts_ask_for_what_is_measured() {
    let documented = documented();
    let rules = fs::read_to_string("deploy/alerts.yml").expect("the rules");
    let plain = |c: char| !(c.is_ascii_lowercase() || c == '_');
    let asked: BTreeSet<&str> = rules
        .split(plain)
        .filter(|w| w.starts_with("warmsheet_"))
        .collect();
    assert!(asked.len() >= 5, "{asked:?}");
    for name in asked {
        assert!(documented.contains(name), "{name} is not measured");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_still_shows_its_age_and_its_reason() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_DAILY_CREDITS", "40");
    let service = world.serve().await;
    service.add(&["acme.com", "beta.com"]).await;
    service.until_count("waiting", 1).await;
    let seen = until(&service, "warmsheet_cap_reached", &[], |n| n == 1.0).await;
    assert_eq!(seen.value("warmsheet_daily_credits_left", &[]), Some(0.0));
    let started = seen.value("warmsheet_last_start_timestamp_seconds", &[]);
    assert!(started.is_some_and(|at| at > 1e9), "{started:?}");
    until(&service, "warmsheet_queue_age_seconds", &[], |age| {
        age > 0.0
    })
    .await;
    service.post("/api/v1/pause", &json!({})).await;
    until(&service, "warmsheet_paused", &[("reason", "person")], |n| {
        n == 1.0
    })
    .await;
    let world = world.stop_sandbox().await;
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_fails_or_is_away_is_counted_by_how_it_ended() {
    let world = World::new().await;
    world.faults(&["500:start=1"]).await;
    let service = world.serve().await;
    service.add(&["acme.com"]).await;
    let failed = [("method", "POST"), ("route", RUNS), ("status", "500")];
    until(&service, "warmsheet_citedy_requests_total", &failed, |n| {
        n >= 1.0
    })
    .await;
    let world = world.stop_sandbox().await;
    let away = [("method", "POST"), ("status", "unreachable")];
    until(&service, "warmsheet_citedy_requests_total", &away, |n| {
        n >= 1.0
    })
    .await;
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_told() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let service = world.serve().await;
    let answer = service.request(Method::GET, "/metrics").send().await;
    assert_eq!(
        answer.expect("an answer").status(),
        StatusCode::UNAUTHORIZED
    );
    let seen = scrape(&service).await;
    let refused = [("route", "/metrics"), ("status", "401")];
    assert_eq!(
        seen.value("warmsheet_http_requests_total", &refused),
        Some(1.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_read_leaves_the_process_its_own_figures() {
    let world = World::new().await;
    if world
        .settings
        .iter()
        .any(|(name, _)| *name == "DATABASE_URL")
    {
        return; // The file is spoilt; the code is the same for both engines.
    }
    let service = world.serve().await;
    service.status().await;
    let file = format!("sqlite://{}", world.path("warmsheet.db").display());
    let pool = sqlx::SqlitePool::connect(&file)
        .await
        .expect("the database");
    sqlx::query("ALTER TABLE tally RENAME TO away")
        .execute(&pool)
        .await
        .expect("renamed");
    let seen = until(&service, "warmsheet_database_up", &[], |up| up == 0.0).await;
    assert_eq!(seen.value("warmsheet_leads", &[("status", "held")]), None);
    let status = [("route", "/api/v1/status"), ("status", "200")];
    assert!(
        seen.value("warmsheet_http_requests_total", &status)
            .is_some()
    );
    sqlx::query("ALTER TABLE away RENAME TO tally")
        .execute(&pool)
        .await
        .expect("renamed");
    let seen = until(&service, "warmsheet_database_up", &[], |up| up == 1.0).await;
    assert_eq!(
        seen.value("warmsheet_leads", &[("status", "held")]),
        Some(0.0)
    );
}
