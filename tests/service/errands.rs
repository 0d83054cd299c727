//! Citedy's own export of a run, fetched through the service: whoever clicks, one key is used, in
//! one place, within one budget.

mod hostile;

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use futures_util::future::join_all;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};

use crate::support::sandbox::KEY;
use crate::support::warmsheet::{Warmsheet, holds_lease};
use crate::support::{World, eventually};
use warmsheet::sandbox::SandboxConfig;

/// The route of exports, as the sandbox counts it.
const EXPORTS: &str = "GET /api/agent/citedy-warm-lead/{id}/export";

struct Download {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Download {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.and_then(Result::ok).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn download(service: &Warmsheet, id: &str, ending: &str) -> Download {
    let path = format!("/leads/{id}/citedy.{ending}");
    let answer = service.request(Method::GET, &path).send().await;
    let answer = answer.expect("an answer");
    Download {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.bytes().await.expect("a body").to_vec(),
    }
}

/// What Citedy itself exports.
async fn exported(world: &World, run: &str, ending: &str) -> Vec<u8> {
    let base = &world.sandbox.url;
    let url = format!("{base}/api/agent/citedy-warm-lead/{run}/export?format={ending}");
    let answer = world.http.get(url).bearer_auth(KEY).send().await;
    let answer = answer.expect("the sandbox's answer");
    answer.bytes().await.expect("a body").to_vec()
}

/// Every cell of a workbook; its bytes tell when it was made.
fn cells(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let range = workbook.worksheet_range_at(0).expect("a sheet");
    let range = range.expect("a range");
    range.rows().map(<[Data]>::to_vec).collect()
}

async fn requests(world: &World, route: &str) -> u64 {
    world.ledger().await["requests"][route]
        .as_u64()
        .unwrap_or(0)
}

/// Buys a report for each domain; answers the leads' ids.
async fn completed(service: &Warmsheet, domains: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for entry in service.add(domains).await {
        let id = entry["id"].as_str().expect("an id").to_owned();
        service.until_status(&id, "completed").await;
        ids.push(id);
    }
    ids
}

async fn until_exports_arrived(world: &World, most: u64) {
    eventually("an export was asked for", || async {
        match requests(world, EXPORTS).await {
            seen if seen >= most => Ok(()),
            seen => Err(seen.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_comes_as_citedy_made_it_with_one_request_and_no_second() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    let run = service.lead(&id).await["runId"]
        .as_str()
        .expect("a run")
        .to_owned();
    let page = String::from_utf8(service.bytes(&format!("/leads/{id}")).await).expect("text");
    assert!(page.contains(&format!("href=\"/leads/{id}/citedy.csv\"")));
    for (asked, (ending, kind)) in (1..).zip([
        ("json", "application/json"),
        ("csv", "text/csv; charset=utf-8"),
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ]) {
        let first = download(&service, &id, ending).await;
        assert_eq!(first.status, 200, "{}", first.text());
        assert_eq!(first.header("content-type"), kind);
        assert_eq!(
            first.header("content-disposition"),
            format!("attachment; filename=\"citedy-acme.com.{ending}\"")
        );
        assert_eq!(first.header("cache-control"), "no-store");
        assert_eq!(first.header("x-content-type-options"), "nosniff");
        assert_eq!(requests(&world, EXPORTS).await, 2 * asked - 1);
        let second = download(&service, &id, ending).await;
        assert_eq!(second.body, first.body);
        assert_eq!(requests(&world, EXPORTS).await, 2 * asked - 1);
        let theirs = exported(&world, &run, ending).await;
        match ending {
            "xlsx" => assert_eq!(cells(&first.body), cells(&theirs)),
            _ => assert_eq!(first.body, theirs),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_report_is_exported_by_its_run_and_what_has_none_says_so() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let bought = completed(&service, &["acme.com"]).await.remove(0);
    let again = service.add(&["www.acme.com"]).await;
    let again = again[0]["id"].as_str().expect("an id");
    service.until_status(again, "reused").await;
    let first = download(&service, &bought, "csv").await;
    let reused = download(&service, again, "csv").await;
    assert_eq!((reused.status, reused.body), (first.status, first.body));
    assert_eq!(requests(&world, EXPORTS).await, 1);
    let rejected = service.add(&["acme"]).await;
    let rejected = rejected[0]["id"].as_str().expect("an id");
    for id in [rejected, "L7K3QF9XM2TDA", "nonsense"] {
        let none = download(&service, id, "csv").await;
        assert_eq!(none.status, 404, "{id}");
        assert!(none.header("content-type").starts_with("text/html"));
    }
    assert_eq!(download(&service, &bought, "pdf").await.status, 404);
    assert_eq!(requests(&world, EXPORTS).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_report_is_not_asked_for() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    service.terminate().await;
    let service = Warmsheet::serve_as(&world, &[("CITEDY_API_KEY", "citedy_agent_other")]).await;
    eventually("the other account is known", || async {
        match download(&service, &id, "json").await {
            refused if refused.status == StatusCode::CONFLICT => Ok(()),
            other => Err(other.text()),
        }
    })
    .await;
    assert_eq!(requests(&world, EXPORTS).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_fails_is_told_and_stops_no_lead() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    for (fault, words) in [
        ("500:export=1.0", "Citedy could not be asked"),
        ("malformed:export=1.0", "the answer is no JSON file"),
    ] {
        world.faults(&[fault]).await;
        let failed = download(&service, &id, "json").await;
        assert_eq!(failed.status, 502, "{}", failed.text());
        assert!(failed.text().contains(words), "{}", failed.text());
    }
    completed(&service, &["globex.com"]).await;
    world.faults(&[]).await;
    let answered = download(&service, &id, "json").await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    let log = service.log();
    assert!(!log.contains("Citedy gave no usable answer"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_that_hang_are_told_in_time_and_stop_no_lead() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    world.faults(&["hang:export=1.0"]).await;
    let asking = ["json", "csv", "xlsx"].map(|ending| download(&service, &id, ending));
    let leads = async {
        until_exports_arrived(&world, 2).await;
        completed(&service, &["globex.com", "initech.com"]).await;
    };
    let (answers, ()) = tokio::join!(join_all(asking), leads);
    for answer in answers {
        let words = answer.text();
        match answer.status.as_u16() {
            502 => assert!(words.contains("no answer in time"), "{words}"),
            503 => {
                assert!(words.contains("Citedy has not answered yet"), "{words}");
                assert_eq!(answer.header("retry-after"), "5");
            }
            other => panic!("{other}: {words}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_download_everything_the_limit_holds_and_leads_still_start() {
    const A_MINUTE: u32 = 20;
    let mut world = World::with(SandboxConfig {
        speed: 300.0,
        rate_limit: A_MINUTE,
        ..World::calm()
    })
    .await;
    world.with_webhooks().await;
    world.set("CITEDY_REQUESTS_PER_MINUTE", A_MINUTE.to_string());
    let service = world.serve().await;
    let ids = completed(&service, &["acme.com", "globex.com"]).await;
    let endings = ["json", "csv", "xlsx"];
    let wanted = ids.iter().flat_map(|id| endings.map(|ending| (id, ending)));
    let downloads = join_all(wanted.map(|(id, ending)| download(&service, id, ending)));
    let starts = async {
        until_exports_arrived(&world, 1).await;
        service.add(&["initech.com", "umbrella.com"]).await;
        eventually("both are bought while downloads wait", || async {
            match world.charged().await.len() {
                4 => Ok(()),
                other => Err(other.to_string()),
            }
        })
        .await;
        requests(&world, EXPORTS).await
    };
    let (downloads, exports_before) = tokio::join!(downloads, starts);
    assert!(
        exports_before < 6,
        "starts waited for {exports_before} exports"
    );
    for download in downloads {
        let status = download.status.as_u16();
        assert!([200, 503].contains(&status), "{status}");
    }
    assert_eq!(world.ledger().await["refused_429"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_asks_the_next_process_answers() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    world.faults(&["hang:export=1.0"]).await;
    let path = format!("/leads/{id}/citedy.json");
    let asked = tokio::spawn(service.request(Method::GET, &path).send());
    until_exports_arrived(&world, 1).await;
    service.kill().await;
    assert!(asked.await.expect("no panic").is_err(), "nobody answered");
    world.faults(&[]).await;
    let service = world.serve().await;
    // On a shared database the killed one's lease has to end first.
    eventually("it drives the key", || async {
        let status = service.status().await;
        match holds_lease(&status, "agent:") {
            true => Ok(()),
            false => Err(status.to_string()),
        }
    })
    .await;
    let answer = download(&service, &id, "json").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
