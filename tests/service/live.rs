//! Live pages: a change is read once, however many look, and everybody sees it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::viewer::Viewer;
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

const TOKEN: &str = "a-long-admin-token";
const CHANGES: usize = 6;
const MANY: usize = 12;
/// Of every line that sqlx writes for a statement.
const STATEMENT: &str = "\"db.statement\"";
/// What only pages and those who look at them ask for.
const OF_PAGES: [&str; 4] = [
    "FROM lead l JOIN batch b",
    "FROM lead_event",
    "FROM session",
    "FROM tally",
];

/// Nothing is bought, the statements are told, and people have to sign in.
async fn watched() -> (World, Warmsheet) {
    let mut world = World::slow().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    world.set("WARMSHEET_DAILY_CREDITS", "0");
    world.set("RUST_LOG", "info,sqlx::query=debug");
    let service = world.serve().await;
    (world, service)
}

async fn call(service: &Warmsheet, path: &str, body: Value) -> Value {
    let request = service.request(Method::POST, path).bearer_auth(TOKEN);
    let answer = request.json(&body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.expect("JSON")
}

/// Accepts a domain; answers the lead's id.
async fn add(service: &Warmsheet, domain: &str) -> String {
    let body = json!({"leads": [{"domain": domain}]});
    let added = call(service, "/api/v1/leads", body).await;
    let id = added["leads"][0]["id"].as_str();
    id.expect("an id").to_owned()
}

/// Browsers of their own that look at a page.
async fn open(service: &Warmsheet, path: &str, viewers: usize) -> Vec<Viewer> {
    let mut all = Vec::new();
    for _ in 0..viewers {
        let mut browser = Browser::new();
        browser.sign_in(service, TOKEN).await;
        let cookie = browser.cookie.expect("signed in");
        all.push(Viewer::open(service, path, &cookie));
    }
    until(&all, "all listen", |viewer| viewer.seen().listens).await;
    all
}

async fn until(viewers: &[Viewer], what: &str, holds: impl Fn(&Viewer) -> bool) {
    eventually(what, || async {
        let not = viewers.iter().filter(|viewer| !holds(viewer)).count();
        (not == 0).then_some(()).ok_or(format!("not for {not}"))
    })
    .await;
}

async fn until_seen(viewers: &[Viewer], text: &str) {
    let sees = |viewer: &Viewer| viewer.seen().page.contains(text);
    until(viewers, &format!("all see {text}"), sees).await;
}

fn statements(service: &Warmsheet) -> usize {
    let log = service.log();
    let asked = log.lines().filter(|line| line.contains(STATEMENT));
    asked
        .filter(|line| OF_PAGES.iter().any(|words| line.contains(words)))
        .count()
}

/// Statements of some changes that are made one after the other, each seen by all.
async fn cost(service: &Warmsheet, viewers: usize) -> f64 {
    let all = open(service, "/", viewers).await;
    let name = |n: usize| format!("seen-by-{viewers}-{n}.com");
    add(service, &name(0)).await;
    until_seen(&all, &name(0)).await;
    let before = statements(service);
    for n in 1..=CHANGES {
        add(service, &name(n)).await;
        until_seen(&all, &name(n)).await;
    }
    (statements(service) - before) as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_costs_the_same_statements_however_many_look_at_the_dashboard() {
    let (_world, service) = watched().await;
    let one = cost(&service, 1).await;
    let many = cost(&service, MANY).await;
    assert!(one >= CHANGES as f64, "{one} statements were told");
    let ratio = many / one;
    assert!(ratio <= 1.5, "{one} statements for 1, {many} for {MANY}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_lead_or_batch_is_not_read_once_for_each_who_looks() {
    let (_world, service) = watched().await;
    for page in ["leads", "batches"] {
        let mut costs = Vec::new();
        for viewers in [1, MANY] {
            let lead = add(&service, &format!("{page}-{viewers}.com")).await;
            let id = match page {
                "leads" => lead.clone(),
                _ => batch_of(&service, &lead).await,
            };
            let all = open(&service, &format!("/{page}/{id}"), viewers).await;
            add(&service, &format!("{page}-{viewers}-warm-up.com")).await;
            until(&all, "all hear of it", |viewer| viewer.seen().mark > 0).await;
            let before = statements(&service);
            call(&service, &format!("/api/v1/leads/{lead}/cancel"), json!({})).await;
            until_seen(&all, "Cancelled").await;
            costs.push(statements(&service) - before);
        }
        assert!(
            costs[0] > 0 && costs[1] <= costs[0] * 3,
            "{page}: {costs:?}"
        );
    }
}

async fn batch_of(service: &Warmsheet, lead: &str) -> String {
    let request = service.request(Method::GET, &format!("/api/v1/leads/{lead}"));
    let answer = request.bearer_auth(TOKEN).send().await.expect("an answer");
    let lead: Value = answer.json().await.expect("JSON");
    lead["batchId"].as_str().expect("a batch").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_lead_is_left_alone_when_others_change() {
    let (_world, service) = watched().await;
    let lead = add(&service, "acme.com").await;
    let viewers = open(&service, &format!("/leads/{lead}"), 1).await;
    let heard = || viewers[0].seen().mark;
    add(&service, "warm-up.com").await;
    until(&viewers, "it hears of a change", |v| v.seen().mark > 0).await;
    call(&service, &format!("/api/v1/leads/{lead}/cancel"), json!({})).await;
    until_seen(&viewers, "Cancelled").await;
    let refreshes = viewers[0].seen().refreshes;
    for n in 0..CHANGES {
        let mark = heard();
        let other = add(&service, &format!("other-{n}.com")).await;
        call(
            &service,
            &format!("/api/v1/leads/{other}/cancel"),
            json!({}),
        )
        .await;
        until(&viewers, "it hears of others", |v| v.seen().mark > mark).await;
    }
    assert_eq!(viewers[0].seen().refreshes, refreshes);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_out_everywhere_sees_nothing_new() {
    let (_world, service) = watched().await;
    let mut browser = Browser::new();
    browser.sign_in(&service, TOKEN).await;
    let cookie = browser.cookie.clone().expect("signed in");
    let follow = async || {
        let request = service.request(Method::GET, "/");
        let request = request.header("x-warmsheet-follows", "somebody 1");
        let answer = request.header("cookie", &cookie).send().await;
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!(follow().await, 200);
    let form = ("/system", "/sign-out-everywhere");
    assert_eq!(browser.fill_in(&service, form, &[]).await.status(), 303);
    assert_eq!(follow().await, 401);
}
