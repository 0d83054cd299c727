use reqwest::Method;
use serde_json::json;

use crate::support::World;
use crate::support::browser::TOKEN;
use crate::support::warmsheet::call;

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_everything_but_health_and_webhooks_needs_it() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let service = world.serve().await;
    for path in [
        "/",
        "/submit",
        "/api/v1/status",
        "/api/v1/leads",
        "/exports/leads.xlsx",
        "/api/v1/events",
    ] {
        let answer = service
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 401, "{path}");
        assert!(
            answer.headers().contains_key("www-authenticate"),
            "it says how"
        );
    }
    // No more of them: they would have to wait.
    for path in ["/", "/api/v1/status", "/exports/leads.xlsx"] {
        let wrong = service
            .request(Method::GET, path)
            .bearer_auth("wrong")
            .send()
            .await;
        assert_eq!(wrong.expect("an answer").status(), 401, "{path}");
    }
    for path in ["/health/live", "/health/ready"] {
        let answer = service
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
    }
    let bearer = service
        .request(Method::GET, "/api/v1/status")
        .bearer_auth(TOKEN);
    assert_eq!(bearer.send().await.expect("an answer").status(), 200);
    let basic = service
        .request(Method::GET, "/")
        .basic_auth("whoever", Some(TOKEN));
    assert_eq!(basic.send().await.expect("an answer").status(), 200);
    assert!(!service.log().contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_or_host_name_cannot_spend_credits() {
    let world = World::new().await;
    let service = world.serve().await;
    let post = || {
        service
            .request(Method::POST, "/api/v1/leads")
            .json(&json!({"leads": [{"domain": "acme.com"}]}))
    };
    let foreign = post().header("Origin", "https://evil.example").send().await;
    assert_eq!(foreign.expect("an answer").status(), 403);
    let rebound = post().header("Host", "evil.example").send().await;
    assert_eq!(rebound.expect("an answer").status(), 403);
    let own = post()
        .header("Origin", service.address.clone())
        .send()
        .await;
    assert_eq!(own.expect("an answer").status(), 202);
    assert_eq!(
        service.get("/api/v1/leads").await["leads"]
            .as_array()
            .expect("leads")
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_what_is_wrong_in_a_page_and_a_program_in_a_problem() {
    let world = World::new().await;
    let service = world.serve().await;
    let told = async |path: &str, host: Option<&str>, accept: &str| {
        let mut request = service.request(Method::GET, path).header("Accept", accept);
        if let Some(host) = host {
            request = request.header("Host", host);
        }
        let answer = request.send().await.expect("an answer");
        let kind = answer.headers()["content-type"].to_str().expect("a text");
        let kind = kind.split(';').next().unwrap_or_default().to_owned();
        (answer.status().as_u16(), kind)
    };
    let (page, problem) = (
        "text/html".to_owned(),
        "application/problem+json".to_owned(),
    );
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    assert_eq!(told("/nowhere", None, browser).await, (404, page.clone()));
    assert_eq!(told("/nowhere", None, "*/*").await, (404, problem.clone()));
    let foreign = Some("evil.example");
    assert_eq!(told("/", foreign, browser).await, (403, page));
    assert_eq!(told("/", foreign, "*/*").await, (403, problem));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_it_does_not_start_where_others_can_reach_it() {
    let mut world = World::new().await;
    world.set("WARMSHEET_BIND", "0.0.0.0:0");
    let ended = call(&world, &["serve"]).await;
    let words = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    assert!(words.contains("WARMSHEET_ADMIN_TOKEN"), "{words}");
}
