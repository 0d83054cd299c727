//! A Citedy whose reports and exports lead elsewhere.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{completed, download};
use crate::support::World;

/// Citedy, as far as one run goes; its report and its export both lead elsewhere.
async fn hostile(elsewhere: &str) -> MockServer {
    let citedy = MockServer::start().await;
    let run = |status: &str, result: Value| {
        json!({"run": {
            "id": "run-1", "status": status, "domain": "acme.com", "normalized_domain": "acme.com",
            "credits_charged": 40, "result": result,
        }})
    };
    let urls = ["json", "csv", "xlsx"].map(|format| (format, format!("{elsewhere}/{format}")));
    let result = json!({
        "exportRows": [{"company": "Acme"}],
        "exportUrls": urls.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    });
    let runs = "/api/agent/citedy-warm-lead";
    let answer = |route: String, verb: &str, answer: ResponseTemplate| {
        Mock::given(method(verb))
            .and(path(route))
            .respond_with(answer)
    };
    let account = json!({"agent": {"id": "a1"}, "tenant_balance": {"credits": 4000}});
    let one = format!("{runs}/run-1");
    let told = ResponseTemplate::new(200);
    for mock in [
        answer(
            "/api/agent/me".to_owned(),
            "GET",
            told.clone().set_body_json(account),
        ),
        answer(
            runs.to_owned(),
            "POST",
            ResponseTemplate::new(202).set_body_json(run("queued", Value::Null)),
        ),
        answer(
            one.clone(),
            "GET",
            told.set_body_json(run("completed", result)),
        ),
        answer(
            format!("{one}/export"),
            "GET",
            ResponseTemplate::new(302).insert_header("location", format!("{elsewhere}/moved")),
        ),
    ] {
        mock.mount(&citedy).await;
    }
    citedy
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_goes_nowhere_but_to_citedy_wherever_a_report_points() {
    let elsewhere = MockServer::start().await;
    let citedy = hostile(&elsewhere.uri()).await;
    let mut world = World::new().await;
    world.set("CITEDY_BASE_URL", citedy.uri());
    let service = world.serve().await;
    let id = completed(&service, &["acme.com"]).await.remove(0);
    for ending in ["json", "csv", "xlsx"] {
        let refused = download(&service, &id, ending).await;
        assert_eq!(refused.status, 502, "{}", refused.text());
    }
    let strayed = elsewhere.received_requests().await.expect("requests");
    assert!(strayed.is_empty(), "{strayed:#?}");
    let asked = citedy.received_requests().await.expect("requests");
    let exports = asked
        .iter()
        .filter(|one| one.url.path().ends_with("/export"));
    assert_eq!(exports.count(), 3);
}
