use chrono::TimeDelta;

use super::*;
use crate::sandbox::clock;
use crate::sandbox::config::Outcomes;
use crate::sandbox::keys::KeyHash;
use crate::sandbox::request::StartRequest;
use crate::sandbox::story::Story;

fn run(body: Value) -> Run {
    let request = StartRequest::parse(body.to_string().as_bytes()).unwrap();
    let certain = Outcomes {
        blocked: 0.0,
        failed: 0.0,
    };
    let story = Story::of(&request.normalized_domain, 1, certain, 1.0);
    let accepted = clock::Moment::UNIX_EPOCH + TimeDelta::days(20_000);
    Run::new(
        uuid::Uuid::nil(),
        KeyHash::of("key"),
        request,
        accepted,
        story,
    )
}

fn result(body: Value) -> Value {
    of(&run(body), 1, "http://localhost")
}

fn length(value: &Value) -> usize {
    value.as_array().unwrap().len()
}

#[test]
fn the_same_run_has_the_same_result_every_time() {
    let body = json!({"domain": "acme.com"});
    assert_eq!(result(body.clone()), result(body));
}

#[test]
fn a_result_holds_to_what_the_request_asked_for() {
    for number in 0..50 {
        let result = result(json!({
            "domain": format!("company{number}.com"),
            "maxContacts": 2, "drafts": 1, "buyerRoles": ["Chief Tester"], "freshnessDays": 7,
        }));
        let contacts = length(&result["contacts"]);
        assert!((1..=2).contains(&contacts));
        assert_eq!(length(&result["drafts"]), 1);
        assert_eq!(length(&result["exportRows"]), contacts);
        assert_eq!(result["contacts"][0]["role"], "Chief Tester");
        let date = result["signals"][0]["evidence"][0]["published_at"]
            .as_str()
            .unwrap();
        assert!(("2024-09-28".."2024-10-05").contains(&date), "{date}");
    }
}

#[test]
fn every_account_contact_and_row_says_that_it_is_invented() {
    for domain in ["acme.com", "hostile-acme.com", "norows-acme.com"] {
        let result = result(json!({"domain": domain}));
        assert_eq!(
            result["account"]["note"],
            "Invented by the warmsheet sandbox"
        );
        let rows = result["exportRows"].as_array().into_iter().flatten();
        for part in rows.chain(result["contacts"].as_array().unwrap()) {
            assert_eq!(part["note"], NOTE, "{domain}");
        }
    }
}

#[test]
fn the_keys_of_rows_vary_from_run_to_run() {
    let keys = |number: usize| -> Vec<String> {
        let result = result(json!({"domain": format!("company{number}.com")}));
        let row = result["exportRows"][0].as_object().unwrap();
        row.keys().cloned().collect()
    };
    assert!((1..20).any(|number| keys(number) != keys(0)));
}

#[test]
fn the_beginning_of_a_domain_decides_the_kind_of_result() {
    let blocked = result(json!({"domain": "blocked-acme.com"}));
    assert_eq!(blocked["status"], "blocked");
    assert_eq!(length(&blocked["contacts"]), 0);
    assert!(result(json!({"domain": "failed-acme.com"})).is_null());
    assert!(
        result(json!({"domain": "norows-acme.com"}))
            .get("exportRows")
            .is_none()
    );
    let hostile = result(json!({"domain": "hostile-acme.com"})).to_string();
    assert!(hostile.contains("<script>") && hostile.contains("=cmd|"));
}
