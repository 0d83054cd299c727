use reqwest::Method;
use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn options_out_of_bounds_reject_a_lead_and_never_become_the_default() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    let service = world.serve().await;
    let (code, body) = service
        .post(
            "/api/v1/leads",
            &json!({"leads": [
                {"domain": "acme.com", "maxContacts": 4},
                {"domain": "acme.com", "icp": "saas"},
                {"domain": "acme.com", "buyerRoles": ["a", "b", "c", "d", "e", "f", "g"]},
                {"domain": "acme.com", "freshnessDays": 6.5},
                {"domain": "acme.com", "drafts": "2", "icp": "Vertical SaaS"},
                {},
            ]}),
        )
        .await;
    assert_eq!(code, 202, "{body}");
    let statuses: Vec<_> = body["leads"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|lead| lead["status"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        statuses,
        [
            "rejected", "rejected", "rejected", "rejected", "queued", "rejected"
        ]
    );
    assert!(
        body["leads"][0]["reason"]
            .as_str()
            .expect("words")
            .contains("1 to 3")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_external_id_answers_the_same_lead_and_another_body_is_a_conflict() {
    let world = World::slow().await;
    let service = world.serve().await;
    let post = json!({"leads": [{"domain": "acme.com", "externalId": "crm-7"}]});
    let (_, first) = service.post("/api/v1/leads", &post).await;
    let (code, again) = service.post("/api/v1/leads", &post).await;
    assert_eq!(code, 202);
    assert_eq!(first["leads"][0]["id"], again["leads"][0]["id"]);
    let other = json!({"leads": [
        {"domain": "new.com"},
        {"domain": "globex.com", "externalId": "crm-7"},
    ]});
    let (code, problem) = service.post("/api/v1/leads", &other).await;
    assert_eq!(code, 409);
    assert!(problem["detail"].as_str().expect("words").contains("crm-7"));
    let all = service.get("/api/v1/leads").await;
    assert_eq!(
        all["leads"].as_array().expect("leads").len(),
        1,
        "nothing of a refused post stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_a_problem_that_names_it() {
    let world = World::slow().await;
    let service = world.serve().await;
    for (body, word) in [
        (json!({"leads": []}), "empty"),
        (json!({"lead": []}), "lead"),
        (json!([]), "leads"),
        (
            json!({"leads": [{"domain": "acme.com", "maxcontacts": 1}]}),
            "maxcontacts",
        ),
        (json!({"leads": ["acme.com"]}), "leads"),
    ] {
        let (code, problem) = service.post("/api/v1/leads", &body).await;
        assert_eq!(code, 400, "{body}");
        assert!(
            problem["detail"].as_str().expect("words").contains(word),
            "{problem}"
        );
    }
    for path in [
        "/api/v1/leads/nonsense",
        "/api/v1/leads/L0123456789AB",
        "/nowhere",
    ] {
        let answer = service
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
    let answer = service
        .request(Method::GET, "/api/v1/leads?status=nonsense")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_pages_through_every_lead_once() {
    let mut world = World::slow().await;
    world.set("WARMSHEET_APPROVE_ABOVE", "3");
    let service = world.serve().await;
    let domains: Vec<String> = (0..25).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    service.add(&domains).await;
    let mut seen = Vec::new();
    let mut path = "/api/v1/leads?status=held&limit=10".to_owned();
    loop {
        let page = service.get(&path).await;
        for lead in page["leads"].as_array().expect("leads") {
            seen.push(lead["domain"].as_str().expect("a domain").to_owned());
        }
        let Some(next) = page["nextCursor"].as_i64() else {
            break;
        };
        path = format!("/api/v1/leads?status=held&limit=10&cursor={next}");
    }
    let mut expected: Vec<_> = domains.iter().map(|d| (*d).to_owned()).collect();
    expected.reverse();
    assert_eq!(seen, expected);
}
