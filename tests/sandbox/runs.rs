use reqwest::Method;
use serde_json::{Value, json};
use warmsheet::sandbox::SandboxConfig;

use crate::support::{KEY, Lab, answer, paused, until};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn an_accepted_run_charges_forty_credits_and_is_queued() {
    let lab = Lab::start(paused()).await;
    let answer = lab
        .start_run(json!({"domain": "https://www.Acme.com/"}), 202)
        .await;
    assert_eq!(keys(&answer), ["credits_charged", "idempotent", "run"]);
    assert_eq!(answer["credits_charged"], 40);
    assert_eq!(answer["idempotent"], false);
    let run = &answer["run"];
    assert_eq!(
        keys(run),
        [
            "blocked_reason",
            "completed_at",
            "created_at",
            "credits_charged",
            "domain",
            "error_message",
            "id",
            "normalized_domain",
            "provider_counters",
            "result",
            "status",
            "updated_at",
        ]
    );
    assert_eq!(run["status"], "queued");
    assert_eq!(run["domain"], "https://www.Acme.com/");
    assert_eq!(run["normalized_domain"], "acme.com");
    assert_eq!(run["credits_charged"], 40);
    assert!(run["result"].is_null());
    assert_eq!(lab.balance().await, 9_960);
}

#[tokio::test]
async fn requests_that_break_the_contract_are_400_and_cost_nothing() {
    let lab = Lab::start(paused()).await;
    for body in [
        r#"{"domain": "acme.com", "extra": 1}"#,
        r#"{"domain": "acme.com/about"}"#,
        r#"{"domain": "acme.com", "maxContacts": 4}"#,
        r#"{"domain": null}"#,
        "{}",
        "not json",
        "",
    ] {
        let request = lab.request(Method::POST, "/citedy-warm-lead").body(body);
        let answer = answer(request.send().await.unwrap(), 400).await;
        assert_eq!(answer["error"], "bad_request");
        assert!(!answer["message"].as_str().unwrap().is_empty(), "{body}");
    }
    assert_eq!(lab.ledger().await["total"], 0);
}

#[tokio::test]
async fn the_same_idempotency_key_finds_the_run_again_without_a_charge() {
    let lab = Lab::start(paused()).await;
    let body = json!({"domain": "acme.com", "idempotencyKey": "ws-lead-1"});
    let first = lab.start_run(body.clone(), 202).await;
    let again = lab.start_run(body, 200).await;
    assert_eq!(again["run"]["id"], first["run"]["id"]);
    assert_eq!(again["run"]["credits_charged"], 40);
    assert_eq!(again["credits_charged"], 0);
    assert_eq!(again["idempotent"], true);

    let other = json!({"domain": "other.com", "idempotencyKey": "ws-lead-1"});
    assert_eq!(lab.start_run(other.clone(), 409).await["error"], "conflict");
    // Keys of one agent mean nothing to another.
    let stranger = lab.keyless(Method::POST, "/citedy-warm-lead").json(&other);
    let stranger = stranger.bearer_auth("citedy_agent_other");
    answer(stranger.send().await.unwrap(), 202).await;
}

#[tokio::test]
async fn the_ledger_holds_each_charge_once() {
    let lab = Lab::start(paused()).await;
    let body = json!({"domain": "acme.com", "idempotencyKey": "ws-lead-1"});
    let run = lab.start_run(body.clone(), 202).await["run"].clone();
    lab.start_run(body, 200).await;
    lab.new_run("other.com").await;
    let ledger = lab.ledger().await;
    assert_eq!(ledger["total"], 80);
    assert_eq!(ledger["charges"].as_array().unwrap().len(), 2);
    let charge = &ledger["charges"][0];
    assert_eq!(charge["run_id"], run["id"]);
    assert_eq!(charge["idempotency_key"], "ws-lead-1");
    assert_eq!(charge["domain"], "acme.com");
    assert_eq!(charge["credits"], 40);
    assert_eq!(ledger["requests"]["POST /api/agent/citedy-warm-lead"], 3);
}

#[tokio::test]
async fn fifty_simultaneous_starts_with_one_key_charge_once() {
    let lab = Lab::start(paused()).await;
    let body = json!({"domain": "acme.com", "idempotencyKey": "ws-lead-1"});
    let starts = (0..50).map(|_| lab.post_run(&body).send());
    for response in futures_util::future::join_all(starts).await {
        assert!(response.unwrap().status().is_success());
    }
    assert_eq!(lab.ledger().await["total"], 40);
}

#[tokio::test]
async fn an_empty_balance_is_402_with_the_way_to_top_up_but_known_runs_are_still_found() {
    let config = SandboxConfig {
        credits: 79,
        ..paused()
    };
    let lab = Lab::start(config).await;
    let known = json!({"domain": "acme.com", "idempotencyKey": "ws-lead-1"});
    lab.start_run(known.clone(), 202).await;
    let refused = lab.start_run(json!({"domain": "other.com"}), 402).await;
    assert_eq!(refused["credits_required"], 40);
    let topup = &refused["topup"];
    assert!(topup["recommended_package_credits"].is_i64());
    assert!(topup["recommended_package_price_usd"].is_number());
    assert!(topup["topup_url"].as_str().unwrap().starts_with("https://"));
    lab.start_run(known, 200).await;

    lab.control("credits", json!({"credits": 40})).await;
    lab.new_run("other.com").await;
    assert_eq!(lab.balance().await, 0);
}

#[tokio::test]
async fn a_run_of_another_agent_or_of_nobody_is_404() {
    let lab = Lab::start(paused()).await;
    let id = lab.new_run("acme.com").await;
    let route = format!("/citedy-warm-lead/{id}");
    let other = lab
        .keyless(Method::GET, &route)
        .bearer_auth("citedy_agent_other");
    answer(other.send().await.unwrap(), 404).await;
    lab.get(
        "/citedy-warm-lead/00000000-0000-4000-8000-000000000000",
        404,
    )
    .await;
    lab.get("/citedy-warm-lead/no-uuid", 404).await;
}

#[tokio::test]
async fn a_run_ends_by_itself_when_its_time_has_come() {
    let config = SandboxConfig {
        speed: 1000.0,
        rate_limit: 100_000,
        ..SandboxConfig::default()
    };
    let lab = Lab::start(config).await;
    let id = lab.new_run("norows-acme.com").await;
    let endless = lab.new_run("never-acme.com").await;
    let run = until("the run's end", async || {
        let run = lab.run(&id).await;
        (run["status"] == "completed").then_some(run)
    })
    .await;
    assert_eq!(run["result"]["runId"], id.as_str());
    assert_eq!(run["updated_at"], run["completed_at"]);
    assert!(lab.run(&endless).await["completed_at"].is_null());
}

#[tokio::test]
async fn the_beginning_of_the_domain_decides_how_a_run_ends() {
    let lab = Lab::start(paused()).await;
    let blocked = lab.finished_run("blocked-acme.com").await;
    assert_eq!(blocked["status"], "blocked");
    assert!(blocked["blocked_reason"].is_string());
    assert!(blocked["result"]["signals"].is_array());

    let failed = lab.finished_run("failed-acme.com").await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["error_message"].is_string());
    assert!(failed["result"].is_null());

    let without_rows = lab.finished_run("norows-acme.com").await;
    assert_eq!(without_rows["status"], "completed");
    assert!(without_rows["result"].get("exportRows").is_none());

    let hostile = lab.finished_run("hostile-acme.com").await;
    assert_eq!(hostile["status"], "completed");
    assert!(hostile["result"].to_string().contains("=cmd|"));
}

#[tokio::test]
async fn a_result_is_exported_in_three_formats_once_it_is_there() {
    let lab = Lab::start(paused()).await;
    let id = lab.new_run("slow-acme.com").await;
    let route = |format: &str| format!("/citedy-warm-lead/{id}/export?format={format}");
    lab.get(&route("json"), 409).await;
    lab.control("finish", json!({"all": true})).await;

    let result = lab.get(&route("json"), 200).await;
    assert_eq!(result, lab.run(&id).await["result"]);
    lab.get(&route("pdf"), 400).await;
    for (format, beginning) in [("csv", &b"company,"[..]), ("xlsx", &b"PK"[..])] {
        let request = lab
            .client
            .get(result["exportUrls"][format].as_str().unwrap());
        let response = request.bearer_auth(KEY).send().await.unwrap();
        let bytes = response.error_for_status().unwrap().bytes().await.unwrap();
        assert!(bytes.starts_with(beginning), "{format}");
    }
    let failed = lab.finished_run("failed-acme.com").await;
    let failed = failed["id"].as_str().unwrap();
    lab.get(&format!("/citedy-warm-lead/{failed}/export"), 409)
        .await;
}
