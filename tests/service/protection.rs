//! What keeps other sites from acting through a browser: the forms' token and the headers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reqwest::Method;

use crate::support::World;
use crate::support::browser::TOKEN;
use crate::support::browser::{Browser, csrf_token, multipart};

const LEAD: &str = "L0123456789AB";
const BATCH: &str = "B0123456789AB";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    paths.flat_map(below).collect()
}

/// Where the forms of all templates are sent to.
fn actions() -> BTreeSet<String> {
    // What the preview's form chooses between.
    let mut found = BTreeSet::from(["/submit", "/submit/edit"].map(str::to_owned));
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")) {
        let template = std::fs::read_to_string(path).expect("a template");
        let forms = template.split("<form").skip(1);
        let tags = forms.filter_map(|form| form.split('>').next());
        for tag in tags.filter(|tag| tag.contains("method=\"post\"")) {
            let action = tag.split("action=\"").nth(1).expect("an action");
            let action = action.split('"').next().expect("its end");
            if !action.starts_with("{%") {
                found.insert(filled_in(action));
            }
        }
    }
    found
}

/// An address of a template with its variables replaced.
fn filled_in(action: &str) -> String {
    let Some((before, rest)) = action.split_once("{{") else {
        return action.to_owned();
    };
    let (_, after) = rest.split_once("}}").expect("the variable's end");
    let id = if before.ends_with("/batches/") {
        BATCH
    } else {
        LEAD
    };
    assert!(before.starts_with('/'), "{action}: name its addresses here");
    format!("{before}{id}{}", filled_in(after))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_a_browser_sends_without_its_token_does_nothing() {
    let world = World::new().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    let actions = actions();
    assert!(actions.contains("/submit") && actions.contains(&format!("/leads/{LEAD}/retry")));
    let domains = ("domains", "acme.com");
    for action in &actions {
        let wrong = "0".repeat(64);
        for fields in [vec![domains], vec![domains, ("csrf_token", &wrong)]] {
            let answer = match action.as_str() {
                "/submit/preview" => {
                    let body = multipart(&fields, None);
                    browser.post_body(&service, action, body).await
                }
                _ => browser.post(&service, action, &fields).await,
            };
            assert_eq!(answer.status(), 403, "{action}");
            let page = answer.text().await.expect("a page");
            assert!(page.contains("This page is too old"), "{action}: {page}");
        }
    }
    let status = service.status().await;
    let leads = service.get("/api/v1/leads").await;
    assert_eq!(leads["leads"], serde_json::json!([]), "{leads}");
    assert!(world.charged().await.is_empty());
    assert_eq!(status["pauses"], serde_json::json!([]), "{status}");

    let (_, page) = browser.page(&service, "/submit").await;
    let token = csrf_token(&page);
    let fields = [domains, ("csrf_token", token)];
    assert_eq!(
        browser.post(&service, "/submit", &fields).await.status(),
        303
    );
    service.lead_of("acme.com").await;
    // Nobody can make a program send anything: it needs no token.
    let fields = [("domains", "globex.com")];
    assert_eq!(service.send_form("/submit", &fields).await, 303);
    let bare = service.request(Method::POST, "/pause").send().await;
    assert_eq!(bare.expect("an answer").status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forms_token_is_worth_nothing_under_another_session() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let service = world.serve().await;
    let (mut one, mut two) = (Browser::new(), Browser::new());
    one.sign_in(&service, TOKEN).await;
    two.sign_in(&service, TOKEN).await;
    let (_, page) = one.page(&service, "/submit").await;
    let fields = [("csrf_token", csrf_token(&page))];
    assert_eq!(two.post(&service, "/pause", &fields).await.status(), 403);
    assert_eq!(one.post(&service, "/pause", &fields).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_the_browser_what_it_must_not_do() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let service = world.serve().await;
    let mut browser = Browser::new();
    let asked = browser.get(&service, "/").await;
    browser.sign_in(&service, TOKEN).await;
    let mut answers = vec![("the form", true, asked)];
    for (path, is_page) in [
        ("/", true),
        ("/leads/L0123456789AB", true),
        ("/assets/style.css", false),
        ("/exports/leads.xlsx", false),
        ("/api/v1/status", false),
        ("/api/v1/leads/nonsense", false),
        ("/nowhere", true),
        ("/health/live", false),
    ] {
        answers.push((path, is_page, browser.get(&service, path).await));
    }
    let foreign = service.request(Method::POST, "/pause");
    let foreign = foreign
        .header("Origin", "https://evil.example")
        .send()
        .await;
    answers.push(("foreign", false, foreign.expect("an answer")));
    for (what, is_page, answer) in answers {
        let told = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().expect("ASCII"))
        };
        let policy = told("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{what}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{what}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{what}: {policy}");
        assert_eq!(
            policy.contains("script-src 'self'"),
            is_page,
            "{what}: {policy}"
        );
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(told(name), expected, "{what}: {name}");
        }
        assert!(told("permissions-policy").contains("camera=()"), "{what}");
    }
}
