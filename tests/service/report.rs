//! The page of one lead: its report, where it comes from and what happened to it.

use reqwest::Method;
use serde_json::json;

use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

async fn page(service: &Warmsheet, id: &str) -> String {
    let page = service.bytes(&format!("/leads/{id}")).await;
    String::from_utf8(page).expect("UTF-8")
}

/// The page once it tells this.
async fn page_with(service: &Warmsheet, id: &str, words: &str) -> String {
    eventually(&format!("{id} tells {words}"), || async {
        let page = page(service, id).await;
        if page.contains(words) {
            return Ok(page);
        }
        Err(page)
    })
    .await
}

/// The places of these words on the page, which must be there in this order.
fn in_order(page: &str, words: &[&str]) {
    let mut from = 0;
    for word in words {
        let found = page[from..].find(word);
        from += found.unwrap_or_else(|| panic!("{word} is missing or too early: {page}"));
    }
}

async fn added(service: &Warmsheet, domain: &str) -> String {
    let added = service.add(&[domain]).await;
    added[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_shows_its_parts_its_way_and_its_downloads() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = added(&service, "acme.com").await;
    let lead = service.until_status(&id, "completed").await;
    let run = lead["runId"].as_str().expect("a run");
    let page = page(&service, &id).await;
    in_order(
        &page,
        &[
            "<h1>Acme (invented)</h1>",
            "href=\"https://acme.com/\"",
            ">Done</span>",
            "Signals</h2>",
            "href=\"https://example.com/evidence/acme.com/",
            "<time datetime=\"",
            "Contacts</h2>",
            "Sample Person",
            "Confidence ",
            "Invented: as ",
            "Drafts</h2>",
            "read, check and change it before you send it.",
            "data-copy=\"draft-1-body\"",
            "Hello Sample Person",
            "Score</h2>",
            "Policy</h2>",
            "public_sources_only",
            &format!("/exports/leads.xlsx?q={id}"),
            &format!("/leads/{id}/citedy.json"),
            "Timeline</h2>",
            "Accepted from API",
            "Sent to Citedy (attempt 1)",
            &format!("Citedy accepted it: run {run}"),
            "Charged 40 credits, 0.40 USD",
            "Result stored",
            "Done",
            "Buy again (40 credits, 0.40 USD)",
            "Rows</h2>",
            "The run as Citedy answered it",
        ],
    );
    assert!(page.contains("<span>Webhook "), "{page}");
    assert!(
        !page.contains("href=\"http://127.0.0.1"),
        "export addresses are no links: {page}"
    );
    assert!(page.len() < 100_000, "{} bytes", page.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_report_has_nothing_that_runs_and_loses_nothing() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = added(&service, "hostile-acme.com").await;
    service.until_status(&id, "completed").await;
    let page = page(&service, &id).await;
    let scripts = page.matches("<script").count();
    assert_eq!(scripts, 1, "only the page's own");
    assert!(!page.contains("<img src=x"), "{page}");
    for href in page.split("href=\"").skip(1) {
        let safe = ["/", "#", "https://", "http://"];
        assert!(
            safe.iter().any(|start| href.starts_with(start)),
            "{}",
            &href[..80]
        );
    }
    assert!(
        page.contains(&"=".repeat(40_000)),
        "a long draft is all there"
    );
    assert!(
        page.contains("<h1>&#60;script&#62;alert("),
        "a name is a name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_and_failed_runs_say_why_and_show_what_there_is() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let blocked = added(&service, "blocked-acme.com").await;
    let failed = added(&service, "failed-acme.com").await;
    service.until_status(&blocked, "blocked").await;
    service.until_status(&failed, "failed").await;
    in_order(
        &page(&service, &blocked).await,
        &[
            "no buyer could be named",
            "<button>Retry (40 credits, 0.40 USD)</button>",
            "Signals</h2>",
            "Not allowed",
            "no_permitted_contact",
            "Blocked: Invented: no buyer",
        ],
    );
    in_order(
        &page(&service, &failed).await,
        &[
            "a provider did not answer",
            "Retry (40 credits",
            "Failed: Invented",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_under_way_tells_where_it_is_and_its_timeline_grows() {
    let mut world = World::slow().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = added(&service, "acme.com").await;
    let before = page_with(&service, &id, "Citedy accepted it").await;
    assert!(before.contains("There is no result yet"), "{before}");
    assert!(
        !before.contains("citedy.json") && !before.contains("leads.xlsx"),
        "{before}"
    );
    for part in ["story", "report", "side", "source"] {
        assert!(
            before.contains(&format!("<div id=\"{part}\" data-live>")),
            "{part}: {before}"
        );
    }
    world.finish_all().await;
    let after = page_with(&service, &id, "Result stored").await;
    assert!(after.contains("Drafts</h2>"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leads_page_is_read_once_for_all_who_follow_the_same_event() {
    let mut world = World::slow().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = added(&service, "acme.com").await;
    page_with(&service, &id, "Citedy accepted it").await;
    let status = service.status().await;
    let instance = status["instance"].as_str().expect("a name");
    let following = async |mark: i64| {
        let request = service.request(Method::GET, &format!("/leads/{id}"));
        let request = request.header("x-warmsheet-follows", format!("{instance} {mark}"));
        let answer = request.send().await.expect("an answer");
        answer.text().await.expect("a page")
    };
    let first = following(0).await;
    assert!(first.contains("There is no result yet"), "{first}");
    world.finish_all().await;
    page_with(&service, &id, "Result stored").await;
    assert_eq!(
        following(0).await,
        first,
        "it holds the event that is followed"
    );
    let later = following(i64::MAX).await;
    assert!(later.contains("Result stored"), "{later}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_report_is_shown_like_its_own() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let first = added(&service, "acme.com").await;
    service.until_status(&first, "completed").await;
    let again = added(&service, "acme.com").await;
    service.until_status(&again, "reused").await;
    let page = page(&service, &again).await;
    in_order(
        &page,
        &[
            "<h1>Acme (invented)</h1>",
            "Contacts</h2>",
            &format!("/leads/{again}/citedy.json"),
            &format!("Served from the report of {first}, 0 credits"),
        ],
    );
    assert!(!page.contains("Charged 40"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_lead_keeps_the_story_of_both_attempts() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let service = world.serve().await;
    let id = added(&service, "blocked-acme.com").await;
    service.until_status(&id, "blocked").await;
    let (code, _) = service
        .post(&format!("/api/v1/leads/{id}/retry"), &json!({}))
        .await;
    assert!(code.is_success());
    page_with(&service, &id, "Sent to Citedy (attempt 2)").await;
    service.until_status(&id, "blocked").await;
    in_order(
        &page(&service, &id).await,
        &[
            "<h3>Attempt 1</h3>",
            "Sent to Citedy (attempt 1)",
            "Charged 40 credits",
            "Blocked: ",
            "<h3>Attempt 2</h3>",
            "Retried: attempt 2",
            "Sent to Citedy (attempt 2)",
            "Charged 40 credits",
            "Blocked: ",
        ],
    );
}
