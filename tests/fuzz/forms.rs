//! What is posted to the real service, over one connection: form bodies, JSON and callbacks.
//! The service is paused, so that nothing of it starts.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::mutate::{mutated, mutated_text};
use crate::run::fuzz;
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, signature};
use crate::webhooks::BODIES;

const SECRET: &str = "whsec_fuzz";
const FORM: &str = "application/x-www-form-urlencoded";

struct House {
    runtime: Runtime,
    service: Warmsheet,
    _world: World,
}

impl House {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (world, service) = runtime.block_on(async {
            let mut world = World::new().await;
            world.set("CITEDY_WEBHOOK_SECRETS", SECRET);
            world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
            let service = world.serve().await;
            let (status, _) = service.post("/api/v1/pause", &json!({})).await;
            assert!(status.is_success(), "{status}");
            (world, service)
        });
        Self {
            runtime,
            service,
            _world: world,
        }
    }

    fn post(&self, path: &str, kind: &str, headers: HeaderMap, body: Vec<u8>) -> Answer {
        self.runtime.block_on(async {
            let request = self.service.request(Method::POST, path).headers(headers);
            let request = request.header("content-type", kind).body(body);
            let answer = request.send().await.expect("an answer");
            let location = answer.headers().get("location");
            Answer {
                status: answer.status(),
                location: location.map(|v| v.to_str().expect("ASCII").to_owned()),
                body: answer.text().await.expect("a body"),
            }
        })
    }

    fn get(&self, path: &str) -> Value {
        self.runtime.block_on(self.service.get(path))
    }

    /// What was typed into the rows of a batch, in their order.
    fn typed(&self, batch: &str) -> Vec<String> {
        let found = self.get(&format!("/api/v1/leads?limit=1000&batch={batch}"));
        let leads = found["leads"].as_array().expect("leads").iter().rev();
        leads
            .map(|lead| lead["domain"].as_str().expect("a text").to_owned())
            .collect()
    }

    fn leads(&self) -> u64 {
        let counts = &self.get("/api/v1/status")["leads"];
        let counts = counts.as_object().expect("counts");
        counts.values().filter_map(Value::as_u64).sum()
    }
}

struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: String,
}

const PASTED: &[&str] = &[
    "acme.com\nglobex.com\r\ninitech.com",
    "acme.com, globex.com; initech.com\tumbrella.com",
    "\"acme.com\",\"globex.com\"",
    "Acme Inc\thttps://www.acme.com/\nnot a domain",
    "münchen.de\n例え。テスト\n\u{200b}",
    "acme.com\nacme.com\nACME.com",
    "",
];

/// What is left when everything is taken away that may stand between or around cells.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | ';' | '"'))
        .collect()
}

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish().into_bytes()
}

#[test]
fn whatever_is_pasted_into_the_form_every_letter_of_it_is_in_some_row() {
    let house = House::open();
    let option = prop::sample::select(vec!["", "", "", "3", "99", "-1", "vertical-saas"]);
    let inputs = (mutated_text(PASTED), option.clone(), option);
    fuzz("pasted", 80, inputs, |(text, contacts, icp)| {
        let fields = [
            ("domains", text.as_str()),
            ("max_contacts", contacts),
            ("icp", icp),
        ];
        let answer = house.post("/submit", FORM, HeaderMap::new(), form(&fields));
        match answer.status {
            StatusCode::SEE_OTHER => {
                let to = answer.location.unwrap_or_default();
                let batch = to.split(['/', '?']).nth(2).unwrap_or_default();
                let typed = house.typed(batch);
                prop_assert!(!typed.is_empty() && typed.iter().all(|cell| !cell.is_empty()));
                // What no database takes is replaced, not dropped.
                let text = text.replace('\0', "\u{fffd}");
                prop_assert_eq!(letters(&typed.concat()), letters(&text));
            }
            StatusCode::UNPROCESSABLE_ENTITY => {
                let told = letters(&text).is_empty() || !contacts.is_empty() || !icp.is_empty();
                prop_assert!(told, "{}", answer.body);
            }
            other => prop_assert!(false, "{}: {}", other, answer.body),
        }
        Ok(())
    });
}

const FORMS: &[&[u8]] = &[
    b"form_id=f1&domains=acme.com%0Aglobex.com&icp=&buyer_roles=CMO%2CFounder&max_contacts=3&drafts=&freshness_days=90&deliver_to=",
    b"domains=acme.com&domains=globex.com",
    b"domains=%ff%fe%00&form_id=%",
    b"form_id=f2&unknown=1&domains=%E4%BE%8B.com",
];

#[test]
fn a_broken_form_is_refused_with_a_page_and_never_breaks_anything() {
    let house = House::open();
    let kinds = vec![
        FORM,
        FORM,
        FORM,
        "application/json",
        "multipart/form-data; boundary=x",
        "x",
    ];
    fuzz(
        "form_bodies",
        100,
        (mutated(FORMS), prop::sample::select(kinds)),
        |(body, kind)| {
            let answer = house.post("/submit", kind, HeaderMap::new(), body);
            let fine = answer.status == StatusCode::SEE_OTHER || answer.status.is_client_error();
            prop_assert!(fine, "{}: {}", answer.status, answer.body);
            Ok(())
        },
    );
}

const UPLOADS: &[&[u8]] = &[
    b"--x\r\nContent-Disposition: form-data; name=\"domains\"\r\n\r\nacme.com\nglobex.com/a\r\n\
      --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\
      Domain,Drafts\ninitech.com,1\n\r\n--x--\r\n",
    b"--x\r\nContent-Disposition: form-data; name=\"rows\"\r\n\r\n[[1,\"acme.com\",null,null]]\r\n\
      --x\r\nContent-Disposition: form-data; name=\"keep_file\"\r\n\r\nyes\r\n--x--\r\n",
];

#[test]
fn a_broken_upload_is_refused_with_a_page_and_a_preview_stores_nothing() {
    let house = House::open();
    let kind = "multipart/form-data; boundary=x";
    fuzz("uploads", 100, mutated(UPLOADS), |body| {
        let answer = house.post("/submit/preview", kind, HeaderMap::new(), body);
        let fine = answer.status == StatusCode::OK || answer.status.is_client_error();
        prop_assert!(fine, "{}: {}", answer.status, answer.body);
        prop_assert!(
            answer.body.starts_with("<!doctype html>"),
            "{}",
            answer.body
        );
        prop_assert_eq!(house.leads(), 0);
        Ok(())
    });
}

const POSTS: &[&[u8]] = &[
    br#"{"leads":[{"domain":"acme.com"},{"domain":"globex.com","icp":"vertical-saas","buyerRoles":["CMO"],"maxContacts":3,"drafts":"2","freshnessDays":90.0}]}"#,
    br#"{"leads":[{"domain":"acme.com","externalId":"row-1"},{"domain":"acme.com","externalId":"row-1"}]}"#,
    br#"{"leads":[{"domain":null},{"domain":7},{"domain":["acme.com"]},{"domain":{"a":1}},{}]}"#,
    br#"{"leads":[{"domain":"acme.com","buyerRoles":[null,1,[],{}]}],"deliverTo":"1AbC"}"#,
    br#"{"leads":[{"domain":"\u0000\ud800acme.com","externalId":"\u0000"}]}"#,
    br#"{"leads":[]}"#,
];

/// One entry a lead, in order, each with a way on or a reason.
fn is_answered(house: &House, sent: &Value, answer: &Value) -> TestCaseResult {
    let sent = sent["leads"].as_array().expect("leads");
    let entries = answer["leads"].as_array().expect("entries");
    prop_assert_eq!(entries.len(), sent.len());
    for (lead, entry) in sent.iter().zip(entries) {
        if let Some(domain) = lead["domain"].as_str() {
            prop_assert_eq!(entry["domain"].as_str(), Some(domain));
        }
        match entry["status"].as_str() {
            Some("queued") => prop_assert!(entry["normalizedDomain"].is_string(), "{}", entry),
            Some("rejected") => prop_assert!(entry["reason"].is_string(), "{}", entry),
            _ => prop_assert!(false, "{}", entry),
        }
        let id = entry["id"].as_str().expect("an id");
        let stored = house.get(&format!("/api/v1/leads/{id}"));
        prop_assert_eq!(&stored["status"], &entry["status"]);
    }
    Ok(())
}

#[test]
fn the_api_gives_each_lead_one_entry_or_changes_nothing() {
    let house = House::open();
    fuzz("api_posts", 100, mutated(POSTS), |body| {
        let before = house.leads();
        let answer = house.post(
            "/api/v1/leads",
            "application/json",
            HeaderMap::new(),
            body.clone(),
        );
        if answer.status == StatusCode::ACCEPTED {
            let sent = serde_json::from_slice(&body).expect("accepted, so it is JSON");
            let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
            return is_answered(&house, &sent, &answer);
        }
        prop_assert!(
            answer.status.is_client_error(),
            "{}: {}",
            answer.status,
            answer.body
        );
        prop_assert_eq!(house.leads(), before);
        Ok(())
    });
}

#[test]
fn a_callback_is_acknowledged_if_it_is_genuine_and_refused_if_not_whatever_its_headers() {
    let house = House::open();
    let value = prop_oneof![
        2 => Just(b"genuine".to_vec()),
        1 => mutated(&[b"v1=34fa110abfa20f3406f71ba603b056fac60840cb8f468a7b69e2b4ebb80311b9"]),
    ];
    let inputs = (mutated(BODIES), prop::collection::vec(value, 0..4));
    fuzz("callbacks", 100, inputs, |(body, values)| {
        let genuine = signature(SECRET, &body).into_bytes();
        let mut headers = HeaderMap::new();
        for value in &values {
            let value = if value == b"genuine" { &genuine } else { value };
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append("x-citedy-signature-256", value);
            }
        }
        let given: Vec<_> = headers
            .get_all("x-citedy-signature-256")
            .iter()
            .cloned()
            .collect();
        let answer = house.post("/webhooks/citedy", "application/json", headers, body);
        match answer.status {
            StatusCode::OK => prop_assert!(given.iter().any(|v| v.as_bytes() == genuine)),
            StatusCode::UNAUTHORIZED => {
                prop_assert!(given.first().is_none_or(|v| v.as_bytes() != genuine));
            }
            other => prop_assert!(false, "{}: {}", other, answer.body),
        }
        Ok(())
    });
}
